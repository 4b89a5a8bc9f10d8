"""Courses in 4, 8 and 14 weeks: which chapters when, with what is worth how much.

The weeks are decisions, written here. Titles, points and minutes are read from the
chapters; a chapter that is not written yet is shown as one to come.
"""

from __future__ import annotations

from pathlib import Path

from coursekit import paths
from coursekit.chapters.exercises import Chapter, read_chapter

#: Weeks -> the chapters of each week, by number.
PLANS: dict[int, tuple[tuple[int, ...], ...]] = {
    4: ((0, 1, 2), (5, 11, 12), (13, 15, 16), (17, 18)),
    8: (
        (0, 1, 2),
        (3, 4, 5),
        (6, 7),
        (8, 9),
        (10, 11),
        (12, 13, 14),
        (15, 16),
        (17, 18),
    ),
    14: (
        (0, 1),
        (2, 3),
        (4, 5),
        (6, 7),
        (8, 9),
        (10, 11),
        (12, 13, 14),
        (15, 16),
        (17, 18),
        (19, 20),
        (21, 22),
        (23, 24, 25),
        (26, 27, 28),
        (29, 30, 31, 32),
    ),
}


def chapters_by_number(root: Path = paths.ROOT) -> dict[int, Chapter]:
    """The chapters that exist, by the number in their file's name."""
    found = sorted((root / "chapters").glob("*/[0-9][0-9]_*.md"))
    return {int(path.name[:2]): read_chapter(path) for path in found}


def plan(weeks: int, root: Path = paths.ROOT) -> list[tuple[int, str, float, int]]:
    """Rows (week, chapters, points, minutes of exercises) of a course.

    Raises `ValueError` for a length that has no plan.
    """
    if weeks not in PLANS:
        raise ValueError(f"weeks ({weeks}) must be one of {sorted(PLANS)}")
    written = chapters_by_number(root)
    rows = []
    for week, numbers in enumerate(PLANS[weeks], 1):
        here = [written[n] for n in numbers if n in written]
        exercises = [e for chapter in here for e in chapter.exercises]
        points = sum(e.points for e in exercises)
        minutes = sum(e.minutes for e in exercises)
        words = "; ".join(_name(n, written) for n in numbers)
        rows.append((week, words, points, minutes))
    return rows


def _name(number: int, written: dict[int, Chapter]) -> str:
    if number in written:
        return f"{number} {written[number].title}"
    return f"{number} (to come)"


def assignment_rows(
    root: Path = paths.ROOT,
) -> list[tuple[str, float, float, float, int]]:
    """Rows (assignment, points by tests, by hand, in all, minutes), one a chapter."""
    rows = []
    for chapter in chapters_by_number(root).values():
        if chapter.graded:
            tested = sum(e.points for e in chapter.automatic)
            points = sum(e.points for e in chapter.graded)
            minutes = sum(e.minutes for e in chapter.exercises)
            rows.append((chapter.name, tested, points - tested, points, minutes))
    return rows
