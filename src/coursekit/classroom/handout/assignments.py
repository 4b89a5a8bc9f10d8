"""Make assignments from chapters: nbgrader's notebooks, and what students get.

A chapter's exercises, with the cells that they need, become one notebook. The short
tags of the chapter turn into nbgrader's metadata here, and nowhere else. nbgrader
then makes the release; from that come the zip, the Colab notebook and the rest.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from coursekit.chapters.exercises import OPEN_STUB, STUB, Chapter, Exercise, bare
from coursekit.chapters.labels import chapter_number
from coursekit.classroom import overlay as overlays
from coursekit.classroom.handout.standalone import Page
from coursekit.classroom.nbgrader_api import open_nbgrader

CONFIG = '''"""nbgrader's settings for this course (made by coursekit)."""

from coursekit.classroom.handout.starters import steps

c = get_config()  # noqa: F821
c.GenerateAssignment.preprocessors = steps()
c.CourseDirectory.course_id = {course_id!r}
c.ClearSolutions.code_stub = {{"python": {stub!r}}}
c.ClearSolutions.text_stub = {text_stub!r}
c.Execute.timeout = {seconds}
'''
INSTALL = """try:
    import n2t
except ImportError:  # on Colab, Kaggle or Binder
    ADDRESS = {address!r}
    assert ADDRESS, "ask your instructor for the address of the course's code"
    %pip install -q "n2t[all] @ git+{{ADDRESS}}\""""
TEXT_STUB = "Write your answer here."
SCHEMA = 3


class AssignmentError(ValueError):
    """An assignment cannot be made; the message names the chapter and the reason."""


def notebook(chapter: Chapter, overlay: Path | None = None) -> nbformat.NotebookNode:
    """The instructor's notebook of a chapter's exercises, solutions and all.

    It carries nbgrader's metadata and, with an overlay, the hidden tests. Raises
    `AssignmentError` for a chapter without graded exercises.
    """
    if not chapter.graded:
        raise AssignmentError(f"{chapter.name} has no graded exercise")
    page = Page(chapter)
    pieces: list[tuple[int, list]] = [
        (cell.line, [_given(cell.source, f"setup-{number}")])
        for number, cell in enumerate(page.setup, 1)
    ]
    for exercise in chapter.exercises:
        pieces.append((exercise.line, _cells(page, exercise, overlay)))
    cells = [_opening(chapter)]
    for _, some in sorted(pieces, key=lambda piece: piece[0]):
        cells += some
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(
        cells=[*cells, *_closing(page)], metadata={"kernelspec": kernel}
    )


def _opening(chapter: Chapter):
    graded = chapter.graded
    total = sum(exercise.points for exercise in graded)
    number = chapter_number(chapter.name)
    place = f"of chapter {number} " if number is not None else ""
    text = (
        f"# {chapter.title}: exercises\n\n"
        f"{len(graded)} graded exercises {place}of *From Neuron to Transformer*, "
        f"{total:g} points. Replace each line that raises `NotImplementedError`, each "
        f'"{OPEN_STUB}" and each "{TEXT_STUB}" Run the cells from top to bottom: the '
        "tests below an exercise say what is wrong. The tests that grade your work "
        "draw other inputs. Exercises, equations and figures have the numbers of the "
        "chapter's page; what an exercise needs from there stands below its text. Add "
        "cells where you like; leave the given ones in place."
    )
    return new_markdown_cell(text, id="opening")


def _closing(page: Page) -> list:
    """The list of what is cited, if anything is."""
    lines = [f"- {line}" for line in page.sources()]
    if not lines:
        return []
    text = "\n".join(["## Sources", "", *lines])
    return [_given(text, "sources", kind="markdown")]


def _given(source: str, name: str, kind: str = "code"):
    """A cell that students get and leave as it is."""
    make = new_code_cell if kind == "code" else new_markdown_cell
    made = make(source, id=name)
    made.metadata = _metadata(name, locked=True, kind=kind)
    return made


def _metadata(grade_id, *, kind, grade=False, solution=False, locked=False, points=0):
    data = {
        "schema_version": SCHEMA,
        "grade_id": grade_id,
        "cell_type": kind,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
    }
    if grade:
        data["points"] = points
    return nbformat.from_dict({"nbgrader": data})


def _cells(page: Page, exercise: Exercise, overlay: Path | None) -> list:
    cells = _statement(page, exercise)
    if exercise.grading == "manual":
        return [*cells, _by_hand(page, exercise)]
    if exercise.solution:
        answer = new_code_cell(exercise.solution, id=exercise.label)
        answer.metadata = _metadata(exercise.label, kind="code", solution=True)
        cells.append(answer)
    if exercise.grading == "auto":
        source = overlays.graded_check(overlay, page.chapter, exercise)
        check = new_code_cell(source, id=f"{exercise.label}-check")
        check.metadata = _metadata(
            f"{exercise.label}-check",
            kind="code",
            grade=True,
            locked=True,
            points=exercise.points,
        )
        cells.append(check)
    return cells


def _statement(page: Page, exercise: Exercise) -> list:
    """The exercise's text, and what it needs from the chapter's page."""
    text = f"## {page.heading(exercise)}\n\n{page.plain(exercise.statement)}"
    label, needed = exercise.label, page.restated[exercise.label]
    cells = [_given(text, f"{label}-text", kind="markdown")]
    if needed.text:
        cells.append(_given(needed.text, f"{label}-recall", kind="markdown"))
    for number, cell in enumerate(needed.code, 1):
        cells.append(_given(cell.source, f"{label}-given-{number}"))
    return cells


def _by_hand(page: Page, exercise: Exercise):
    """An answer that a person marks: code if the reference is code, else text."""
    if exercise.solution:
        source = exercise.solution
        if bare(source) == source:
            source = f"### BEGIN SOLUTION\n{source}\n### END SOLUTION"
        made, kind = new_code_cell(source, id=exercise.label), "code"
    else:
        text = page.plain(exercise.answer)
        made, kind = new_markdown_cell(text, id=exercise.label), "markdown"
    made.metadata = _metadata(
        exercise.label, kind=kind, grade=True, solution=True, points=exercise.points
    )
    return made


def make_course(
    folder: Path,
    chapters: Iterable[Chapter],
    overlay: Path | None = None,
    course_id: str = "n2t",
    seconds: int = 30,
) -> list[str]:
    """Fill an nbgrader course folder and release every assignment; their names.

    Existing submissions and marks stay. `seconds` is nbgrader's limit for one cell.
    Raises `AssignmentError` with nbgrader's own words if it refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = CONFIG.format(
        course_id=course_id, stub=STUB, text_stub=TEXT_STUB, seconds=seconds
    )
    (folder / "nbgrader_config.py").write_text(text, encoding="utf-8")
    for name in ("submitted", "autograded", "feedback"):
        (folder / name).mkdir(exist_ok=True)
    names = []
    for chapter in chapters:
        source = folder / "source" / chapter.name / f"{chapter.name}.ipynb"
        source.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook(chapter, overlay), source)
        _write_solution(folder, chapter)
        _write_rubric(folder, chapter)
        release(folder, chapter.name)
        names.append(chapter.name)
    return names


def release(folder: Path, name: str) -> Path:
    """Let nbgrader make the student's version of one assignment; its notebook."""
    done = open_nbgrader(folder).generate_assignment(name, force=True)
    if not done["success"]:
        reason = f"{done.get('log')}\n{done.get('error')}"
        raise AssignmentError(f"nbgrader could not release {name}:\n{reason}")
    return folder / "release" / name / f"{name}.ipynb"


def _write_solution(folder: Path, chapter: Chapter) -> None:
    """The notebook with its answers and without hidden tests, to read or to show."""
    shown = notebook(chapter)
    for cell in shown.cells:
        cell.source = bare(overlays.without_hidden(cell.source))
        cell.metadata.pop("nbgrader", None)
    place = folder / "solutions" / f"{chapter.name}.ipynb"
    place.parent.mkdir(exist_ok=True)
    nbformat.write(shown, place)


def _write_rubric(folder: Path, chapter: Chapter) -> None:
    """Points of every exercise; for those marked by hand, rubric and model answer."""
    page = Page(chapter)
    lines = [f"# {chapter.title}: rubric", ""]
    for exercise in chapter.graded:
        how = "automatic" if exercise.grading == "auto" else "by hand"
        heading = page.heading(exercise)
        lines.append(f"## {heading} ({exercise.points:g} points, {how})\n")
        lines.append(f"grade id: `{exercise.label}`\n")
        if exercise.grading == "manual":
            rubric = exercise.rubric or "full points for what the model answer says"
            lines += [f"Rubric: {page.plain(rubric)}\n", "Model answer:\n"]
            lines.append(page.plain(exercise.answer).strip() + "\n")
    place = folder / "rubrics" / f"{chapter.name}.md"
    place.parent.mkdir(exist_ok=True)
    place.write_text("\n".join(lines), encoding="utf-8")


def colab(released: nbformat.NotebookNode, address: str) -> nbformat.NotebookNode:
    """The student's notebook with a first cell that installs what it needs.

    `address` is the https address of the course's repository.
    """
    made = nbformat.from_dict(json.loads(json.dumps(released)))
    made.cells.insert(0, new_code_cell(INSTALL.format(address=address), id="install"))
    return made


def make_students(
    folder: Path, course: Path, names: Iterable[str], address: str = ""
) -> list[Path]:
    """For each released assignment: notebook, zip, Colab notebook; the files made."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name in names:
        source = course / "release" / name / f"{name}.ipynb"
        copy = folder / f"{name}.ipynb"
        shutil.copyfile(source, copy)
        on_colab = folder / f"{name}_colab.ipynb"
        nbformat.write(colab(nbformat.read(source, as_version=4), address), on_colab)
        packed = folder / f"{name}.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            entry = zipfile.ZipInfo(f"{name}/{name}.ipynb", (2020, 1, 1, 0, 0, 0))
            archive.writestr(entry, source.read_bytes())
        made += [copy, packed, on_colab]
    return made


def repository_address(root: Path) -> str:
    """The course's https address: from `_config.yml`, else from git; else ""."""
    import subprocess

    import yaml

    with contextlib.suppress(OSError, KeyError, TypeError):
        config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
        if address := config["sphinx"]["config"]["coursekit_repository"]:
            return address
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    with contextlib.suppress(OSError):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0 and done.stdout.startswith("https://"):
            return done.stdout.strip()
    return ""
