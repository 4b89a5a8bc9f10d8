"""The course folder says who is in the class."""

from coursekit.classroom.course import everyone, roster


def test_the_roster_is_the_file_or_else_who_submitted(course):
    assert sorted(roster(course)) == ["ada", "bo"]
    (course / "students.csv").unlink()
    (course / "submitted" / "cy").mkdir(parents=True)
    assert sorted(roster(course)) == ["cy"]


def test_who_submitted_without_being_on_the_roster_is_not_forgotten(course):
    (course / "submitted" / "cy").mkdir(parents=True)
    assert everyone(course) == ["ada", "bo", "cy"]
