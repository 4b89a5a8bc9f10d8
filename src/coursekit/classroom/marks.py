"""The marks of an assignment, a row a student, with late days taken off."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from coursekit.classroom.collect.roster import Person, roster
from coursekit.classroom.collect.timestamps import understood, written
from coursekit.classroom.course import submitted_at
from coursekit.classroom.gradebook import current_scores, read_marks, update
from coursekit.classroom.turns import changed

UNKNOWN = Person("")


@dataclass(frozen=True)
class LatePolicy:
    """Late days: how many are free, and what each further one costs.

    `cost` is a share of the mark, 0.1 for a tenth a day. A time without a zone is UTC.
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
        if self.due is None or submitted is None:
            return 0
        late = (_zoned(submitted) - _zoned(self.due)).total_seconds()
        return max(0, math.ceil(late / 86400))

    def after(self, score: float, late: int) -> float:
        """The score that is left after `late` days."""
        charged = max(0, late - self.free_days)
        return round(score * max(0.0, 1 - self.cost * charged), 2)


def _zoned(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def stored_policy(course: Path, name: str) -> LatePolicy:
    """The late days that were last said of an assignment."""
    found = dict(read_marks(course, name).get("late", {}))
    if found.get("due"):
        found["due"] = understood(found["due"])
    return LatePolicy(**found)


def remember_policy(course: Path, name: str, **said: object) -> LatePolicy:
    """The stored policy with what is said now in its place, stored for every format."""
    policy = replace(stored_policy(course, name), **said)
    late = asdict(policy) | {"due": written(policy.due) if policy.due else None}
    update(course, name, {}, late=late)
    return policy


def rows(course: Path, name: str, policy: LatePolicy | None = None) -> list[dict]:
    """One row for whoever is on the roster or has handed in: score, status, days late.

    `final` is whether the score can be given out: graded, by hand too, and of the
    files that are there. `note` is for the instructor, `comment` for the student.
    """
    policy = policy or stored_policy(course, name)
    stored = read_marks(course, name)["students"]
    scores, people = current_scores(course, name), roster(course)
    here = {p.parts[-2] for p in (course / "submitted").glob(f"*/{name}")}
    made = []
    for student in sorted({*people, *stored, *scores, *here}):
        record = stored.get(student, {})
        facts = _standing(course, name, student, record, scores.get(student))
        late, unclear = _days_late(course, name, student, record, policy)
        notes = [facts["note"], unclear]
        notes += ["" if student in people else "not in students.csv"]
        person = people.get(student, UNKNOWN)
        made.append(
            {
                "id": student,
                "name": person.name or student,
                "email": person.email,
                "canvas_id": person.canvas_id,
                "score": policy.after(facts["score"], late or 0),
                "status": facts["status"],
                "days_late": "unknown" if late is None else late,
                "final": facts["final"] and late is not None,
                "seed": record.get("seed", ""),
                "comment": record.get("reason", ""),
                "note": "; ".join(note for note in notes if note),
            }
        )
    return made


def remarks(made: list[dict], policy: LatePolicy) -> list[str]:
    """What whoever reads the rows should know: when they were due, who is not done."""
    due = written(policy.due) if policy.due else "never (no --due was given)"
    lines = [f"due: {due}"]
    if undone := sum(not row["final"] for row in made):
        lines.append(f"not final, so without a score for a platform: {undone}")
    return lines + [f"{row['id']}: {row['note']}" for row in made if row["note"]]


def _standing(
    course: Path, name: str, student: str, record: dict, now: tuple | None
) -> dict:
    """Status, score, whether that is final, and what the instructor should know."""
    status = record.get("status", "graded" if now else "not graded")
    score = now[0] if now and status == "graded" else 0.0
    final, note = status != "not graded", record.get("note", "")
    if record and changed(course, name, student, record):
        status = "not graded" if status == "missing" else "handed in again"
        final, note = False, "what is in submitted is not graded yet: grade once more"
    elif status == "graded" and now is None:
        final, note = False, "gradebook.db has no mark of it: grade it --again"
    elif status == "graded" and now[2]:
        status, final = "to be marked by hand", False
    return {"status": status, "score": score, "final": final, "note": note}


def _days_late(
    course: Path, name: str, student: str, record: dict, policy: LatePolicy
) -> tuple[int | None, str]:
    """Days late, and what is unclear about them; None if the time is not understood."""
    try:
        when = submitted_at(course, student, name)
        if when is None and record.get("when"):  # its files are gone
            when = understood(record["when"])
    except ValueError as error:
        return None, f"its timestamp.txt is not understood: {error}"
    if when is None and policy.due and record.get("status") in ("graded", "failed"):
        return 0, "nobody knows when it came in: no days are charged"
    return policy.days(when), ""
