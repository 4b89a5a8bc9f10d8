"""The marks of an assignment, a row a student, with late days taken off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from coursekit.classroom.course import roster, submitted_at
from coursekit.classroom.gradebook import current_scores, read_marks


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
