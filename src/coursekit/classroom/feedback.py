"""What a student reads after grading: a page, and the same in a few plain lines.

Hidden tests stay hidden: the page shows the visible test, and of an error only its
last line, which holds the hint.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit.classroom.overlay import without_hidden

if TYPE_CHECKING:  # it takes a second to import, and few commands need it
    import nbformat

COLOR = re.compile(r"\x1b\[[0-9;]*m")


def graded_cells(course: Path, name: str, student: str) -> dict[str, dict]:
    """For each graded cell of an autograded notebook: its points and what was said.

    ``{"ex-a": {"points": 0.0, "of": 2.0, "hint": "..."}}``; points are None for a
    cell that a person marks.
    """
    import nbformat

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
    from nbgrader.utils import determine_grade

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


def shown(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy of an autograded notebook that a student may see."""
    import nbformat

    copy = nbformat.from_dict(json.loads(json.dumps(notebook)))
    for cell in copy.cells:
        if cell.cell_type != "code" or not cell.metadata.get("nbgrader", {}).get(
            "grade"
        ):
            continue
        cell.source = without_hidden(cell.source)
        for output in cell.outputs:
            if output.output_type == "error":
                output.evalue = short_error(output.ename, output.evalue)
                output.traceback = [output.evalue]
    return copy


def write_feedback(nbgrader, course: Path, name: str, student: str, record) -> Path:
    """Let nbgrader write the page from what may be seen; the plain lines beside it."""
    import nbformat

    path = course / "autograded" / student / name / f"{name}.ipynb"
    whole = path.read_text(encoding="utf-8")
    try:
        nbformat.write(shown(nbformat.reads(whole, as_version=4)), path)
        nbgrader.generate_feedback(name, student, force=True)
    finally:
        path.write_text(whole, encoding="utf-8")
    lines = [f"{name}: {record['score']:g} of {record['max_score']:g} points", ""]
    for label, grade in record["grades"].items():
        got = (
            "to be marked by hand"
            if grade["points"] is None
            else f"{grade['points']:g}"
        )
        lines.append(f"{label}: {got} (of {grade['of']:g})")
        lines += [f"    {line}" for line in grade["hint"].splitlines()]
    return _write(course, name, student, "\n".join(lines) + "\n")


def renew(course: Path, name: str) -> list[str]:
    """Write the feedback of every graded student again, with marks given by hand.

    Returns the students. Raises `LookupError` if nothing of `name` is graded.
    """
    from coursekit.classroom.assignments import api
    from coursekit.classroom.grading import read_marks
    from coursekit.classroom.marks import current_scores

    students = read_marks(course, name)["students"]
    graded = {k: v for k, v in students.items() if v["status"] == "graded"}
    if not graded:
        raise LookupError(f"nothing of {name!r} is graded in {course}")
    scores, nbgrader = current_scores(course, name), api(course)
    for student, record in graded.items():
        score, most, _ = scores[student]
        now = {**record, "score": score, "max_score": most}
        write_feedback(nbgrader, course, name, student, now)
    return sorted(graded)


def write_failure(course: Path, name: str, student: str, reason: str) -> Path:
    """Tell the student why the notebook could not be graded."""
    text = (
        f"{name}: could not be graded: {reason}\n\n"
        "Restart your kernel, run all cells, mend what stops, and hand in again.\n"
    )
    return _write(course, name, student, text)


def _write(course: Path, name: str, student: str, text: str) -> Path:
    path = course / "feedback" / student / name / "feedback.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
