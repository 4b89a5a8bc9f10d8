"""The course folder says who is in the class, and what was submitted."""

import os
from datetime import timedelta

import pytest

from coursekit.classroom.course import (
    content_hash,
    everyone,
    submitted_at,
    why_missing,
)

NAME = "98_sample"


def test_who_submitted_without_being_on_the_roster_is_not_forgotten(course):
    (course / "submitted" / "cy").mkdir(parents=True)
    assert everyone(course) == ["ada", "bo", "cy"]


def test_an_offset_in_a_time_is_not_dropped(course, handed):
    handed("ada", when="2026-03-01 12:00:00 +0200")
    assert submitted_at(course, "ada", NAME).utcoffset() == timedelta(hours=2)
    assert submitted_at(course, "bo", NAME) is None


def test_the_hash_of_files_counts_contents_and_names_and_nothing_else(course, handed):
    folder = handed("ada")
    first = content_hash(folder)
    handed("ada", when="2027-01-01 00:00:00 UTC")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "x.ipynb").write_text("x")
    assert content_hash(folder) == first
    (folder / "own").mkdir()
    (folder / "own" / "a.py").write_text("a")
    second = content_hash(folder)
    (folder / "own" / "a.py").rename(folder / "own" / "b.py")
    third = content_hash(folder)
    os.symlink("/etc/passwd", folder / "link")
    assert len({first, second, third, content_hash(folder)}) == 4
    assert content_hash(course / "none") == ""


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("", "nothing was submitted"),
        ("final.ipynb", "no 98_sample.ipynb among what was submitted: final.ipynb"),
        ("98_sample.ipynb/x.py", "98_sample.ipynb is a folder, not a notebook"),
        (".DS_Store", "among what was submitted: nothing"),
    ],
)
def test_why_a_notebook_is_missing(course, made, said):
    if made:
        path = course / "submitted" / "ada" / NAME / made
        path.parent.mkdir(parents=True)
        path.write_text("x")
        (course / "submitted" / "ada" / NAME / "timestamp.txt").write_text("x")
    assert why_missing(course, "ada", NAME).endswith(said)
