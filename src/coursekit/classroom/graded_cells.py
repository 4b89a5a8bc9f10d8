"""What an autograded notebook says of each graded cell: points, and the hint."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbgrader.utils import determine_grade

from coursekit.book.running.execute import COLOR


def graded_cells(course: Path, name: str, student: str) -> dict[str, dict]:
    """For each graded cell of an autograded notebook: its points and what was said.

    ``{"ex-a": {"points": 0.0, "of": 2.0, "hint": "..."}}``; points are None for a
    cell that a person marks.
    """
    path = course / "autograded" / student / name / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    stopped, found, answers = stopped_given(notebook), {}, {}
    for cell in notebook.cells:
        data = cell.metadata.get("nbgrader", {})
        if data.get("solution") and hint_of(cell):
            answers[data["grade_id"]] = f"your own cell stopped: {hint_of(cell)}"
    for cell in notebook.cells:
        data = cell.metadata.get("nbgrader", {})
        if data.get("grade"):
            label = data["grade_id"].removesuffix("-check")
            said = [*stopped, answers.get(label, ""), hint_of(cell)]
            failed = said if hint_of(cell) else []
            found[label] = {**_points(cell), "hint": "\n".join(filter(None, failed))}
    return found


def stopped_given(notebook: nbformat.NotebookNode) -> list[str]:
    """What is said of each given cell, locked and no test, that stopped."""
    said = []
    for cell in notebook.cells:
        data = cell.metadata.get("nbgrader", {})
        given = data.get("locked") and not data.get("grade")
        if given and cell.cell_type == "code" and hint_of(cell):
            said.append(f"the given cell {data['grade_id']} stopped: {hint_of(cell)}")
    return said


def _points(cell) -> dict:
    got, most = determine_grade(cell)
    return {"points": got, "of": most}


def hint_of(cell) -> str:
    """What a cell's error says; "" if it has none."""
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            return short_error(output.ename, output.evalue)
    return ""


def short_error(name: str, text: str) -> str:
    """An error for a reader: an assertion's own words, else its name too."""
    text = COLOR.sub("", text).strip()
    if name == "AssertionError" and text:
        return text
    if name in ("CellTimeoutError", "KeyboardInterrupt"):
        return "ran out of time: is there an endless loop?"
    return f"{name}: {text}" if text else name
