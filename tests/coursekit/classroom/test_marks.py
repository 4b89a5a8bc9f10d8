"""Marks, late days, downloads, likeness, adapters: the small parts of a course."""

import os
import zipfile
from datetime import datetime

import nbformat
import pytest
from sample_chapter import RIGHT, sample

from coursekit.classroom import adapters, assignments, collecting, marks, similar
from coursekit.classroom.grading import GradingError, grade, roster

PEOPLE = "id,name,email\nada,Ada Example,ada@example.org\nbo,Bo Sample,\n"


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "students.csv").write_text(PEOPLE, encoding="utf-8")
    return folder


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


def test_each_platform_gets_its_own_columns():
    row = {"id": "ada", "name": "Ada Example", "email": "a@example.org", "score": 5.0}
    row |= {"status": "graded", "days_late": 0, "seed": 3, "comment": ""}
    canvas = marks.as_csv([row], "98_sample", 8.0, "canvas").splitlines()
    assert canvas[0] == "Student,ID,SIS User ID,SIS Login ID,Section,98_sample"
    assert canvas[1].startswith("    Points Possible,") and canvas[1].endswith(",8.0")
    assert canvas[2] == "Ada Example,,ada,a@example.org,,5.0"
    moodle = marks.as_csv([row], "98_sample", 8.0, "moodle").splitlines()
    assert moodle[0] == "Identifier,Full name,Email address,Grade,Feedback comments"
    assert moodle[1] == "ada,Ada Example,a@example.org,5.0,"
    assert "98_sample,ada" in marks.as_csv([row], "98_sample", 8.0)
    with pytest.raises(ValueError, match="wanted one of"):
        marks.as_csv([row], "98_sample", 8.0, "excel")


def test_an_unknown_assignment_cannot_be_graded(course):
    with pytest.raises(GradingError, match="no released assignment"):
        grade(course, "99_other")


@pytest.mark.parametrize(
    "name",
    [
        "ada.ipynb",
        "exampleada_12345_678_98_sample.ipynb",
        "Ada Example_12345_assignsubmission_file_/98_sample.ipynb",
        "ada/98_sample.ipynb",
    ],
)
def test_a_download_of_each_platform_is_sorted(course, tmp_path, name):
    archive = tmp_path / "download.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(zipfile.ZipInfo(name, (2026, 3, 1, 12, 30, 0)), "{}")
        packed.writestr("stranger.ipynb", "{}")
    found = collecting.collect(course, "98_sample", archive)
    assert found == {"collected": ["ada"], "unknown": ["stranger.ipynb"]}
    place = course / "submitted" / "ada" / "98_sample"
    assert (place / "98_sample.ipynb").read_text() == "{}"
    when = marks.submitted_at(course, "ada", "98_sample")
    assert when == datetime(2026, 3, 1, 12, 30)


@pytest.mark.parametrize("path", ["../ada.ipynb", "/ada.ipynb", "a\\..\\..\\ada.ipynb"])
def test_a_download_that_leads_elsewhere_is_refused(course, tmp_path, path):
    archive = tmp_path / "download.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(path, "{}")
    with pytest.raises(collecting.CollectError, match="unsafe"):
        collecting.collect(course, "98_sample", archive)


def test_links_in_a_download_are_not_followed(course, tmp_path):
    folder = tmp_path / "download"
    folder.mkdir()
    os.symlink(course / "students.csv", folder / "ada.ipynb")
    assert collecting.collect(course, "98_sample", folder)["collected"] == []


def test_the_roster_is_the_file_or_else_who_submitted(course):
    assert sorted(roster(course)) == ["ada", "bo"]
    (course / "students.csv").unlink()
    (course / "submitted" / "cy").mkdir(parents=True)
    assert sorted(roster(course)) == ["cy"]


def test_renamed_copies_are_alike_and_other_answers_are_not():
    copy = (
        RIGHT["ex-sample-weights"]
        .replace("e = ", "z = ")
        .replace("return e", "#\n    return z")
    )
    copy = copy.replace("/ e.sum", "/ z.sum")
    assert similar.likeness(RIGHT["ex-sample-weights"], copy) == 1
    assert similar.likeness(*RIGHT.values()) < 0.4
    assert similar.likeness("x = (", "x = (") == 0
    stub = sample().exercise("ex-sample-weights").stub
    assert similar.likeness(stub, stub, stub) == 0


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapters")
    assignments.make_course(folder, [sample()])
    return folder / "release" / "98_sample" / "98_sample.ipynb"


def test_answers_in_a_package_of_ones_own_are_checked_and_handed_in(tmp_path, released):
    path = tmp_path / "own" / "adapters.py"
    path.parent.mkdir()
    path.write_text(adapters.template(sample()), encoding="utf-8")
    outcomes = adapters.check(path, sample())
    assert {o.error for o in outcomes.values()} == {"NotImplementedError"}
    design = "import numpy as np\n\n\ndef shifted(s):\n    return s - s.max()\n\n\n"
    (path.parent / "ownpackage.py").write_text(design + "\n".join(RIGHT.values()))
    path.write_text("from ownpackage import entropy, weights\n")
    assert all(o.passed for o in adapters.check(path, sample()).values())
    made = adapters.submission(path, sample(), released, tmp_path / "handin")
    cells = {c.id: c.source for c in nbformat.read(made, as_version=4).cells}
    assert cells["ex-sample-weights"] == "from adapters import weights"
    assert (tmp_path / "handin" / "ownpackage.py").is_file()


def test_an_adapters_file_without_an_answer_or_that_fails_is_named(tmp_path):
    path = tmp_path / "adapters.py"
    with pytest.raises(FileNotFoundError, match="no such file"):
        adapters.check(path, sample())
    path.write_text("def weights(scores): return scores\n")
    outcomes = adapters.check(path, sample())
    assert "where is exp" in outcomes["ex-sample-weights"].hint
    assert "does not define entropy" in outcomes["ex-sample-entropy"].hint
    path.write_text("1 / 0\n")
    assert (
        adapters.check(path, sample())["ex-sample-entropy"].error == "ZeroDivisionError"
    )
