"""Files that are whole or not there, and their hashes.

A file is written under another name in the same folder, flushed to the disk, and
only then given its own: whatever stops the program, a reader finds the old file or
the new one, never a half.
"""

import hashlib
import json
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WAITS = (0.01, 0.1, 0.5)  # seconds between tries to rename what someone has open


@contextmanager
def whole(path: Path | str) -> Iterator[Path]:
    """Inside, write to the path that is given; afterwards it is ``path``, whole.

    The folder is made if it is missing. An error inside leaves what was at ``path``
    before, and nothing else.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        yield part
        set_usual_rights(part)
        flush(part)
        move(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path | str, text: str) -> None:
    """Write a whole text file, in UTF-8, with the line ends that ``text`` has."""
    with whole(path) as part:
        part.write_text(text, encoding="utf-8", newline="")


def write_json(path: Path | str, content: Any, *, indent: int | None = None) -> None:
    """Write a whole JSON file, which ends with a line break.

    Raises:
        TypeError, ValueError: ``content`` is no JSON (NaN and infinity are not).
    """
    text = json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def set_usual_rights(path: Path | str) -> None:
    """Give a file the rights that any new file beside it has, as the umask says.

    A library that writes by way of a temporary file leaves one for its owner alone.
    """
    plain = Path(path).with_name(f".plain-{secrets.token_hex(4)}")
    try:
        plain.touch()
        os.chmod(path, stat.S_IMODE(plain.stat().st_mode))
    finally:
        plain.unlink(missing_ok=True)


def move(source: Path | str, target: Path | str) -> None:
    """Give a file or a folder another name; a file that has that name goes.

    Windows refuses while anyone has one of them open, a virus scanner for example. It
    is soon over, and so it is tried again for half a second.

    Raises:
        OSError: it is refused after that time too, or for another reason.
    """
    for wait in WAITS:
        try:
            os.replace(source, target)
            return
        except PermissionError:
            time.sleep(wait)
    os.replace(source, target)


def flush(path: Path | str) -> None:
    """Have the disk hold what was written to a file or folder.

    Windows opens no folder, and flushes only a file that is open for writing. There a
    folder is left alone: NTFS keeps its names in a journal.
    """
    folder = os.path.isdir(path)
    if folder and not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_hash(path: Path | str) -> str:
    """A file's SHA-256, in hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_hash(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
