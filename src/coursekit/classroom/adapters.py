"""Keep a design of your own and still be graded.

`template` writes a file ``adapters.py`` that has the starter code of every auto-graded
exercise of a chapter. A student fills each with a call into their own package.
`check` runs the chapter's tests against the file; `submission` turns it into the
notebook that the instructor grades like any other.
"""

from __future__ import annotations

import ast
import os
import runpy
import shutil
import sys
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path

from coursekit.chapters.exercises import Chapter, Exercise
from coursekit.chapters.slicing import assigned, imports, needed_cells
from coursekit.checks.draws import new_seed
from coursekit.classroom.course import LARGEST
from coursekit.classroom.sandbox.judging import Here, Outcome, judge, prelude

NAME = "adapters.py"
HEAD = '''"""Your answers to "{title}": call your own code from here.

Check them with: coursekit adapters check {chapter}
"""

from __future__ import annotations
'''


def wanted(exercise: Exercise) -> tuple[str, ...]:
    """The names that an answer to the exercise defines, in the starter's order."""
    tree = ast.parse(exercise.stub).body
    names = [n for node in tree for n in sorted(assigned(ast.unparse(node)))]
    return tuple(dict.fromkeys(names))


def adaptable(chapter: Chapter) -> tuple[Exercise, ...]:
    """The auto-graded exercises whose starter is functions or classes."""
    return tuple(e for e in chapter.automatic if wanted(e))


def template(chapter: Chapter) -> str:
    """The text of an ``adapters.py`` with one gap an exercise."""
    given = [
        line
        for cell in needed_cells(chapter, chapter.automatic)
        for line in imports(cell.source)
        if not line.startswith("from __future__")
    ]
    parts = [HEAD.format(title=chapter.title, chapter=chapter.path)]
    parts.append("\n".join(dict.fromkeys(given)))
    for exercise in adaptable(chapter):
        heading = f"# {exercise.label}: {exercise.title} ({exercise.points:g} points)"
        parts.append(f"\n{heading}\n{exercise.stub}\n")
    return "\n".join(parts)


def check(path: Path, chapter: Chapter, seed: int | None = None) -> dict[str, Outcome]:
    """Run the chapter's tests against the file at `path`; label -> outcome.

    Raises `FileNotFoundError` if there is no such file. A file that does not run
    gives the same failed outcome for every exercise.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; coursekit adapters writes one")
    seed = new_seed() if seed is None else seed
    with _importable(path.parent):
        try:
            given = runpy.run_path(str(path))
        except Exception as error:
            failed = Outcome(False, type(error).__name__, str(error))
            return {exercise.label: failed for exercise in adaptable(chapter)}
        return {
            exercise.label: _one(chapter, exercise, given, seed)
            for exercise in adaptable(chapter)
        }


def _one(chapter: Chapter, exercise: Exercise, given: Mapping, seed: int) -> Outcome:
    missing = [name for name in wanted(exercise) if name not in given]
    if missing:
        return Outcome(False, "NameError", f"{NAME} does not define {missing[0]}")
    sources = [cell.source for cell in needed_cells(chapter, [exercise])]
    return judge(Here(given), exercise.label, exercise.check, seed, prelude(sources))


@contextmanager
def _importable(folder: Path):
    """The student's own modules can be imported while the tests run."""
    sys.path.insert(0, str(folder.resolve()))
    try:
        yield
    finally:
        sys.path.remove(str(folder.resolve()))


def _all_but_own(folder: Path):
    """Leave out caches, notebooks, environments, and the folder that is written now."""
    usual = shutil.ignore_patterns("__pycache__", ".*", "*.ipynb", "node_modules")

    def ignored(here: str, names: list[str]) -> set[str]:
        paths = {name: Path(here, name) for name in names}
        same = {n for n, path in paths.items() if path.resolve() == folder.resolve()}
        environments = {n for n in names if (paths[n] / "pyvenv.cfg").is_file()}
        return usual(here, names) | same | environments

    return ignored


def _check_size(files: list[Path], place: Path) -> None:
    """Raise `ValueError` naming the largest file if a grader would refuse them all."""
    sizes = {path: path.stat().st_size for path in files}
    if sum(sizes.values()) > LARGEST:
        largest = max(sizes, key=sizes.__getitem__)
        raise ValueError(
            f"{place}: everything beside {NAME} is handed in, at most "
            f"{LARGEST / 2**20:.0f} MiB, and it is {sum(sizes.values()) / 2**20:.0f} "
            f"MiB; the largest file is {largest.relative_to(place)}. Give {NAME} a "
            "folder of its own, with your package."
        )


def _to_hand_in(place: Path, folder: Path) -> list[Path]:
    """The files under `place` that go along."""
    ignored, found = _all_but_own(folder), []
    for here, folders, names in os.walk(place):
        left_out = ignored(here, folders + names)
        folders[:] = sorted(set(folders) - left_out)
        found += [Path(here, name) for name in names if name not in left_out]
    return found


def submission(path: Path, chapter: Chapter, released: Path, folder: Path) -> Path:
    """Write into `folder` the released notebook, answered by ``adapters.py``.

    The student's files beside `path` go with it. Returns the notebook. Raises
    `ValueError`, before anything is written, if they are more than a grader takes.
    """
    import nbformat

    _check_size(_to_hand_in(path.parent, folder), path.parent)

    notebook = nbformat.read(released, as_version=4)
    names = {exercise.label: wanted(exercise) for exercise in adaptable(chapter)}
    for cell in notebook.cells:
        label = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if label in names and cell.cell_type == "code":
            cell.source = f"from adapters import {', '.join(names[label])}"
    shutil.copytree(
        path.parent, folder, ignore=_all_but_own(folder), dirs_exist_ok=True
    )
    made = folder / f"{chapter.name}.ipynb"
    nbformat.write(notebook, made)
    return made
