"""Try the reference answers before a class is graded: is this machine fit to grade?

A sandbox that cannot import, a set-up cell that fails or a test that is wrong would
give everyone no points. So the instructor's own notebook goes first, the same way as a
submission, and grading stops if its answers do not pass.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbgrader.apps import NbGraderAPI

from coursekit.chapters.exercises import bare
from coursekit.classroom.graded_cells import stopped_given
from coursekit.classroom.sandbox.execute import GradedExecute


def problems(nbgrader: NbGraderAPI, course: Path, name: str, folder: Path) -> list[str]:
    """What keeps the reference from full automatic marks, a line each; [] if nothing.

    `nbgrader` is prepared as for a submission; the notebook runs in `folder`.
    """
    notebook = nbformat.read(course / "source" / name / f"{name}.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = bare(cell.source)
    executor = GradedExecute(config=nbgrader.config)
    try:
        executor.preprocess(notebook, {"metadata": {"path": str(folder)}})
    except Exception as error:  # a kernel that does not start, or dies
        return [f"the notebook does not run: {type(error).__name__}: {error}"]
    tests = executor.outcomes.items()
    failed = [f"{test}: {o.hint or o.error}" for test, o in tests if not o.passed]
    return [*stopped_given(notebook), *failed]
