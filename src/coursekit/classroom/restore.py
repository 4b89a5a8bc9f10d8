"""Put a submission's given cells back before nbgrader looks at it.

Students move, copy and delete cells. Each given cell is kept once, with the metadata
it was released with; a missing one comes back after the one it followed; copies become
plain cells. nbgrader then restores the text of those that are locked.
"""

from __future__ import annotations

import copy

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode


def grade_id(cell: nbformat.NotebookNode) -> str:
    """The cell's grade id, "" if it has none."""
    data = cell.metadata.get("nbgrader")
    return str(data.get("grade_id", "")) if isinstance(data, dict) else ""


def restored(
    submitted: nbformat.NotebookNode, released: nbformat.NotebookNode
) -> nbformat.NotebookNode:
    """`submitted`, changed in place: every cell of `released` is in it exactly once."""
    given = {grade_id(cell): cell for cell in released.cells if grade_id(cell)}
    seen = set()
    for cell in submitted.cells:
        name = grade_id(cell)
        cell.metadata.pop("nbgrader", None)
        if name in given and name not in seen:
            seen.add(name)
            cell.metadata["nbgrader"] = copy.deepcopy(given[name].metadata["nbgrader"])
    at = 0
    for name, cell in given.items():
        if name not in seen:
            submitted.cells.insert(at, copy.deepcopy(cell))
        at = 1 + next(
            n for n, other in enumerate(submitted.cells) if grade_id(other) == name
        )
    return submitted


class RestoreCells(NbGraderPreprocessor):
    """`restored`, as the first of nbgrader's preprocessors when it autogrades."""

    released = Unicode("", help="path of the released notebook").tag(config=True)

    def preprocess(self, nb, resources):
        """Called by nbgrader with a submission; returns it with its given cells."""
        return restored(nb, nbformat.read(self.released, as_version=4)), resources


def preprocessors() -> list[type]:
    """nbgrader's own list for submissions, with `RestoreCells` in front."""
    from nbgrader.converters.autograde import Autograde

    return [RestoreCells, *Autograde().sanitize_preprocessors]
