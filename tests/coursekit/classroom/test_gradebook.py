"""Marks are stored whole, and what is not yet stored is empty."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from filelock import FileLock

from coursekit.classroom import gradebook
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


def test_two_commands_at_once_lose_no_marks(course):
    """Each of four writers stores the marks of ten students of its own."""

    def write(letter):
        for number in range(10):
            gradebook.update(course, "a", {f"{letter}{number}": {"score": number}})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, "abcd"))
    students = read_marks(course, "a")["students"]
    assert len(students) == 40 and students["d9"] == {"score": 9}


def test_a_command_that_never_ends_is_named(course, monkeypatch):
    monkeypatch.setattr(gradebook, "PATIENCE", 0.1)
    gradebook.update(course, "a", {"ada": {}}, protection="none")
    with (
        FileLock(course / "marks" / ".a.lock"),
        pytest.raises(gradebook.BusyError, match="another command has held"),
    ):
        gradebook.update(course, "a", {"bo": {}})
    assert read_marks(course, "a")["students"] == {"ada": {}}
    assert read_marks(course, "a")["protection"] == "none"


def test_a_folder_without_a_gradebook_gets_none(course):
    for function in (gradebook.largest_score, gradebook.current_scores):
        with pytest.raises(LookupError, match="has no gradebook.db: wanted"):
            function(course, "98_sample")
    assert not (course / "gradebook.db").exists()


def test_an_assignment_that_is_not_in_the_gradebook_is_named(course, handed, graded):
    handed("ada")
    graded("ada", 5)
    assert gradebook.largest_score(course, "98_sample") == 8
    with pytest.raises(LookupError, match="'98_smaple'; it has 98_sample"):
        gradebook.largest_score(course, "98_smaple")
