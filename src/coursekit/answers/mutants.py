"""Wrong answers, run against the graders: none may pass; right ones: all must.

`tests/exercises/<chapter>/<label>.py` holds, for one auto-graded exercise, ``WRONG``
(a short name -> the wrong answer's source, words that its hint must contain), ``RIGHT``
(a short name -> a right answer in another style) and, where there is a way to deceive
this exercise alone, ``CHEATS`` (as ``WRONG``). ``cheats.py`` beside the chapters has
those that are tried on every exercise. Each answer runs as a student's does: in the
sandbox, asked from this process.
"""

from __future__ import annotations

import runpy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import tee
from pathlib import Path

from coursekit import paths
from coursekit.answers.counts import Counts
from coursekit.chapters.exercises import (
    Chapter,
    Exercise,
    bare,
    chapter_files,
    read_chapter,
)
from coursekit.classroom.adapters import wanted
from coursekit.classroom.handout.variants import varied_exercise
from coursekit.classroom.sandbox.bench import Bench, Workplace
from coursekit.classroom.sandbox.judging import Outcome

FOLDER = paths.ROOT / "tests" / "exercises"
FEWEST_WRONG, FEWEST_RIGHT = 6, 2
PATIENCE = 20  #: draws that a wrong answer meets at most until its own hint comes


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
    """``WRONG``, ``RIGHT`` and ``CHEATS`` of an exercise, checked for their layout.

    The cheats that are tried on every exercise are among the last. Raises
    `MutantError` that says what the file lacks.
    """
    path = folder / chapter.name / f"{exercise.label}.py"
    if not path.is_file():
        raise MutantError(f"{path} is missing: it must hold WRONG and RIGHT")
    found = runpy.run_path(str(path))
    wrong, right = found.get("WRONG"), found.get("RIGHT")
    cheats = found.get("CHEATS", {})
    if not isinstance(wrong, dict) or len(wrong) < FEWEST_WRONG:
        raise MutantError(f"{path}: WRONG must be a dict of {FEWEST_WRONG} or more")
    for name, entry in (*wrong.items(), *cheats.items()):
        if not (isinstance(entry, tuple) and len(entry) == 2 and all(entry)):
            raise MutantError(f"{path}: {name!r} must be (source, words of its hint)")
    if not isinstance(right, dict) or len(right) < FEWEST_RIGHT:
        raise MutantError(f"{path}: RIGHT must be a dict of {FEWEST_RIGHT} or more")
    if bare(exercise.solution).strip() in [source.strip() for source in right.values()]:
        raise MutantError(f"{path}: RIGHT has the reference; it comes by itself")
    return {"WRONG": wrong, "RIGHT": right, "CHEATS": {**cheats, **_common(exercise)}}


def _common(exercise: Exercise, folder: Path = FOLDER) -> dict:
    """The cheats for every exercise, written for the name that this one asks for."""
    names = wanted(exercise)
    make = _cheats(folder)
    return make(names[-1], exercise.stub) if names else {}


@cache
def _cheats(folder: Path):
    return runpy.run_path(str(folder / "cheats.py"))["cheats"]


def judge_wrong(
    bench: Bench, name: str, source: str, words: str, seeds: Iterable[int]
) -> Verdict:
    """Run a wrong answer on each seed: always rejected, with a hint.

    Its words must be in the hint of some seed: which mistake is sure, a draw decides.
    So further seeds follow, up to `PATIENCE`, until its words were said.
    """
    problem, outcome, hints = "", Outcome(False), []
    for outcome in bench.outcomes(source, _until_said(words, hints, seeds)):
        hints.append(outcome.hint)
        problem = _wrong_problem(outcome)
        if problem:
            break
    if not (problem or any(words in hint for hint in hints)):
        problem = f"hint is {outcome.hint!r}, wanted the words {words!r}"
    return Verdict(bench.exercise.label, name, False, outcome, problem)


def _until_said(words: str, hints: list[str], seeds: Iterable[int]) -> Iterator[int]:
    """The seeds; then those after the last one, while no hint has the words."""
    last = -1
    for last in seeds:  # noqa: B007
        yield last
    for seed in range(last + 1, PATIENCE):
        if any(words in hint for hint in hints):
            return
        yield seed


def _wrong_problem(outcome: Outcome) -> str:
    if outcome.passed:
        return "SURVIVED: full marks for a wrong answer"
    return "" if outcome.hint else f"rejected by {outcome.error} without a hint"


def judge_right(
    bench: Bench,
    name: str,
    source: str,
    seeds: Iterable[int],
    check: str | None = None,
) -> Verdict:
    """Run a right answer on each seed; it must pass on all of them.

    `check` stands in for the exercise's own.
    """
    outcome, problem = Outcome(False), "no seed"
    seeds, asked = tee(seeds)
    for seed, outcome in zip(seeds, bench.outcomes(source, asked, check), strict=False):
        problem = ""
        if not outcome.passed:
            problem = f"rejected with seed {seed}: {outcome.error}: {outcome.hint}"
            break
    return Verdict(bench.exercise.label, name, True, outcome, problem)


def judge(
    chapter: Chapter,
    exercise: Exercise,
    folder: Path = FOLDER,
    counts: Counts | None = None,
    place: Workplace | None = None,
) -> list[Verdict]:
    """Every verdict on one exercise: stub, wrong answers, cheats, right answers.

    Its variant too: the variant's solution passes there, and the book's does not. A
    `place` saves a bench the start of a process.
    """
    given, counts = answers(chapter, exercise, folder), counts or Counts()
    with Bench(chapter, exercise, place) as bench:
        reference = bare(exercise.solution)
        bench.grade(reference, 0)  # the first one imports
        stub = bench.grade(exercise.stub, 0)
        problem = "SURVIVED: the empty answer passes" if stub.passed else ""
        unkind = {**given["WRONG"], **given["CHEATS"]}
        return [
            Verdict(exercise.label, "the stub", False, stub, problem),
            *(
                judge_wrong(bench, name, *entry, counts.wrong())
                for name, entry in unkind.items()
            ),
            *(
                judge_right(bench, name, source, counts.right())
                for name, source in {
                    "the reference": reference,
                    **given["RIGHT"],
                }.items()
            ),
            *_variant(bench, chapter, exercise, counts),
        ]


def _variant(
    bench: Bench, chapter: Chapter, exercise: Exercise, counts: Counts
) -> list[Verdict]:
    """The variant's solution passes the variant; the book's, which is public, fails."""
    other = varied_exercise(chapter, exercise)
    if other is None:
        return []
    solution, copied = bare(other.solution), bare(exercise.solution)
    outcomes = list(bench.outcomes(copied, counts.wrong(), other.check))
    passed = any(outcome.passed for outcome in outcomes)
    problem = "SURVIVED: the book's solution passes the variant" if passed else ""
    name = "the book's solution in the variant"
    return [
        judge_right(bench, "the variant", solution, counts.right(), other.check),
        Verdict(exercise.label, name, False, outcomes[-1], problem),
    ]


def table(
    files: Iterable[Path] | None = None,
    folder: Path = FOLDER,
    counts: Counts | None = None,
) -> tuple[list[tuple], list[Verdict]]:
    """Rows (chapter, exercise, wrong answers, rejected, right, passed), and verdicts.

    The stub counts among the wrong answers.
    """
    rows, verdicts = [], []
    chapters = map(read_chapter, chapter_files() if files is None else files)
    with Workplace() as place:
        for chapter, exercise in ((c, e) for c in chapters for e in c.automatic):
            found = judge(chapter, exercise, folder, counts, place)
            verdicts += found
            wrong = [v for v in found if not v.right]
            right = [v for v in found if v.right]
            rows.append((chapter.name, exercise.label, *_count(wrong), *_count(right)))
    return rows, verdicts


def inventory(
    files: Iterable[Path] | None = None, folder: Path = FOLDER
) -> list[tuple[str, str, int, int]]:
    """Rows (chapter, exercise, wrong answers, right answers), none of them run.

    They are those that `table` counts. Raises `MutantError` for a file of wrong
    answers that is missing or not laid out as it should be.
    """
    rows = []
    for path in chapter_files() if files is None else files:
        chapter = read_chapter(path)
        for exercise in chapter.automatic:
            given = answers(chapter, exercise, folder)
            varies = varied_exercise(chapter, exercise) is not None
            wrong = len(given["WRONG"]) + len(given["CHEATS"]) + 1 + varies
            right = len(given["RIGHT"]) + 1 + varies
            rows.append((chapter.name, exercise.label, wrong, right))
    return rows


def _count(verdicts: list[Verdict]) -> tuple[int, int]:
    return len(verdicts), sum(not v.problem for v in verdicts)
