"""Read the exercises out of a chapter's MyST Markdown.

An author writes a gated exercise, a gated solution and a check cell, and marks two
cells with one short tag each (``solution``, ``check``). Everything else (the web page,
the notebooks, the graders) is made from what this module returns, so an author's slip
is reported here, with the chapter and the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from coursekit import paths
from coursekit.chapters.authoring import (
    BEGIN,
    END,
    ExerciseError,
    check_problems,
    exercise_problems,
    layout_problems,
)
from coursekit.chapters.myst import Block, blocks, has_gates

STUB = 'raise NotImplementedError("write your answer here")'
#: Where no test runs the answer, its place must not stop "Run all".
OPEN_STUB = "# write your answer here"


@dataclass(frozen=True)
class Cell:
    """One code cell: its source, its tags and its first line in the chapter."""

    source: str
    tags: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Exercise:
    """One exercise of a chapter, as its author wrote it.

    ``grading`` is ``"auto"``, ``"manual"`` or ``"none"``; ``points`` is 0 for the last.
    ``solutions`` are the cells tagged ``solution``, ``checks`` those tagged ``check``,
    ``answer`` is the whole text of the solution block.
    """

    label: str
    title: str
    minutes: int
    difficulty: str
    grading: str
    points: float
    statement: str
    answer: str
    solutions: tuple[Cell, ...]
    checks: tuple[Cell, ...]
    line: int

    @property
    def solution(self) -> str:
        """Source of the solution cell with its markers; "" if there is none."""
        return self.solutions[0].source if self.solutions else ""

    @property
    def stub(self) -> str:
        """The starter code: the solution cell with what the student writes left out."""
        return stub(self.solution, STUB if self.grading == "auto" else OPEN_STUB)

    @property
    def rubric(self) -> str:
        """What the author wrote after "Rubric:" in the statement; "" if nothing."""
        match = re.search(r"\*Rubric: (.+?)\*(?!\*)", self.statement, re.S)
        return match.group(1) if match else ""

    @property
    def check(self) -> str:
        """Source of the visible tests (several check cells are joined)."""
        return "\n\n".join(cell.source for cell in self.checks)


@dataclass(frozen=True)
class Chapter:
    """A chapter: its code cells in order and its exercises in order."""

    path: Path
    title: str
    text: str
    cells: tuple[Cell, ...]
    exercises: tuple[Exercise, ...]

    @property
    def name(self) -> str:
        """The file's name without its ending: ``11_scaled_dot_product``."""
        return self.path.stem

    @property
    def graded(self) -> tuple[Exercise, ...]:
        """The exercises that carry points."""
        return tuple(e for e in self.exercises if e.grading != "none")

    @property
    def automatic(self) -> tuple[Exercise, ...]:
        """The exercises that a check cell grades."""
        return tuple(e for e in self.exercises if e.grading == "auto")

    def exercise(self, label: str) -> Exercise:
        """The exercise called `label`; raises `KeyError` naming those there are."""
        for exercise in self.exercises:
            if exercise.label == label:
                return exercise
        known = ", ".join(e.label for e in self.exercises) or "none"
        raise KeyError(f"{self.name} has no exercise {label!r}; it has: {known}")


def stub(source: str, line: str = STUB) -> str:
    """`source` with every solution region replaced by `line`, which raises.

    With `OPEN_STUB` it is a comment. A cell without markers (allowed where no check
    grades it) is all solution.
    """
    if source and BEGIN not in source:
        return line
    lines, inside = [], False
    for old in source.splitlines():
        if old.strip() == BEGIN:
            inside = True
            indent = old[: len(old) - len(old.lstrip())]
            body = f"pass  {line}" if indent and line == OPEN_STUB else line
            lines.append(indent + body)
        elif old.strip() == END:
            inside = False
        elif not inside:
            lines.append(old)
    return "\n".join(lines)


def solution_parts(source: str) -> tuple[str, ...]:
    """The solution regions of `source`, each with the indentation it has there."""
    if BEGIN not in source:
        return (source,)
    parts: list[list[str]] = []
    inside = False
    for line in source.splitlines():
        if line.strip() == BEGIN:
            inside = True
            parts.append([])
        elif line.strip() == END:
            inside = False
        elif inside:
            parts[-1].append(line)
    return tuple("\n".join(part) for part in parts)


def fill(starter: str, parts: tuple[str, ...]) -> str:
    """Put solution regions back into a stub: the inverse of taking them out.

    Raises `ValueError` if the stub has another number of gaps than there are parts.
    """
    lines, left = [], list(parts)
    for line in starter.splitlines():
        if line.strip() != STUB:
            lines.append(line)
            continue
        if not left:
            raise ValueError(f"starter has more gaps than the {len(parts)} parts given")
        indent = line[: len(line) - len(line.lstrip())]
        lines += [indent + BEGIN, *left.pop(0).splitlines(), indent + END]
    if left:
        raise ValueError(f"starter has {len(left)} gaps fewer than the parts given")
    return "\n".join(lines)


def bare(source: str) -> str:
    """`source` without its marker lines: what a reader sees of a solution."""
    kept = [line for line in source.splitlines() if line.strip() not in (BEGIN, END)]
    return "\n".join(kept)


def read_chapter(path: str | Path, text: str | None = None) -> Chapter:
    """Parse the chapter at `path` (or `text`, reported under that path).

    Raises `ExerciseError` listing every slip of markup, one ``chapter:line`` each.
    """
    path = Path(path)
    text = path.read_text(encoding="utf-8") if text is None else text
    pieces = blocks(text)
    problems = layout_problems(pieces)
    if problems:
        raise ExerciseError(path, problems)
    exercises = _exercises(pieces, problems)
    if problems:
        raise ExerciseError(path, problems)
    cells = tuple(_cell(piece) for piece in pieces if piece.kind == "code")
    return Chapter(path, _title(pieces), text, cells, tuple(exercises))


def _cell(piece: Block) -> Cell:
    return Cell(piece.source, piece.tags, piece.line)


def _title(pieces: list[Block]) -> str:
    for piece in pieces:
        if piece.kind == "text":
            for line in piece.source.splitlines():
                if line.startswith("# "):
                    return line[2:].strip()
    return ""


def _exercises(pieces: list[Block], problems: list) -> list[Exercise]:
    """The exercises of a well-nested chapter; adds to `problems` what is wrong."""
    found = []
    for start in (p for p in pieces if p.kind == "exercise-start"):
        inside = [p for p in pieces if p.exercise == start.label]
        solutions = [p for p in inside if p.kind == "code" and "solution" in p.tags]
        checks = [p for p in inside if p.kind == "code" and "check" in p.tags]
        wrong, facts = exercise_problems(start, solutions, checks)
        problems += wrong
        for check in checks:
            problems += check_problems(check)
        if not wrong:
            found.append(_exercise(start, inside, solutions, checks, facts))
    return found


def _exercise(start, inside, solutions, checks, facts) -> Exercise:
    answer = next(p for p in inside if p.kind == "solution-start")
    return Exercise(
        label=start.label,
        title=start.title,
        statement=start.body,
        answer=answer.body,
        solutions=tuple(_cell(p) for p in solutions),
        checks=tuple(_cell(p) for p in checks),
        line=start.line,
        **facts,
    )


def chapter_files(root: Path = paths.ROOT) -> list[Path]:
    """The chapters with at least one exercise, in reading order."""
    files = sorted((root / "chapters").glob("*/[0-9][0-9]_*.md"))
    return [f for f in files if has_gates(f.read_text(encoding="utf-8"))]
