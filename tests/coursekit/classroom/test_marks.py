"""A row for everyone, with late days, and whether the mark is final."""

import csv
import io
import shutil
from datetime import UTC, datetime, timedelta, timezone

import pytest

from coursekit import cli
from coursekit.classroom import marks
from coursekit.classroom.gradebook import update
from coursekit.classroom.turns import turn

NAME = "98_sample"
DUE = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(course, student, policy=None):
    return next(r for r in marks.rows(course, NAME, policy) if r["id"] == student)


def test_late_days_begin_with_the_first_second_and_some_are_free():
    policy = marks.LatePolicy(datetime(2026, 3, 1, 12), free_days=1, cost=0.25)
    assert policy.days(datetime(2026, 3, 1, 12)) == 0
    assert policy.days(datetime(2026, 3, 1, 12, 0, 1)) == 1
    assert policy.days(datetime(2026, 3, 3, 12, 0, 1)) == 3
    assert policy.days(None) == 0
    assert policy.after(8, 1) == 8
    assert policy.after(8, 3) == 4
    assert policy.after(8, 9) == 0


@pytest.mark.parametrize("wrong", [{"free_days": -1}, {"cost": 1.5}])
def test_an_impossible_policy_is_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        marks.LatePolicy(**wrong)


def test_an_offset_counts_where_days_are_counted():
    there = timezone(timedelta(hours=2))
    policy = marks.LatePolicy(DUE)
    assert policy.days(datetime(2026, 3, 1, 13, 59, tzinfo=there)) == 0
    assert policy.days(datetime(2026, 3, 1, 14, 1, tzinfo=there)) == 1
    assert marks.LatePolicy(datetime(2026, 3, 1, 12)).days(DUE) == 0


@pytest.mark.parametrize(
    ("when", "late"),
    [
        ("2026-03-01 13:30:00 +0200", 0),
        ("2026-03-01 13:00:00 Europe/Berlin", 0),
        ("2026-03-01T12:00:01Z", 1),
        ("2026-03-02 13:00:01 Europe/Berlin", 2),
    ],
)
def test_the_zone_of_a_submission_counts(course, handed, graded, when, late):
    handed("ada", when=when)
    graded("ada", 8)
    made = row(course, "ada", marks.LatePolicy(DUE))
    assert (made["days_late"], made["score"]) == (late, round(8 - 0.8 * late, 2))


def test_a_time_that_is_not_understood_costs_nobody_else(course, handed, graded):
    handed("ada", when="2026-03-01 12:00:00 Middle/Earth")
    handed("bo")
    graded("ada", 8)
    graded("bo", 6)
    ada, bo = marks.rows(course, NAME, marks.LatePolicy(DUE))
    assert (ada["days_late"], ada["final"], ada["score"]) == ("unknown", False, 8)
    assert "'Middle/Earth' is no zone" in ada["note"]
    assert (bo["days_late"], bo["final"], bo["score"]) == (0, True, 6)


def test_whoever_is_graded_has_a_row_on_the_roster_or_not(course, handed, graded):
    handed("cy")
    graded("cy", 5)
    graded("dee", 4, log=False)
    made = {r["id"]: r for r in marks.rows(course, NAME)}
    assert list(made) == ["ada", "bo", "cy", "dee"]
    assert (made["cy"]["score"], made["cy"]["note"]) == (5, "not in students.csv")
    assert (made["dee"]["score"], made["dee"]["status"]) == (4, "graded")
    assert (made["ada"]["status"], made["ada"]["final"]) == ("not graded", False)


def test_half_marked_work_is_not_final_until_it_is_marked(course, handed, graded):
    handed("ada")
    graded("ada", 5, by_hand=True)
    made = row(course, "ada")
    assert (made["status"], made["final"]) == ("to be marked by hand", False)
    graded("ada", 5)
    assert row(course, "ada")["final"]


def test_a_mark_is_read_in_one_store(course, handed, graded):
    handed("ada")
    graded("ada", 5)
    update(course, NAME, {"ada": {"status": "graded", "score": 0.0, "digest": "x"}})
    assert row(course, "ada")["score"] == 5


def test_a_later_hand_in_makes_a_mark_not_final(course, handed, graded):
    handed("ada")
    graded("ada", 5)
    handed("ada", "another")
    made = row(course, "ada")
    assert (made["status"], made["final"]) == ("handed in again", False)
    assert (made["score"], "grade once more" in made["note"]) == (5, True)


def test_a_mark_stands_with_its_days_when_the_files_have_gone(course, handed, graded):
    handed("ada", when="2026-03-02 12:00:00 UTC")
    graded("ada", 5)
    shutil.rmtree(course / "submitted")
    made = row(course, "ada", marks.LatePolicy(DUE))
    assert (made["score"], made["days_late"], made["final"]) == (4.5, 1, True)


def test_a_mark_that_the_gradebook_lost_is_told(course, handed, graded):
    handed("bo")
    graded("bo", 5)
    handed("ada")
    files = turn(course, NAME, "ada", {}).record
    update(course, NAME, {"ada": {"status": "graded"} | files})
    made = row(course, "ada")
    assert not made["final"] and "gradebook.db has no mark" in made["note"]


def test_a_time_that_nobody_knows_is_told_where_it_would_count(course, handed, graded):
    (handed("ada") / "timestamp.txt").unlink()
    graded("ada", 5)
    assert row(course, "ada")["note"] == ""
    assert "no days are charged" in row(course, "ada", marks.LatePolicy(DUE))["note"]


def told(course, *words):
    assert cli.main(["marks", str(course), NAME, *words]) == 0


def test_lateness_that_was_said_once_holds_in_every_format(
    course, handed, graded, capsys
):
    handed("ada", when="2026-03-02 12:00:00 UTC")
    graded("ada", 8)
    told(course, "--due", "2026-03-01T13:00 Europe/Berlin", "--cost", "0.25")
    assert "due: 2026-03-01 13:00:00+01:00" in capsys.readouterr().err
    facts = ["graded", "1", "yes", ""]
    for style, at in (("plain", 4), ("canvas", 5), ("moodle", 3)):
        told(course, "--format", style)
        lines = csv.reader(io.StringIO(capsys.readouterr().out))
        ada = next(line for line in lines if "Ada Example" in line)
        assert (ada[at], ada[-4:]) == ("6.0", facts), style
    told(course, "--free-days", "1")
    assert "Ada Example,ada@example.org,8.0" in capsys.readouterr().out


@pytest.mark.parametrize("due", ["2026-03-01T12:00Z", "2026-03-01T12:00", "2026-03-01"])
def test_a_due_time_is_understood_with_and_without_a_zone(
    course, handed, graded, due, capsys
):
    handed("ada")
    graded("ada", 8)
    told(course, "--due", due)
    assert "Ada Example,ada@example.org,8.0" in capsys.readouterr().out


def test_marks_of_a_folder_without_a_gradebook_say_what_is_missing(course, capsys):
    before = sorted(course.rglob("*"))
    assert cli.main(["marks", str(course), NAME, "--due", "2026-03-01"]) == 2
    assert "has no gradebook.db" in capsys.readouterr().err
    assert sorted(course.rglob("*")) == before


def test_a_line_of_the_roster_that_is_refused_is_told(course, handed, graded, capsys):
    handed("ada")
    graded("ada", 8)
    (course / "students.csv").write_text("id,name\nada,Ada\n../evil,Eve\n")
    assert cli.main(["marks", str(course), NAME]) == 1
    assert "students.csv, line 3" in capsys.readouterr().err
