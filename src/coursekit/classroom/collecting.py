"""Put what a learning platform hands out into nbgrader's folders.

Canvas and Moodle give one zip (or its folder) with a file or folder for each student,
whose name starts with who it is from. Links, paths that lead elsewhere and files over
the limit are refused. Nothing is executed here.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from coursekit.classroom.course import LARGEST, roster
from n2t.files import whole


class CollectError(ValueError):
    """What was downloaded cannot be taken in; the message says what and why."""


def collect(course: Path, name: str, download: Path) -> dict[str, list[str]]:
    """Copy each student's files into ``submitted/``; who was found, and what was not.

    The answer has the keys ``collected`` (student ids) and ``unknown`` (file names
    that match no student of the roster). A later file of a student replaces an
    earlier one. Raises `CollectError` for an unsafe archive.
    """
    people = roster(course)
    if not people:
        raise CollectError(f"{course}/students.csv names no student")
    with tempfile.TemporaryDirectory() as temporary:
        folder = download
        if download.is_file():
            folder = Path(temporary)
            _unpack(download, folder)
        return _sort(course, name, folder, people)


def _unpack(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        entries = packed.infolist()
        for entry in entries:
            path = PurePosixPath(entry.filename.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or _is_link(entry):
                raise CollectError(f"{archive.name} holds an unsafe path: {path}")
            if entry.file_size > LARGEST:
                raise CollectError(f"{archive.name}: {path} is too large")
        for entry in entries:
            made = packed.extract(entry, folder)
            when = datetime(*entry.date_time, tzinfo=UTC).timestamp()
            os.utime(made, (when, when))


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return (entry.external_attr >> 16) & 0o170000 == 0o120000


def _sort(course: Path, name: str, folder: Path, people: dict) -> dict:
    collected, unknown = set(), []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        inside = path.relative_to(folder)
        student = owner(inside.parts[0], people)
        if path.is_symlink() or student is None:
            unknown.append(str(inside))
            continue
        place = course / "submitted" / student / name
        notebook = path.suffix == ".ipynb"
        with whole(place / (f"{name}.ipynb" if notebook else path.name)) as part:
            shutil.copyfile(path, part)
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        stamp = when.strftime("%Y-%m-%d %H:%M:%S UTC")
        (place / "timestamp.txt").write_text(stamp, encoding="utf-8")
        collected.add(student)
    return {"collected": sorted(collected), "unknown": unknown}


def owner(first: str, people: dict[str, dict[str, str]]) -> str | None:
    """Whose file it is, from the first part of its path; None if nobody's.

    Tried in turn: the student's id, their name as Moodle writes it (before the first
    ``_``), and their name as Canvas writes it (last first, only letters, lower case).
    """
    head = first.split("_")[0]
    for student, person in people.items():
        if student in (head, Path(first).stem):
            return student
        if person.get("name") and _squeezed(head) in _spellings(person["name"]):
            return student
    return None


def _squeezed(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _spellings(name: str) -> Iterable[str]:
    words = name.split()
    return {_squeezed(name), _squeezed(" ".join([*words[-1:], *words[:-1]]))}
