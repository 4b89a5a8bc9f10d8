"""Put a submission's given cells back before nbgrader looks at it.

Students move, copy and delete cells, and some tools strip nbgrader's metadata or give
cells new ids. Each given cell is known by its grade id, else by its own id (the same
word), else by its text where that is locked. It is kept once, with the metadata it was
released with; a missing one comes back after the one it followed; copies become plain
cells. nbgrader then restores the text of those that are locked.
"""

from __future__ import annotations

import copy

import nbformat
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Unicode

from coursekit.classroom.sandbox.execute import GradedExecute, data_of

Cell = nbformat.NotebookNode


def grade_id(cell: Cell) -> str:
    """The cell's grade id, "" if it has none."""
    return str(data_of(cell).get("grade_id", ""))


def _known(cell: Cell, given: dict[str, Cell]) -> str:
    """Which of the `given` cells this one is, "" for none of them."""
    for name in (grade_id(cell), cell.get("id"), cell.metadata.get("id")):
        if name in given and given[name].cell_type == cell.cell_type:
            return name
    for name, other in given.items():
        if data_of(other).get("locked") and other.source == cell.source:
            return name
    return ""


def restored(submitted: Cell, released: Cell) -> Cell:
    """`submitted`, changed in place: every cell of `released` is in it exactly once."""
    given = {grade_id(cell): cell for cell in released.cells if grade_id(cell)}
    found: dict[str, Cell] = {}
    for cell in submitted.cells:
        name = _known(cell, given)
        cell.metadata.pop("nbgrader", None)
        if name and name not in found:
            found[name] = cell
            cell.metadata["nbgrader"] = copy.deepcopy(given[name].metadata["nbgrader"])
    at = 0
    for name, cell in given.items():
        if name not in found:
            submitted.cells.insert(at, copy.deepcopy(cell))
        at = 1 + [grade_id(other) for other in submitted.cells].index(name)
    return submitted


class RestoreCells(NbGraderPreprocessor):
    """`restored`, as the first of nbgrader's preprocessors when it autogrades."""

    released = Unicode("", help="path of the released notebook").tag(config=True)

    def preprocess(self, nb, resources):
        """Called by nbgrader with a submission; returns it with its given cells."""
        return restored(nb, nbformat.read(self.released, as_version=4)), resources


def preprocessors() -> tuple[list[type], list[type]]:
    """nbgrader's own steps for submissions: before it runs one, and from then on.

    `RestoreCells` comes first, and `GradedExecute` in place of its plain `Execute`.
    """
    from nbgrader.converters.autograde import Autograde

    usual = Autograde()
    then = [
        GradedExecute if step is Execute else step
        for step in usual.autograde_preprocessors
    ]
    return [RestoreCells, *usual.sanitize_preprocessors], then
