"""A hand-in put in its place whole, and a record of where it came from.

What it replaces is kept under ``earlier/STUDENT/ASSIGNMENT/N``. The records,
``collected/ASSIGNMENT.json``, tell a hand-in that came before from a new one, so that
what was mended in ``submitted`` is not undone by collecting once more.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import Literal

from coursekit.classroom.collect.handins import Handin
from coursekit.classroom.collect.timestamps import understood, written
from coursekit.classroom.course import STAMP, content_hash, submitted_at
from n2t.files import write_json

Placed = Literal["collected", "unchanged", "older"]


def read_records(course: Path, name: str) -> dict[str, dict]:
    """Of each student: when, from which number, which files, and their hash."""
    path = course / "collected" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def place(
    course: Path, name: str, student: str, handin: Handin, number: str = ""
) -> Placed:
    """Make ``submitted/STUDENT/NAME`` what was handed in, all of it or nothing.

    A hand-in that is there already is left as it is, and so is one that is newer.
    """
    records = read_records(course, name)
    target = course / "submitted" / student / name
    with tempfile.TemporaryDirectory(prefix=".collect-", dir=course) as temporary:
        new = Path(temporary, "new")
        _write(new, handin)
        digest = content_hash(new)
        old = records.get(student, {}) if target.exists() else {}
        if digest in (old.get("digest"), content_hash(target)):
            return "unchanged"
        before = _before(course, name, student, old)
        if before and handin.when < before:
            return "older"
        target.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(target):
            _put_aside(course, name, student, target)
        os.rename(new, target)
    records[student] = {
        "when": written(handin.when),
        "number": number or old.get("number", ""),
        "digest": digest,
        "files": {str(path): str(f.path) for path, f in sorted(handin.files.items())},
    }
    write_json(course / "collected" / f"{name}.json", records, indent=1)
    return "collected"


def _write(folder: Path, handin: Handin) -> None:
    folder.mkdir()
    for path, file in handin.files.items():
        copy = folder / PurePosixPath(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.file, copy)
    (folder / STAMP).write_text(written(handin.when), encoding="utf-8")


def _before(course: Path, name: str, student: str, old: dict):
    """When the hand-in that is there came in, if that is known."""
    if "when" in old:
        return understood(old["when"])
    try:
        return submitted_at(course, student, name)
    except ValueError:
        return None


def _put_aside(course: Path, name: str, student: str, target: Path) -> None:
    shelf = course / "earlier" / student / name
    shelf.mkdir(parents=True, exist_ok=True)
    number = 1 + sum(1 for _ in shelf.iterdir())
    os.rename(target, shelf / str(number))
