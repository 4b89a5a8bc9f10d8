"""The marks: ours, with seeds and reasons, and nbgrader's, with those given by hand.

Ours lie in ``marks/<assignment>.json`` of the course folder, nbgrader's in its own
data base, ``gradebook.db``.
"""

from __future__ import annotations

import json
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from n2t.files import write_text


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


def current_scores(course: Path, name: str) -> dict[str, tuple[float, float, bool]]:
    """From nbgrader's gradebook: student -> (score, largest score, hand marks due).

    Marks that a person gave since the grading are in it.
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


def _book(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{(course / 'gradebook.db').resolve()}")


def largest_score(course: Path, name: str) -> float:
    """The points that an assignment is worth, from nbgrader's gradebook."""
    with _book(course) as book:
        return float(book.find_assignment(name).max_score)


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
