"""The course folder: who is in the class, what was submitted, and when."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

LARGEST = 20 * 2**20  #: bytes of a submission, all files together


def roster(course: Path) -> dict[str, dict[str, str]]:
    """The students of `students.csv` (columns id, name, email, ...), by id.

    Without the file: whoever submitted anything.
    """
    path = course / "students.csv"
    if path.is_file():
        with path.open(newline="", encoding="utf-8") as file:
            return {row["id"]: row for row in csv.DictReader(file)}
    names = sorted(_who_submitted(course))
    return {name: {"id": name, "name": name, "email": ""} for name in names}


def _who_submitted(course: Path) -> set[str]:
    return {p.name for p in (course / "submitted").glob("*") if p.is_dir()}


def everyone(course: Path) -> list[str]:
    """Whoever is in the class, or submitted anything of any assignment."""
    return sorted(_who_submitted(course) | set(roster(course)))


def submitted_notebook(course: Path, student: str, name: str) -> Path:
    """Where a student's notebook of an assignment lies, if it was handed in."""
    return course / "submitted" / student / name / f"{name}.ipynb"


def submitted_at(course: Path, student: str, name: str) -> datetime | None:
    """When a submission came in, from its `timestamp.txt`, else None."""
    path = course / "submitted" / student / name / "timestamp.txt"
    if not path.is_file():
        return None
    words = path.read_text(encoding="utf-8").strip().removesuffix(" UTC")
    return datetime.fromisoformat(words).replace(tzinfo=None)
