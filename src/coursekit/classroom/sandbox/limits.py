"""What a submission may use, and the watch that holds its kernel to that.

`setrlimit` holds single processes. Time, memory and processes of the whole tree, and
disk, are looked at from outside. Time is processor time, so that a busy machine changes
no mark; the clock on the wall is only for what waits and computes nothing.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """What one submission may use: seconds, bytes, processes, characters of output.

    `cell_seconds` of processor time are for one cell, `total_seconds` for the whole
    submission. `wall_seconds` pass at most, and a third of them in one cell.
    """

    cell_seconds: int = 30
    total_seconds: int = 180
    wall_seconds: int = 900
    memory_bytes: int = 3 * 2**30
    disk_bytes: int = 200 * 2**20
    processes: int = 64
    output_characters: int = 200_000

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value <= 0:
                raise ValueError(f"{name} ({value}) must be positive")


def set_limits(limits: Limits) -> None:
    """Resource limits of the process that calls, inherited by what it starts.

    That on processor time is twice the watchdog's, which knows to say why it stopped.
    """
    import resource

    wanted = {
        "RLIMIT_CPU": 2 * limits.total_seconds,
        "RLIMIT_DATA": limits.memory_bytes,
        "RLIMIT_FSIZE": limits.disk_bytes // 2,
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        if hasattr(resource, name):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(getattr(resource, name), (value, value))


def watch(process: subprocess.Popen, home: Path, limits: Limits) -> str:
    """Wait for the kernel; kill it and say why if its tree goes over a limit."""
    began = time.monotonic()
    while process.poll() is None:
        why = _over(process.pid, home, limits, time.monotonic() - began)
        if why:
            _kill_tree(process.pid)
            process.wait()
            return why
        time.sleep(0.1)
    return ""


def _over(pid: int, home: Path, limits: Limits, seconds: float) -> str:
    import psutil

    if seconds > limits.wall_seconds:
        return f"ran out of time: it waited for {limits.wall_seconds} s"
    tree, memory, used = _tree(pid), 0, 0.0
    for process in tree:
        with contextlib.suppress(psutil.Error):
            memory += process.memory_info().rss
            used += sum(process.cpu_times()[:4])  # with its children that ended
    if used > limits.total_seconds:
        return f"ran out of time: it computed for {limits.total_seconds} s"
    if memory > limits.memory_bytes:
        return f"used more than {limits.memory_bytes / 2**20:.0f} MiB of memory"
    if len(tree) > limits.processes:
        return f"started more than {limits.processes} processes"
    if _size(home) > limits.disk_bytes:
        return f"wrote more than {limits.disk_bytes / 2**20:.0f} MiB to disk"
    return ""


def _tree(pid: int) -> list:
    import psutil

    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    return []


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += path.lstat().st_size
    return total


def _kill_tree(pid: int) -> None:
    import psutil

    for process in reversed(_tree(pid)):
        with contextlib.suppress(psutil.Error):
            process.kill()
