"""From chapter to notebooks: nothing leaks, stubs fail, answers pass."""

import json
import zipfile
from pathlib import Path

import nbformat
import pytest
from sample_chapter import RIGHT, sample

from coursekit.chapters.exercises import (
    Chapter,
    bare,
    chapter_files,
    read_chapter,
    solution_parts,
)
from coursekit.classroom import overlay
from coursekit.classroom.handout import assignments

SECRET = "assert True, 'a test that only the instructor has'"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A released course of the sample chapter, with an overlay."""
    folder = tmp_path_factory.mktemp("course")
    overlay.generate(folder / "private", [sample()])
    own = folder / "private" / "98_sample" / "ex-sample-entropy.py"
    own.write_text(SECRET)
    names = assignments.make_course(folder / "i", [sample()], folder / "private")
    assignments.make_students(
        folder / "s", folder / "i", names, "https://example.org/c"
    )
    return folder


def read(path):
    return nbformat.read(path, as_version=4)


def run(notebook, answers=()):
    """Execute a notebook's cells in one namespace; ids of the cells that raise."""
    namespace, failed = {"__name__": "__main__"}, []
    for cell in notebook.cells:
        if cell.cell_type != "code" or "%pip" in cell.source:
            continue
        source = dict(answers).get(cell.id, cell.source)
        try:
            exec(compile(source, cell.id, "exec"), namespace)
        except Exception:
            failed.append(cell.id)
    return failed


def test_the_student_notebook_fails_exactly_where_an_answer_is_missing(made):
    released = read(made / "s" / "98_sample.ipynb")
    wanted = ["ex-sample-weights-check", "ex-sample-entropy-check"]
    assert run(released) == wanted
    assert (
        run(released, {"ex-sample-weights": RIGHT["ex-sample-weights"]}) == wanted[1:]
    )
    assert run(released, RIGHT) == []


def test_the_solution_notebook_runs_and_shows_no_hidden_test(made):
    solved = read(made / "i" / "solutions" / "98_sample.ipynb")
    assert run(solved) == []
    text = json.dumps(solved)
    assert "only the instructor" not in text
    assert "SOLUTION" not in text


def test_neither_solutions_nor_hidden_tests_reach_a_student(made):
    for path in sorted((made / "s").iterdir()):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as packed:
                text = packed.read("98_sample/98_sample.ipynb").decode()
        else:
            text = path.read_text(encoding="utf-8")
        cells = nbformat.reads(text, as_version=4).cells
        shown = "\n".join(cell.source for cell in cells)
        for exercise in sample().exercises:
            for part in solution_parts(exercise.solution) if exercise.solution else ():
                assert part.strip() not in shown, path.name
        assert "only the instructor" not in text
        assert "HIDDEN" not in text
        assert "The largest weight goes to one" not in text


def test_every_chapter_gives_a_notebook_whose_reference_passes():
    for path in chapter_files():
        chapter = read_chapter(path)
        if not chapter.graded:
            continue
        notebook = assignments.notebook(chapter)
        ids = [cell.id for cell in notebook.cells]
        assert len(set(ids)) == len(ids), path
        for exercise in chapter.exercises:
            if exercise.solution:
                cell = next(c for c in notebook.cells if c.id == exercise.label)
                assert bare(cell.source).strip() == bare(exercise.solution).strip()


def test_points_and_kinds_reach_nbgrader(made):
    source = read(made / "i" / "source" / "98_sample" / "98_sample.ipynb")
    data = {c.id: c.metadata.get("nbgrader", {}) for c in source.cells}
    points = {k: v["points"] for k, v in data.items() if v.get("grade")}
    assert points == {
        "ex-sample-weights-check": 2,
        "ex-sample-entropy-check": 3,
        "ex-sample-words": 2,
        "ex-sample-draw": 1,
    }
    assert data["ex-sample-words"]["cell_type"] == "markdown"
    assert data["setup-1"]["locked"] and not data["setup-1"]["grade"]


def test_the_rubric_has_model_answers_for_what_is_marked_by_hand(made):
    text = (made / "i" / "rubrics" / "98_sample.md").read_text(encoding="utf-8")
    assert "The largest weight goes to one" in text
    assert "(3 points, automatic)" in text


def test_the_colab_notebook_installs_only_where_the_course_is_missing(made):
    first = read(made / "s" / "98_sample_colab.ipynb").cells[0].source
    assert first.startswith("try:\n    import n2t")
    assert "https://example.org/c" in first
    assert '%pip install -q "n2t[all] @ git+{ADDRESS}"' in first


def test_a_chapter_without_graded_exercises_is_refused():
    empty = Chapter(Path("x.md"), "x", "", (), ())
    with pytest.raises(assignments.AssignmentError, match="no graded exercise"):
        assignments.notebook(empty)


def test_the_address_is_the_one_that_the_pages_have(tmp_path):
    config = tmp_path / "_config.yml"
    assert assignments.repository_address(tmp_path) == ""
    config.write_text("sphinx: {config: {coursekit_repository: https://e.org/c}}")
    assert assignments.repository_address(tmp_path) == "https://e.org/c"
    config.write_text('sphinx: {config: {coursekit_repository: ""}}')
    assert assignments.repository_address(tmp_path) == ""
