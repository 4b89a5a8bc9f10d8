"""A later hand-in is graded; a mark stands when its files have gone."""

import shutil

import pytest

from coursekit.classroom.turns import turn

NAME = "98_sample"


@pytest.fixture
def mark(course, handed):
    """The record of a mark of what ada handed in."""
    handed("ada")
    now = turn(course, NAME, "ada", {})
    assert now.grade
    return {"status": "graded", "score": 9.0, "max_score": 10.0} | now.record


def test_what_was_graded_is_left_alone_unless_again(course, mark):
    assert not turn(course, NAME, "ada", mark).grade
    assert turn(course, NAME, "ada", mark).record == mark
    assert turn(course, NAME, "ada", mark, again=True).grade
    failed = mark | {"status": "failed"}
    assert not turn(course, NAME, "ada", failed).grade


def test_a_later_hand_in_is_graded(course, handed, mark):
    handed("ada", "another answer")
    now = turn(course, NAME, "ada", mark)
    assert now.grade and now.record["digest"] != mark["digest"]


def test_a_changed_file_beside_the_notebook_is_graded(course, mark):
    (course / "submitted" / "ada" / NAME / "helper.py").write_text("x")
    assert turn(course, NAME, "ada", mark).grade


def test_the_same_files_with_another_time_are_not(course, handed, mark):
    handed("ada", when="2026-04-01 12:00:00 UTC")
    assert not turn(course, NAME, "ada", mark).grade


@pytest.mark.parametrize("again", [False, True])
def test_a_mark_stands_when_its_files_have_gone(course, mark, again):
    shutil.rmtree(course / "submitted" / "ada")
    now = turn(course, NAME, "ada", mark, again)
    assert not now.grade
    note = "nothing was submitted: the mark of before stands"
    assert now.record == mark | {"note": note}


def test_the_note_goes_when_the_files_come_back(course, mark):
    noted = mark | {"note": "nothing was submitted: the mark of before stands"}
    assert turn(course, NAME, "ada", noted).record == mark


def test_a_renamed_notebook_is_missing_with_its_reason(course, handed):
    folder = handed("ada")
    (folder / f"{NAME}.ipynb").rename(folder / "final_version.ipynb")
    now = turn(course, NAME, "ada", {})
    assert now.record["status"] == "missing"
    assert "final_version.ipynb" in now.record["reason"]


def test_a_time_that_is_not_understood_does_not_stop_the_grading(course, handed):
    handed("ada", when="yesterday")
    assert turn(course, NAME, "ada", {}).record["when"] == ""
