"""The table of wrong and right answers, as text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from coursekit.answers.counts import FULL, Counts
from coursekit.answers.mutants import FOLDER, table

HEAD = ("chapter", "exercise", "wrong", "rejected", "right", "passed")


def as_text(rows: list[tuple]) -> str:
    """The table as aligned text."""
    cells = [HEAD, *[tuple(str(x) for x in row) for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(HEAD))]
    lines = [
        "  ".join(
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]
    return "\n".join(lines)


def report(
    files: Iterable[Path] | None = None,
    folder: Path = FOLDER,
    hints: bool = False,
    counts: Counts = FULL,
) -> int:
    """Print the table, each hint if wanted, and the problems; 1 if there is one.

    Raises `MutantError` as `inventory` does.
    """
    rows, verdicts = table(files, folder, counts)
    print(as_text(rows))
    for verdict in verdicts if hints else ():
        print(f"{verdict.label} / {verdict.name}: {verdict.outcome.hint or 'passed'}")
    wrong = [v for v in verdicts if v.problem]
    for verdict in wrong:
        print(f"PROBLEM {verdict.label} / {verdict.name}: {verdict.problem}")
    print(f"{len(verdicts)} answers judged, {len(wrong)} problems")
    return 1 if wrong else 0
