"""Marks are stored whole, and what is not yet stored is empty."""

import pytest

from coursekit.classroom.gradebook import read_marks, write_marks


def test_what_was_written_is_read_again_in_the_same_bytes(course):
    marks = {"students": {"ödön": {"seed": 3}}, "assignment": "a", "protection": ""}
    path = write_marks(course, "a", marks)
    assert read_marks(course, "a") == marks
    before = path.read_bytes()
    assert before.startswith(b'{\n "assignment": "a",')
    write_marks(course, "a", read_marks(course, "a"))
    assert path.read_bytes() == before


def test_marks_that_cannot_be_written_leave_those_of_before(course):
    path = write_marks(course, "a", {"students": {}})
    with pytest.raises(TypeError):
        write_marks(course, "a", {"students": object()})
    assert read_marks(course, "a") == {"students": {}}
    assert list(path.parent.iterdir()) == [path]


def test_an_assignment_without_marks_has_no_students(course):
    assert read_marks(course, "b")["students"] == {}
