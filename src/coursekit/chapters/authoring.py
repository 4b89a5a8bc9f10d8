"""What an author of an exercise can get wrong, and how we say it.

Each function returns problems as ``(line, message)``; `ExerciseError` puts the
chapter in front of each, so that an editor can jump to the place.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from coursekit.chapters.myst import Block, nested_gates

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
LABEL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
OPENING = re.compile(
    r"\*\*(?P<minutes>\d+) minutes? · (?P<difficulty>easy|medium|hard) · "
    r"(?P<grading>auto-graded|graded by hand|ungraded)"
    r"(, (?P<points>\d+(\.\d+)?) points?)?\.\*\*"
)
WANTED = (
    "**15 minutes · medium · auto-graded, 2 points.** (easy, medium or hard; then "
    "auto-graded or graded by hand with points, or ungraded)"
)
KINDS = {"auto-graded": "auto", "graded by hand": "manual", "ungraded": "none"}

Problem = tuple[int, str]


class ExerciseError(ValueError):
    """An exercise is not marked up as the course's tools need it.

    ``problems`` holds ``(line, message)`` pairs; the text lists all of them.
    """

    def __init__(self, path: Path, problems: list[Problem]):
        self.path, self.problems = path, sorted(problems)
        super().__init__("\n".join(f"{path}:{n}: {text}" for n, text in self.problems))


def layout_problems(pieces: list[Block]) -> list[Problem]:
    """Gates that do not pair, labels that repeat, tags in the wrong place."""
    problems: list[Problem] = []
    opened: Block | None = None
    last, labels, solved = "", set(), set()
    for piece in pieces:
        if piece.kind.endswith("-start"):
            if opened:
                problems.append((piece.line, _nested(opened)))
            problems += _start_problems(piece, labels, solved)
            opened, last = piece, piece.label
        elif piece.kind.endswith("-end"):
            if not opened or opened.kind[:4] != piece.kind[:4]:
                problems.append((piece.line, f"{piece.kind} closes nothing"))
            opened = None
            continue
        problems += _tag_problems(piece, opened, last) + _nested_problems(piece)
    if opened:
        problems.append((opened.line, _never_closed(opened)))
    problems += [
        (p.line, f"exercise {p.label} has no solution-start {p.label}")
        for p in pieces
        if p.kind == "exercise-start" and p.label and p.label not in solved
    ]
    return problems


def _nested_problems(piece: Block) -> list[Problem]:
    wanted = "a gate must stand by itself, in no list, quotation or directive"
    lines = nested_gates(piece.source) if piece.kind == "text" else []
    return [(piece.line + at, wanted) for at in lines]


def _nested(opened: Block) -> str:
    return (
        f"opens inside the {opened.kind} of line {opened.line}: "
        f"close that one first with {opened.kind.replace('start', 'end')}"
    )


def _never_closed(opened: Block) -> str:
    return f"{opened.kind} is never closed: no {opened.kind.replace('start', 'end')}"


def _start_problems(piece: Block, labels: set, solved: set) -> list[Problem]:
    wrong, label = [], piece.label
    if not LABEL.fullmatch(label):
        where = ":label:" if piece.kind == "exercise-start" else "the gate's argument"
        wrong.append(f"{where} is {label!r}, wanted lower-case words joined by hyphens")
    elif piece.kind == "exercise-start":
        if label in labels:
            wrong.append(f"label {label} is used twice")
        if not piece.title:
            wrong.append(f"exercise {label} has no title after exercise-start")
        labels.add(label)
    else:
        if label not in labels:
            wrong.append(f"solution to {label}, but no exercise above has that label")
        if label in solved:
            wrong.append(f"{label} has two solutions; give the second in the tests")
        if "dropdown" not in piece.classes:
            wrong.append("the solution is open on the page: add :class: dropdown")
        solved.add(label)
    return [(piece.line, message) for message in wrong]


def _tag_problems(piece: Block, opened: Block | None, last: str) -> list[Problem]:
    if "solution" in piece.tags and (not opened or opened.kind != "solution-start"):
        return [
            (piece.line, "a cell tagged solution must stand between solution gates")
        ]
    if "check" in piece.tags:
        if opened:
            return [
                (piece.line, f"a check cell must stand after {opened.kind[:-6]}-end")
            ]
        if not last:
            return [(piece.line, "a check cell with no exercise above it")]
    return []


def exercise_problems(
    start: Block, solutions: list[Block], checks: list[Block]
) -> tuple[list[Problem], dict]:
    """What is wrong with one exercise, and the facts its opening line states."""
    opening = OPENING.match(start.body.strip())
    if not opening:
        first = start.body.strip().splitlines()[:1]
        return [(start.line, f"opening line is {first}, wanted {WANTED}")], {}
    facts = {
        "minutes": int(opening["minutes"]),
        "difficulty": opening["difficulty"],
        "grading": KINDS[opening["grading"]],
        "points": float(opening["points"] or 0),
    }
    wrong = _fact_problems(facts, start, solutions, checks)
    for cell in solutions:
        by_hand = facts["grading"] != "auto" and BEGIN not in cell.source
        wrong += _syntax_problems(cell) if by_hand else _region_problems(cell)
    return wrong, facts


def _fact_problems(facts, start, solutions, checks) -> list[Problem]:
    grading, wrong = facts["grading"], []
    if (grading == "none") != (facts["points"] == 0):
        wrong.append("graded exercises need points, ungraded ones have none")
    if facts["minutes"] == 0:
        wrong.append("0 minutes: how long does it take?")
    if len(solutions) > 1:
        wrong.append(f"{len(solutions)} cells tagged solution, wanted one")
    if grading == "auto" and not solutions:
        wrong.append("auto-graded, but its solution has no cell tagged solution")
    if grading == "auto" and not checks:
        wrong.append("auto-graded, but no cell tagged check follows its solution")
    if grading != "auto" and checks:
        wrong.append("has a check cell, but its opening line does not say auto-graded")
    return [(start.line, f"exercise {start.label}: {message}") for message in wrong]


def _region_problems(cell: Block) -> list[Problem]:
    """Markers that do not pair, are missing, or leave no valid Python."""
    depth = regions = 0
    for line in cell.source.splitlines():
        if line.strip() == BEGIN:
            depth, regions = depth + 1, regions + 1
        elif line.strip() == END:
            depth -= 1
        elif re.search(r"#\s*(BEGIN|END)\s+SOLUTION", line):
            return [(cell.line, f"marker {line.strip()!r}, wanted {BEGIN} or {END}")]
        if depth not in (0, 1):
            return [(cell.line, f"{BEGIN} and {END} must come in pairs, not nested")]
    if depth or not regions:
        return [
            (cell.line, f"a solution cell needs {BEGIN} ... {END} around its answer")
        ]
    return _syntax_problems(cell)


def _syntax_problems(cell: Block) -> list[Problem]:
    try:
        ast.parse(cell.source)
    except SyntaxError as error:
        return [(cell.line, f"the cell is not Python: {error}")]
    return []


def check_problems(cell: Block) -> list[Problem]:
    """A check must be Python, and each of its asserts must say what is likely wrong."""
    wrong = _syntax_problems(cell)
    if wrong:
        return wrong
    tree = ast.walk(ast.parse(cell.source))
    return [
        (cell.line, f"assert without a hint: {ast.unparse(node)}")
        for node in tree
        if isinstance(node, ast.Assert) and node.msg is None
    ]
