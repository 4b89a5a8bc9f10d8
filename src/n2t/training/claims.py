"""One run in a folder at a time: who is at work there, and a refusal to all others.

A lock of the operating system holds a folder, by the library filelock, on Windows too.
Such a lock ends with its process, however that ends, so what a crash leaves behind is
in nobody's way. Beside the lock lies ``in_use.json``: process, machine and since when.
"""

import contextlib
import json
import os
import platform
import warnings
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from n2t.files import write_json
from n2t.training.distributed import World

LOCK, HOLDER = "in_use.lock", "in_use.json"


class InUseError(RuntimeError):
    """Another run is at work in the folder; the message says who and since when."""


@contextlib.contextmanager
def claimed(run_dir: Path | None, world: World) -> Iterator[None]:
    """Inside, a folder belongs to this run alone; no folder belongs to nobody.

    Every process of a run calls this, and the one that writes holds the lock. A claim
    within a claim of the same thread is granted.

    Raises:
        InUseError: in every process, where another run has the folder.
    """
    lock = _lock(run_dir) if run_dir is not None and world.is_writer else None
    refused = lock is not None and not _taken(lock)
    if world.most(int(refused)):
        raise InUseError(_words(run_dir))
    try:
        yield
    finally:
        if lock is not None:
            _give_back(lock)


def _lock(run_dir: Path) -> FileLock:
    """The folder's lock; one object in a process, which counts claims within claims."""
    run_dir.mkdir(parents=True, exist_ok=True)
    return FileLock(run_dir.resolve() / LOCK, timeout=0, is_singleton=True)


def _taken(lock: FileLock) -> bool:
    """Take a lock, and say who has it now; False if someone else has.

    Where the disk knows no locks, there is a warning, and the run goes on.
    """
    try:
        lock.acquire()
    except Timeout:
        return False
    except (OSError, NotImplementedError) as error:
        folder = Path(lock.lock_file).parent
        warnings.warn(f"{folder} cannot be locked: {error}", stacklevel=2)
        return True
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    who = {"process": os.getpid(), "machine": platform.node(), "since": now}
    if lock.lock_counter == 1:
        write_json(Path(lock.lock_file).with_name(HOLDER), who)
    return True


def _give_back(lock: FileLock) -> None:
    if lock.lock_counter == 1:
        Path(lock.lock_file).with_name(HOLDER).unlink(missing_ok=True)
    lock.release()


def _words(run_dir: Path | None) -> str:
    """Who has the folder, as far as that can be read."""
    who = "another process"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads((run_dir / HOLDER).read_text(encoding="utf-8"))
        who = "process {process} on {machine} since {since}".format(**found)
    return (
        f"run_dir ({run_dir}) is in use by {who}: wait until it ends, stop it, or "
        "name another folder"
    )
