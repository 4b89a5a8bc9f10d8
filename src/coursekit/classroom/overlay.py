"""The instructor's private folder: hidden tests, parameters and seeds, by grade id.

``<folder>/<assignment>/<label>.json`` holds variants of the visible test: a seed and
values for the numbers that the author marked ``# vary 3..9``. Beside it,
``<label>.py`` may hold tests that the instructor writes. The folder must lie outside
the repository, because everything in the repository is public.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from coursekit import paths
from coursekit.chapters.exercises import Chapter, Exercise, bare
from coursekit.checks.draws import new_seed
from coursekit.classroom.sandbox.bench import Bench, Workplace
from n2t.files import write_json

VARY = re.compile(r"^(\s*)(\w+) = (-?\d+)(\s*# vary (-?\d+)\.\.(-?\d+))\s*$", re.M)
BEGIN = "### BEGIN HIDDEN TESTS"
END = "### END HIDDEN TESTS"
DRAW = "from coursekit.checks.draws import draw as _draw"


class OverlayError(ValueError):
    """The overlay folder cannot be used; the message says why."""


def check_place(folder: Path) -> Path:
    """The folder, absolute; raises `OverlayError` if it lies in the repository."""
    folder = folder.resolve()
    if folder.is_relative_to(paths.ROOT):
        raise OverlayError(
            f"{folder} lies inside the repository, which is public: "
            "choose a private folder elsewhere"
        )
    return folder


def ranges(check: str) -> dict[str, tuple[int, int]]:
    """The numbers of a check that may vary: name -> (smallest, largest)."""
    return {m[2]: (int(m[5]), int(m[6])) for m in VARY.finditer(check)}


def varied(check: str, parameters: Mapping[str, int]) -> str:
    """The check with other values for its varying numbers.

    Raises `OverlayError` for a name that does not vary in it.
    """
    unknown = set(parameters) - set(ranges(check))
    if unknown:
        raise OverlayError(f"nothing called {sorted(unknown)} varies in this check")

    def put(match: re.Match) -> str:
        value = parameters.get(match[2], int(match[3]))
        return f"{match[1]}{match[2]} = {value}{match[4]}"

    return VARY.sub(put, check)


def new_variant(check: str) -> dict:
    """A fresh variant: a seed, and a value within its range for each number."""
    values = {
        name: low + secrets.randbelow(high - low + 1)
        for name, (low, high) in ranges(check).items()
    }
    return {"seed": new_seed(), "parameters": values}


def generate(
    folder: Path, chapters: Iterable[Chapter], variants: int = 2, fresh: bool = False
) -> list[Path]:
    """Fill the folder with variants that the reference passes; the files written.

    A file that is there is kept, unless `fresh`. Raises `OverlayError` if a variant
    makes the reference fail, naming it.
    """
    folder, written = check_place(folder), []
    with contextlib.ExitStack() as stack:
        place = None
        for chapter, exercise in ((c, e) for c in chapters for e in c.automatic):
            path = folder / chapter.name / f"{exercise.label}.json"
            if path.exists() and not fresh:
                continue
            place = place or stack.enter_context(Workplace())
            with Bench(chapter, exercise, place) as bench:
                found = [_tried(bench, exercise) for _ in range(variants)]
            write_json(path, {"variants": found}, indent=1)
            written.append(path)
    return written


def _tried(bench: Bench, exercise: Exercise) -> dict:
    variant = new_variant(exercise.check)
    check = varied(exercise.check, variant["parameters"])
    outcome = bench.grade(bare(exercise.solution), variant["seed"], check)
    if not outcome.passed:
        raise OverlayError(
            f"{exercise.label}: the reference fails with {variant}: {outcome.hint}"
        )
    return variant


def hidden_tests(folder: Path | None, chapter: Chapter, exercise: Exercise) -> str:
    """The code of an exercise's hidden tests; "" without an overlay."""
    if folder is None:
        return ""
    place = check_place(folder) / chapter.name
    parts = []
    stored = place / f"{exercise.label}.json"
    if stored.is_file():
        for variant in json.loads(stored.read_text(encoding="utf-8"))["variants"]:
            parts.append(f"rng = _draw({exercise.label!r}, {variant['seed']})")
            parts.append(varied(exercise.check, variant["parameters"]))
    own = place / f"{exercise.label}.py"
    if own.is_file():
        parts.append(f"rng = _draw({exercise.label + '-own'!r})")
        parts.append(own.read_text(encoding="utf-8").rstrip())
    return "\n".join(parts)


def graded_check(folder: Path | None, chapter: Chapter, exercise: Exercise) -> str:
    """The check cell as the grader runs it; its release shows the visible part only.

    `rng` is drawn anew for each submission, and for each hidden test.
    """
    after = hidden_tests(folder, chapter, exercise)
    hidden = [BEGIN, DRAW, after, END] if after else []
    return "\n".join([exercise.check, *hidden])


def without_hidden(source: str) -> str:
    """`source` with every hidden region taken out, as a student may see it."""
    kept, inside = [], False
    for line in source.splitlines():
        if line.strip() == BEGIN:
            inside = True
        if not inside:
            kept.append(line)
        if line.strip() == END:
            inside = False
    return "\n".join(kept)
