"""A download unpacked, file by file: what is unsafe is refused, the rest goes on.

Nothing is executed, no link is followed, and nothing is written outside the folder
that is given.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import struct
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path, PurePosixPath

from coursekit.classroom.course import LARGEST, is_junk

LINK = 0o120000
#: How files begin that are no zip, and what they are.
BEGINNINGS = {
    b"<": "a web page: did the platform send its log-in page",
    b"\x1f\x8b": "packed by gzip",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"{": "a notebook or other JSON",
}


class CollectError(ValueError):
    """What was downloaded cannot be taken in; the message says what and why."""


@dataclass(frozen=True)
class Arrived:
    """A file as the platform named it, where it lies now, and when it was sent."""

    path: PurePosixPath
    file: Path
    when: datetime


@dataclass(frozen=True)
class Times:
    """What a zip does not say: its times' zone, and when what has no time was sent."""

    zone: tzinfo = UTC
    received: datetime | None = None


@dataclass
class Unpacked:
    """The files of a download, and a sentence for each that was refused."""

    files: list[Arrived] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def unpack(download: Path, folder: Path, most: int, times: Times) -> Unpacked:
    """The files of a zip (unpacked into `folder`) or of a folder that was unpacked.

    Raises `CollectError` if there is no such download, it is no zip, is encrypted,
    has files without a time, or more than `most` bytes.
    """
    if download.is_dir():
        return _walked(download)
    entries, refused = _entries(download, most)
    if secret := [name for name, entry in entries if entry.flag_bits & 1]:
        raise CollectError(f"{download} is encrypted ({secret[0]}): unpack it yourself")
    undated = [n for n, entry in entries if not (_time(entry, times) or times.received)]
    if undated:
        raise CollectError(
            f"{download} does not say when {undated[0]} was sent "
            f"(nor {len(undated) - 1} others): give --received TIME"
        )
    found = Unpacked(refused=refused)
    with zipfile.ZipFile(download) as packed:
        for number, (name, entry) in enumerate(entries):
            place = folder / str(number)
            if reason := _extract(packed, entry, place):
                found.refused.append(f"{name}: {reason}")
                continue
            when = _time(entry, times) or times.received
            found.files.append(Arrived(name, place, when))
    return found


def unpack_handin(handed: Arrived, folder: Path) -> Unpacked:
    """The files of a zip that a student handed in, all of them sent when it was."""
    times = Times(received=handed.when)
    found = unpack(handed.file, folder, LARGEST, times)
    parent = handed.path.parent
    files = [Arrived(parent / f.path, f.file, handed.when) for f in found.files]
    return Unpacked(files, [f"{handed.path}: {said}" for said in found.refused])


def _walked(download: Path) -> Unpacked:
    found = Unpacked()
    for here, folders, names in os.walk(download):
        for name in sorted(
            [*names, *(f for f in folders if Path(here, f).is_symlink())]
        ):
            path = Path(here, name)
            inside = PurePosixPath(path.relative_to(download).as_posix())
            if is_junk(inside):
                continue
            status = path.lstat()
            if reason := _unusual(status.st_mode, status.st_size):
                found.refused.append(f"{inside}: {reason}")
                continue
            when = datetime.fromtimestamp(status.st_mtime, UTC)
            found.files.append(Arrived(inside, path, when))
    found.files.sort(key=lambda file: file.path)
    if not found.files and not found.refused:
        raise CollectError(f"{download} holds no file")
    return found


def _unusual(mode: int, size: int) -> str:
    if stat.S_ISLNK(mode):
        return "it is a link"
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        return "it is no ordinary file"
    return _too_large(size)


def _too_large(size: int) -> str:
    wanted = f"it is larger than {LARGEST / 2**20:.0f} MiB"
    return wanted if size > LARGEST else ""


def _entries(
    archive: Path, most: int
) -> tuple[list[tuple[PurePosixPath, zipfile.ZipInfo]], list[str]]:
    """The files that may be unpacked, with safe names, and why others may not."""
    good, refused = [], []
    for entry in _listed(archive):
        name = _name(entry)
        path = PurePosixPath(name)
        if entry.is_dir() or name.endswith("/") or is_junk(path):
            continue
        unsafe = path.is_absolute() or ".." in path.parts or _odd(name)
        mode = entry.external_attr >> 16
        reason = "an unsafe path" if unsafe else _unusual(mode, entry.file_size)
        if reason:
            refused.append(f"{name!r}: {reason}" if unsafe else f"{name}: {reason}")
        else:
            good.append((path, entry))
    if sum(entry.file_size for _, entry in good) > most:
        raise CollectError(
            f"{archive} unpacks to more than {most / 2**20:.0f} MiB: is it a bomb?"
        )
    if not good and not refused:
        raise CollectError(f"{archive} holds no file")
    return good, refused


def _odd(name: str) -> bool:
    return bool(re.search(r"^[A-Za-z]:|[\x00-\x1f]", name)) or not name.strip("/. ")


def _listed(archive: Path) -> list[zipfile.ZipInfo]:
    if not archive.is_file():
        raise CollectError(f"{archive}: there is no such file")
    try:
        with zipfile.ZipFile(archive) as packed:
            return packed.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        with archive.open("rb") as file:
            start = file.read(200).lstrip(b"\xef\xbb\xbf \t\r\n")
        kinds = (what for sign, what in BEGINNINGS.items() if start.startswith(sign))
        what = next(kinds, f"damaged or cut off ({error})")
        raise CollectError(f"{archive} is not a zip, it is {what}") from None


def _name(entry: zipfile.ZipInfo) -> str:
    """The name with its umlauts: many a packer writes UTF-8 and does not say so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _time(entry: zipfile.ZipInfo, times: Times) -> datetime | None:
    """When a file was last changed; None where the zip has no time (or 1980's first).

    Info-ZIP's extra field says it in seconds of UTC; the other time has no zone.
    """
    extra = entry.extra
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == 0x5455 and size >= 5 and extra[4] & 1:
            return datetime.fromtimestamp(struct.unpack("<i", extra[5:9])[0], UTC)
        extra = extra[4 + size :]
    if entry.date_time <= (1980, 1, 1, 0, 0, 0):
        return None
    try:
        return datetime(*entry.date_time, tzinfo=times.zone)
    except ValueError:
        return None


def _extract(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path) -> str:
    """Write one file; "" or why it could not be read."""
    try:
        with packed.open(entry) as source, place.open("wb") as target:
            shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        place.unlink(missing_ok=True)
        return f"it is damaged or packed in an unknown way ({error})"
    return ""
