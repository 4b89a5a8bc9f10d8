"""Marks for a learning platform: late days taken off, one CSV file an assignment."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from coursekit.classroom.grading import read_marks, roster

FORMATS = ("plain", "canvas", "moodle")


@dataclass(frozen=True)
class LatePolicy:
    """Late days: how many are free, and what each further one costs.

    `cost` is a share of the mark, 0.1 for a tenth a day.
    """

    due: datetime | None = None
    free_days: int = 0
    cost: float = 0.1

    def __post_init__(self) -> None:
        if self.free_days < 0:
            raise ValueError(f"free_days ({self.free_days}) must not be negative")
        if not 0 <= self.cost <= 1:
            raise ValueError(f"cost ({self.cost}) must be between 0 and 1")

    def days(self, submitted: datetime | None) -> int:
        """Whole days late, a begun day counting as one; 0 in time or unknown."""
        if self.due is None or submitted is None or submitted <= self.due:
            return 0
        return math.ceil((submitted - self.due).total_seconds() / 86400)

    def after(self, score: float, late: int) -> float:
        """The score that is left after `late` days."""
        charged = max(0, late - self.free_days)
        return round(score * max(0.0, 1 - self.cost * charged), 2)


def submitted_at(course: Path, student: str, name: str) -> datetime | None:
    """When a submission came in, from its `timestamp.txt`, else None."""
    path = course / "submitted" / student / name / "timestamp.txt"
    if not path.is_file():
        return None
    words = path.read_text(encoding="utf-8").strip().removesuffix(" UTC")
    return datetime.fromisoformat(words).replace(tzinfo=None)


def current_scores(course: Path, name: str) -> dict[str, tuple[float, float, bool]]:
    """From nbgrader's gradebook: student -> (score, largest score, hand marks due).

    Marks that a person gave since the grading are in it.
    """
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{(course / 'gradebook.db').resolve()}") as book:
        found = book.assignment_submissions(name)
        return {
            each.student.id: (
                float(each.score),
                float(each.max_score),
                bool(each.needs_manual_grade),
            )
            for each in found
        }


def rows(course: Path, name: str, policy: LatePolicy | None = None) -> list[dict]:
    """One row a student of the roster: score, status, days late, seed, comment."""
    policy = policy or LatePolicy()
    stored = read_marks(course, name)["students"]
    now = current_scores(course, name)
    made = []
    for student, person in sorted(roster(course).items()):
        record = stored.get(student, {"status": "not graded", "reason": ""})
        score = now[student][0] if record["status"] == "graded" else 0.0
        late = policy.days(submitted_at(course, student, name))
        made.append(
            {
                "id": student,
                "name": person.get("name") or student,
                "email": person.get("email") or "",
                "score": policy.after(score, late),
                "status": _status(record, now.get(student)),
                "days_late": late,
                "seed": record.get("seed", ""),
                "comment": record.get("reason", ""),
            }
        )
    return made


def _status(record: dict, now: tuple | None) -> str:
    if record["status"] == "graded" and now and now[2]:
        return "to be marked by hand"
    return record["status"]


def as_csv(made: list[dict], name: str, most: float, style: str = "plain") -> str:
    """The rows as CSV in the columns that a platform imports.

    `canvas`: Student, ID, SIS User ID, SIS Login ID, Section and the assignment, with
    the row of points possible. `moodle`: Identifier, Full name, Email address, Grade
    and Feedback comments. `plain`: everything. Raises `ValueError` for another style.
    """
    if style not in FORMATS:
        raise ValueError(f"style is {style!r}, wanted one of {', '.join(FORMATS)}")
    table = {"plain": _plain, "canvas": _canvas, "moodle": _moodle}[style]
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(table(made, name, most))
    return file.getvalue()


def _plain(made: list[dict], name: str, most: float) -> list[list]:
    head = ["id", "name", "email", "score", "status", "days_late", "seed", "comment"]
    lines = [[name, *(row[key] for key in head), most] for row in made]
    return [["assignment", *head, "max_score"], *lines]


def _canvas(made: list[dict], name: str, most: float) -> list[list]:
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", name]
    lines = [
        [row["name"], "", row["id"], row["email"] or row["id"], "", row["score"]]
        for row in made
    ]
    return [head, ["    Points Possible", "", "", "", "", most], *lines]


def _moodle(made: list[dict], name: str, most: float) -> list[list]:
    head = ["Identifier", "Full name", "Email address", "Grade", "Feedback comments"]
    lines = [
        [row["id"], row["name"], row["email"], row["score"], row["comment"]]
        for row in made
    ]
    return [head, *lines]


def largest_score(course: Path, name: str) -> float:
    """The points that an assignment is worth, from nbgrader's gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{(course / 'gradebook.db').resolve()}") as book:
        return float(book.find_assignment(name).max_score)
