"""Which hand-ins are to be graded now, and which marks stand.

A mark is of certain files. If those in `submitted` are others, they are graded; if
there are none, the mark stands, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coursekit.classroom.collect.timestamps import written
from coursekit.classroom.course import (
    content_hash,
    submitted_at,
    submitted_notebook,
    why_missing,
)

DONE = ("graded", "failed")


@dataclass(frozen=True)
class Turn:
    """What comes of a student at a grading.

    With `grade`, `record` is what the new record has to have too: the hash of the
    files and when they came. Else it is the record that is true now.
    """

    grade: bool
    record: dict


def turn(course: Path, name: str, student: str, old: dict, again: bool = False) -> Turn:
    """Whether to grade what the student handed in, after the record `old`."""
    if not submitted_notebook(course, student, name).is_file():
        return Turn(False, _gone(why_missing(course, student, name), old))
    digest = content_hash(course / "submitted" / student / name)
    if again or old.get("status") not in DONE or old.get("digest") != digest:
        return Turn(True, {"digest": digest, "when": _when(course, name, student)})
    return Turn(False, {key: old[key] for key in old if key != "note"})


def changed(course: Path, name: str, student: str, record: dict) -> bool:
    """Whether there is something to grade that the record is not of."""
    if not submitted_notebook(course, student, name).is_file():
        return False
    digest = content_hash(course / "submitted" / student / name)
    return record.get("digest") != digest


def _gone(why: str, old: dict) -> dict:
    if old.get("status") in DONE:
        return {**old, "note": f"{why}: the mark of before stands"}
    return {"status": "missing", "reason": why}


def _when(course: Path, name: str, student: str) -> str:
    """When it came in, "" where that is not known; `marks` says why it is not."""
    try:
        when = submitted_at(course, student, name)
    except ValueError:
        return ""
    return written(when) if when else ""
