"""What a student reads after grading: a page, and the same in a few plain lines.

Hidden tests stay hidden: the page shows the visible test, and of an error only its
last line, which holds the hint.
"""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
from nbgrader.apps import NbGraderAPI

from coursekit.classroom.gradebook import (
    current_points,
    current_scores,
    read_marks,
)
from coursekit.classroom.graded_cells import short_error
from coursekit.classroom.nbgrader_api import open_nbgrader
from coursekit.classroom.overlay import without_hidden
from n2t.files import write_text


def shown(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy of an autograded notebook that a student may see."""
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


def write_feedback(
    nbgrader: NbGraderAPI, course: Path, name: str, student: str, record: dict
) -> Path:
    """Let nbgrader write the page from what may be seen; the plain lines beside it.

    Points are those of the gradebook, so that marks given by hand are among them.
    """
    path = course / "autograded" / student / name / f"{name}.ipynb"
    whole = path.read_text(encoding="utf-8")
    try:
        nbformat.write(shown(nbformat.reads(whole, as_version=4)), path)
        nbgrader.generate_feedback(name, student, force=True)
    finally:
        write_text(path, whole)
    points = current_points(course, name, student)
    lines = [f"{name}: {record['score']:g} of {record['max_score']:g} points", ""]
    for label, grade in record["grades"].items():
        now = points.get(f"{label}-check", points.get(label))
        got = "to be marked by hand" if now is None else f"{now:g}"
        lines.append(f"{label}: {got} (of {grade['of']:g})")
        lines += [f"    {line}" for line in grade["hint"].splitlines()]
    return _write(course, name, student, "\n".join(lines) + "\n")


def renew(course: Path, name: str) -> list[str]:
    """Write the feedback of every graded student again, with marks given by hand.

    Returns the students. Raises `LookupError` if nothing of `name` is graded.
    """
    students = read_marks(course, name)["students"]
    graded = {k: v for k, v in students.items() if v["status"] == "graded"}
    if not graded:
        raise LookupError(f"nothing of {name!r} is graded in {course}")
    scores, nbgrader = current_scores(course, name), open_nbgrader(course)
    for student, record in graded.items():
        if student not in scores:  # `marks` says so
            continue
        score, most, _ = scores[student]
        now = {**record, "score": score, "max_score": most}
        write_feedback(nbgrader, course, name, student, now)
    return sorted(graded)


def write_failure(course: Path, name: str, student: str, reason: str) -> Path:
    """Tell the student why the notebook could not be graded; an older page goes."""
    (course / "feedback" / student / name / f"{name}.html").unlink(missing_ok=True)
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
