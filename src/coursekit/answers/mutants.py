"""Wrong answers, run against the graders: none may pass, each has a hint of its own.

`tests/exercises/<chapter>/<label>.py` holds, for one auto-graded exercise, ``WRONG``
(a short name -> the wrong answer's source, words that its hint must contain) and
``SECOND``, a right answer written independently of the chapter's. Everything runs in
one process, on several seeds, since an answer may pass one draw by luck.
"""

from __future__ import annotations

import runpy
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from coursekit import paths
from coursekit.chapters.exercises import (
    Chapter,
    Exercise,
    bare,
    chapter_files,
    read_chapter,
)
from coursekit.classroom.workbench import Bench, Outcome

FOLDER = paths.ROOT / "tests" / "exercises"
FEWEST, MOST = 4, 8
WRONG_SEEDS = (0, 1)
RIGHT_SEEDS = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class Verdict:
    """One answer of one exercise, and what is wrong with how it was judged.

    `problem` is "" when a wrong answer was rejected with its hint, or a right one
    passed; `outcome` is the first that was not as it should be, or the last.
    """

    label: str
    name: str
    right: bool
    outcome: Outcome
    problem: str


class MutantError(ValueError):
    """A file of wrong answers is missing or not laid out as it should be."""


def answers(chapter: Chapter, exercise: Exercise, folder: Path = FOLDER) -> dict:
    """``{"WRONG": ..., "SECOND": ...}`` of an exercise, checked for its layout.

    Raises `MutantError` that says what the file lacks.
    """
    path = folder / chapter.name / f"{exercise.label}.py"
    if not path.is_file():
        raise MutantError(f"{path} is missing: it must hold WRONG and SECOND")
    found = runpy.run_path(str(path))
    wrong, second = found.get("WRONG"), found.get("SECOND")
    if not isinstance(wrong, dict) or not FEWEST <= len(wrong) <= MOST:
        raise MutantError(f"{path}: WRONG must be a dict of {FEWEST} to {MOST} entries")
    for name, entry in wrong.items():
        if not (isinstance(entry, tuple) and len(entry) == 2 and all(entry)):
            raise MutantError(f"{path}: {name!r} must be (source, words of its hint)")
    if len({words for _, words in wrong.values()}) < len(wrong):
        raise MutantError(f"{path}: two wrong answers expect the same words")
    if not isinstance(second, str) or second.strip() == bare(exercise.solution).strip():
        raise MutantError(f"{path}: SECOND must be a right answer of its own")
    return {"WRONG": wrong, "SECOND": second}


def judge_wrong(bench: Bench, name: str, source: str, words: str) -> Verdict:
    """Run a wrong answer on each seed; it must be rejected, with those words."""
    for seed in WRONG_SEEDS:
        outcome = bench.grade(source, seed)
        problem = _wrong_problem(outcome, words)
        if problem:
            break
    return Verdict(bench.exercise.label, name, False, outcome, problem)


def _wrong_problem(outcome: Outcome, words: str) -> str:
    if outcome.passed:
        return "SURVIVED: full marks for a wrong answer"
    if outcome.error != "AssertionError":
        return f"rejected by {outcome.error} ({outcome.hint}), not by a hint"
    if words not in outcome.hint:
        return f"hint is {outcome.hint!r}, wanted the words {words!r}"
    return ""


def judge_right(bench: Bench, name: str, source: str) -> Verdict:
    """Run a right answer on each seed; it must pass on all of them."""
    for seed in RIGHT_SEEDS:
        outcome = bench.grade(source, seed)
        if not outcome.passed:
            problem = f"rejected with seed {seed}: {outcome.error}: {outcome.hint}"
            return Verdict(bench.exercise.label, name, True, outcome, problem)
    return Verdict(bench.exercise.label, name, True, outcome, "")


def judge(chapter: Chapter, exercise: Exercise, folder: Path = FOLDER) -> list[Verdict]:
    """Every verdict on one exercise: stub, wrong answers, reference, second answer."""
    given = answers(chapter, exercise, folder)
    bench = Bench(chapter, exercise)
    stub = bench.grade(exercise.stub, 0)
    problem = "SURVIVED: the empty answer passes" if stub.passed else ""
    return [
        Verdict(exercise.label, "the stub", False, stub, problem),
        *(judge_wrong(bench, name, *entry) for name, entry in given["WRONG"].items()),
        judge_right(bench, "the reference", bare(exercise.solution)),
        judge_right(bench, "the second answer", given["SECOND"]),
    ]


def table(
    files: Iterable[Path] | None = None, folder: Path = FOLDER
) -> tuple[list[tuple], list[Verdict]]:
    """Rows (chapter, exercise, wrong answers, rejected, right, passed), and verdicts.

    The stub counts among the wrong answers.
    """
    rows, verdicts = [], []
    for path in chapter_files() if files is None else files:
        chapter = read_chapter(path)
        for exercise in chapter.automatic:
            found = judge(chapter, exercise, folder)
            verdicts += found
            wrong = [v for v in found if not v.right]
            right = [v for v in found if v.right]
            rows.append((chapter.name, exercise.label, *_count(wrong), *_count(right)))
    return rows, verdicts


def inventory(
    files: Iterable[Path] | None = None, folder: Path = FOLDER
) -> list[tuple[str, str, int, int]]:
    """Rows (chapter, exercise, wrong answers, right answers), none of them run.

    The stub counts among the wrong answers. Raises `MutantError` for a file of wrong
    answers that is missing or not laid out as it should be.
    """
    rows = []
    for path in chapter_files() if files is None else files:
        chapter = read_chapter(path)
        for exercise in chapter.automatic:
            wrong = answers(chapter, exercise, folder)["WRONG"]
            rows.append((chapter.name, exercise.label, len(wrong) + 1, 2))
    return rows


def _count(verdicts: list[Verdict]) -> tuple[int, int]:
    return len(verdicts), sum(not v.problem for v in verdicts)


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
    files: Iterable[Path] | None = None, folder: Path = FOLDER, hints: bool = False
) -> int:
    """Print the table, each hint if wanted, and the problems; 1 if there is one.

    Raises `MutantError` as `inventory` does.
    """
    rows, verdicts = table(files, folder)
    print(as_text(rows))
    for verdict in verdicts if hints else ():
        print(f"{verdict.label} / {verdict.name}: {verdict.outcome.hint or 'passed'}")
    wrong = [v for v in verdicts if v.problem]
    for verdict in wrong:
        print(f"PROBLEM {verdict.label} / {verdict.name}: {verdict.problem}")
    print(f"{len(verdicts)} answers judged, {len(wrong)} problems")
    return 1 if wrong else 0
