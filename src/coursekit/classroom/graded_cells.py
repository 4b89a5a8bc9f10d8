"""What an autograded notebook says of each graded cell: points, and the hint."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbgrader.utils import determine_grade

from coursekit.book.execute import COLOR


def graded_cells(course: Path, name: str, student: str) -> dict[str, dict]:
    """For each graded cell of an autograded notebook: its points and what was said.

    ``{"ex-a": {"points": 0.0, "of": 2.0, "hint": "..."}}``; points are None for a
    cell that a person marks.
    """
    path = course / "autograded" / student / name / f"{name}.ipynb"
    found, answers = {}, {}
    for cell in nbformat.read(path, as_version=4).cells:
        data = cell.metadata.get("nbgrader", {})
        if data.get("grade"):
            label = data["grade_id"].removesuffix("-check")
            said = [answers.get(label, ""), _hint(cell)]
            hint = "\n".join(text for text in said if text)
            found[label] = {**_points(cell), "hint": hint}
        elif data.get("solution") and _hint(cell):
            answers[data["grade_id"]] = f"your own cell stopped: {_hint(cell)}"
    return found


def _points(cell) -> dict:
    got, most = determine_grade(cell)
    return {"points": got, "of": most}


def _hint(cell) -> str:
    """What the cell's error says; "" if there is none."""
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            return short_error(output.ename, output.evalue)
        if output.output_type == "stream" and output.name == "stderr":
            return f"wrote to stderr: {output.text.strip()[:300]}"
    return ""


def short_error(name: str, text: str) -> str:
    """An error for a reader: an assertion's own words, else its name too."""
    text = COLOR.sub("", text).strip()
    if name == "AssertionError" and text:
        return text
    if name in ("CellTimeoutError", "KeyboardInterrupt"):
        return "ran out of time: is there an endless loop?"
    return f"{name}: {text}" if text else name
