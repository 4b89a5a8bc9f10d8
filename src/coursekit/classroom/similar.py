"""Find answers that resemble each other, or the published reference.

Names, comments and layout are taken out; what is left is compared in runs of tokens.
A high number is a reason to look, never a verdict: short exercises have few right
answers, and the reference is public.
"""

from __future__ import annotations

import io
import keyword
import tokenize
from itertools import combinations
from pathlib import Path

from coursekit.classroom.faults import read_cells

RUN = 5  #: tokens in a run
REFERENCE = "the reference"
SKIPPED = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.ENCODING,
)


def runs(source: str) -> set[tuple[str, ...]]:
    """Runs of tokens of `source`, names made equal; empty if it is not Python."""
    words = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in SKIPPED:
                continue
            name = token.type == tokenize.NAME and not keyword.iskeyword(token.string)
            words.append("name" if name else token.string)
    except (tokenize.TokenError, SyntaxError):
        return set()
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def likeness(one: str, other: str, given: str = "") -> float:
    """Share of runs that two answers have in common, 0 to 1.

    What stands in `given` (the starter code) counts for neither.
    """
    common = runs(given)
    a, b = runs(one) - common, runs(other) - common
    return len(a & b) / len(a | b) if a and b else 0.0


def answers(path: Path) -> dict[str, str]:
    """The solution cells of a notebook, by grade id; `ValueError` if it is none."""
    found = {}
    for cell in read_cells(path):
        metadata = cell.get("metadata")
        data = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        if not isinstance(data, dict) or cell.get("cell_type") != "code":
            continue
        if data.get("solution") and "grade_id" in data:
            lines = cell.get("source", "")
            found[str(data["grade_id"])] = "".join(map(str, lines))
    return found


def handed_in(course: Path, name: str) -> tuple[dict[str, dict], dict[str, str]]:
    """Each student's answers, and why the others' notebooks cannot be read."""
    read, unread = {}, {}
    for path in sorted((course / "submitted").glob(f"*/{name}/{name}.ipynb")):
        try:
            read[path.parts[-3]] = answers(path)
        except (ValueError, OSError) as error:
            unread[path.parts[-3]] = str(error)
    return read, unread


def pairs(course: Path, name: str, least: float = 0.8) -> list[tuple]:
    """(likeness, grade id, student, student), likest first, for one assignment.

    The reference takes part as a student of its own name. Who cannot be read is left
    out; `handed_in` says why.
    """
    given = answers(course / "release" / name / f"{name}.ipynb")
    handed = {REFERENCE: answers(course / "source" / name / f"{name}.ipynb")}
    handed |= handed_in(course, name)[0]
    found = []
    for one, other in combinations(sorted(handed), 2):
        for label, starter in given.items():
            a, b = handed[one].get(label, ""), handed[other].get(label, "")
            value = likeness(a, b, starter)
            if value >= least:
                found.append((round(value, 2), label, one, other))
    return sorted(found, key=lambda row: (-row[0], *row[1:]))
