"""The marks: ours, with seeds and reasons, and nbgrader's, with those given by hand.

A mark lives in one store, nbgrader's data base ``gradebook.db``: every table and page
reads the points there. ``marks/<assignment>.json`` is our log: how the grading went,
with which seed, of which files, and when the work was due; its points are those that
the tests gave, and are not read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock, Timeout
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI

from n2t.files import write_text

PATIENCE = 60  #: seconds to wait for another command; writing takes milliseconds


class BusyError(ValueError):
    """The marks are being written by another command, for too long."""


def read_marks(course: Path, name: str) -> dict:
    """What is stored of an assignment: ``protection`` and ``students``."""
    path = course / "marks" / f"{name}.json"
    if not path.is_file():
        return {"assignment": name, "protection": "", "students": {}}
    return json.loads(path.read_text(encoding="utf-8"))


def write_marks(course: Path, name: str, marks: dict) -> Path:
    """Store the marks of an assignment, whole or not at all."""
    path = course / "marks" / f"{name}.json"
    write_text(path, json.dumps(marks, indent=1, sort_keys=True))
    return path


def update(course: Path, name: str, students: dict[str, dict], **facts: object) -> dict:
    """Store these students' records, and facts such as ``protection``; all marks.

    Nobody else writes between the reading and the writing, so that two commands at
    once lose nothing of each other. Raises `BusyError` if the other takes too long.
    """
    lock = course / "marks" / f".{name}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=PATIENCE):
            marks = read_marks(course, name)
            marks["students"] |= students
            marks |= facts
            write_marks(course, name, marks)
            return marks
    except Timeout:
        raise BusyError(
            f"another command has held {lock} for {PATIENCE} s: let it end, try again"
        ) from None


def current_scores(course: Path, name: str) -> dict[str, tuple[float, float, bool]]:
    """From nbgrader's gradebook: student -> (score, largest score, hand marks due).

    Marks that a person gave since the grading are in it. Raises `LookupError` if the
    course has no gradebook.
    """
    with _book(course) as book:
        found = book.assignment_submissions(name)
        return {
            each.student.id: (
                float(each.score),
                float(each.max_score),
                bool(each.needs_manual_grade),
            )
            for each in found
        }


def current_points(course: Path, name: str, student: str) -> dict[str, float | None]:
    """From nbgrader's gradebook: grade id -> points, None while a person must mark.

    Raises `LookupError` if the course has no gradebook.
    """
    with _book(course) as book:
        notebooks = book.find_submission(name, student).notebooks
        return {
            grade.name: None if grade.needs_manual_grade else float(grade.score)
            for notebook in notebooks
            for grade in notebook.grades
        }


def marked_by_hand(course: Path, name: str, student: str) -> list[str]:
    """The ids of the grades that a person gave, and that nothing puts in doubt."""
    try:
        with _book(course) as book:
            notebooks = book.find_submission(name, student).notebooks
            grades = [grade for each in notebooks for grade in each.grades]
            given = [g for g in grades if g.manual_score is not None]
            return [g.name for g in given if not g.needs_manual_grade]
    except (LookupError, MissingEntry):
        return []


def stand_by_hand(course: Path, name: str, student: str, ids: Iterable[str]) -> None:
    """Let marks that a person gave stand: nbgrader asks for each anew at a regrade."""
    with _book(course) as book:
        for notebook in book.find_submission(name, student).notebooks:
            for grade in notebook.grades:
                if grade.name in ids:
                    grade.needs_manual_grade = False
        book.db.commit()


def largest_score(course: Path, name: str) -> float:
    """The points that an assignment is worth, from nbgrader's gradebook.

    Raises `LookupError` if there is no gradebook, or no such assignment in it.
    """
    with _book(course) as book:
        worth = {each.name: float(each.max_score) for each in book.assignments}
    if name not in worth:
        there = ", ".join(sorted(worth)) or "none"
        raise LookupError(f"{course} has no assignment {name!r}; it has {there}")
    return worth[name]


def _book(course: Path) -> Gradebook:
    """The gradebook that is there: opening one that is not would make it."""
    path = course / "gradebook.db"
    if not path.is_file():
        raise LookupError(
            f"{course} has no gradebook.db: wanted a course folder in which an "
            "assignment was made (coursekit assignments)"
        )
    return Gradebook(f"sqlite:///{path.resolve()}")


def score_of(nbgrader: NbGraderAPI, name: str, student: str) -> dict:
    """What nbgrader gave one submission: ``score``, ``max_score``, ``by_hand``.

    `by_hand` is whether a person has something left to mark.
    """
    with Gradebook(nbgrader.coursedir.db_url, nbgrader.coursedir.course_id) as book:
        found = book.find_submission(name, student)
        return {
            "score": float(found.score),
            "max_score": float(found.max_score),
            "by_hand": bool(found.needs_manual_grade),
        }
