"""What a release has in place of the answers: nbgrader's step, but for one kind.

A line that raises is right where a test calls the student's function. Where a person
reads the answer, or nobody, it would only stop "Run all": a comment stands there.
"""

from __future__ import annotations

from nbgrader.preprocessors import ClearSolutions

from coursekit.chapters.exercises import OPEN_STUB, stub


class Starters(ClearSolutions):
    """`ClearSolutions`, with a comment in code cells that no test follows."""

    def preprocess(self, nb, resources):
        """Called by nbgrader with an assignment; returns it without its answers."""
        found = (cell.metadata.get("nbgrader", {}) for cell in nb.cells)
        self.tested = {
            data["grade_id"].removesuffix("-check")
            for data in found
            if data.get("grade") and not data.get("solution")
        }
        return super().preprocess(nb, resources)

    def _replace_solution_region(self, cell, language):
        data = cell.metadata.get("nbgrader", {})
        tested = data.get("grade_id") in self.tested
        if cell.cell_type != "code" or not data.get("solution") or tested:
            return super()._replace_solution_region(cell, language)
        cell.source = stub(cell.source, OPEN_STUB)
        return True


def steps() -> list[type]:
    """nbgrader's steps for a release, with `Starters` in place of its own."""
    from nbgrader.converters.generate_assignment import GenerateAssignment

    usual = GenerateAssignment().preprocessors
    return [Starters if step is ClearSolutions else step for step in usual]
