"""Grading begins only where there is something to grade, and a machine fit to do it."""

import json
import os
import tempfile

import nbformat
import pytest
from nbgrader.api import Gradebook
from sample_chapter import RIGHT, sample

from coursekit.classroom import grading
from coursekit.classroom.gradebook import read_marks
from coursekit.classroom.grading import GradingError, grade
from coursekit.classroom.handout import assignments
from coursekit.classroom.sandbox import launch

NAME = "98_sample"


def test_an_unknown_assignment_cannot_be_graded(course):
    with pytest.raises(GradingError, match="no released assignment"):
        grade(course, "99_other")


def test_without_protection_it_must_be_asked_for(course, monkeypatch):
    monkeypatch.setattr(launch, "bubblewrap", lambda: None)
    with pytest.raises(GradingError, match="say --unprotected"):
        grade(course, NAME, say=lambda line: None)


@pytest.mark.parametrize(("answer", "stand"), [("1", ["ex-a"]), ("2", [])])
def test_a_mark_given_by_hand_stands_for_the_same_files_alone(
    course, handed, graded, monkeypatch, answer, stand
):
    handed("ada", "1")
    graded("ada", 5)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        book.find_submission(NAME, "ada").notebooks[0].grades[0].manual_score = 6
        book.db.commit()
    handed("ada", answer)
    jobs = []
    monkeypatch.setattr(grading, "_try_reference", lambda *known: None)
    monkeypatch.setattr(grading, "_run", lambda found, _: jobs.extend(found) or [])
    quiet = {"unprotected": True, "say": lambda line: None}
    grade(course, NAME, ["ada"], again=True, **quiet)
    assert jobs[0][-1] == stand


@pytest.mark.parametrize("place", [None, "/tmp"], ids=["a fork", "a new Python"])
def test_each_grading_process_begins_with_what_is_set_now(monkeypatch, tmp_path, place):
    monkeypatch.setattr(grading, "short_place", lambda: place)
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv("COURSEKIT_OF_NOW", name)
        monkeypatch.setenv("TMPDIR", str(tmp_path / name))
        with grading._processes(1) as pool:
            assert pool.submit(os.getenv, "COURSEKIT_OF_NOW").result() == name
            folder = pool.submit(tempfile.gettempdir).result()
            assert folder == str(tmp_path / name)
            pool.submit(os.putenv, "COURSEKIT_LEFT", "a mark").result()
            pool.submit(_leave, "left_behind").result()
            assert pool.submit(_has, "left_behind").result()
        with grading._processes(1) as pool:
            assert pool.submit(os.getenv, "COURSEKIT_LEFT").result() is None
            assert not pool.submit(_has, "left_behind").result()
    assert not hasattr(grading, "left_behind")


def _leave(name):
    setattr(grading, name, True)


def _has(name):
    return hasattr(grading, name)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A released course of the sample, with one right submission."""
    folder = tmp_path_factory.mktemp("i")
    assignments.make_course(folder, [sample()])
    made = nbformat.read(folder / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    for cell in made.cells:
        cell.source = RIGHT.get(cell.id, cell.source)
    place = folder / "submitted" / "ada" / NAME
    place.mkdir(parents=True)
    (place / f"{NAME}.ipynb").write_text(json.dumps(made), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("cell", "source", "words"),
    [
        ("setup-1", "import no_such_module", "given cell setup-1 stopped: ModuleNot"),
        ("ex-sample-weights", "def weights(s): return s", "ex-sample-weights-check: "),
        ("setup-1", "import os\nos._exit(0)", "the notebook does not run: "),
    ],
    ids=["a set-up cell", "the reference", "the kernel"],
)
def test_nobody_is_graded_where_the_reference_does_not_pass(
    released, cell, source, words
):
    path = released / "source" / NAME / f"{NAME}.ipynb"
    whole = path.read_text(encoding="utf-8")
    broken = nbformat.reads(whole, as_version=4)
    next(c for c in broken.cells if c.id == cell).source = source
    try:
        path.write_text(json.dumps(broken), encoding="utf-8")
        with pytest.raises(GradingError, match=f"(?s)nobody was graded.*{words}"):
            grade(released, NAME, unprotected=True, say=lambda line: None)
    finally:
        path.write_text(whole, encoding="utf-8")
    assert read_marks(released, NAME)["students"] == {}
