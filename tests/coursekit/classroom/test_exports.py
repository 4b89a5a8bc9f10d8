"""Each platform gets the columns that it imports, and all get the same facts."""

import csv
import io

import pytest

from coursekit.classroom.exports import FACTS, as_csv

ADA = {"id": "ada", "name": "Ada Example", "email": "a@example.org", "score": 5.0}
ADA |= {"status": "graded", "days_late": 0, "seed": 3, "comment": "", "final": True}
ADA |= {"canvas_id": "4711", "note": ""}
HALF = ADA | {"status": "to be marked by hand", "days_late": 2, "final": False}


def test_each_platform_gets_its_own_columns():
    canvas = as_csv([ADA], "98_sample", 8.0, "canvas").splitlines()
    head = "Student,ID,SIS User ID,SIS Login ID,Section,98_sample"
    facts = "status,days_late,final,note"
    assert canvas[0] == f"{head},{facts}"
    assert canvas[1] == "    Points Possible,,,,,8.0,,,,"
    assert canvas[2] == "Ada Example,4711,ada,a@example.org,,5.0,graded,0,yes,"
    moodle = as_csv([ADA], "98_sample", 8.0, "moodle").splitlines()
    head = "Identifier,Full name,Email address,Grade,Feedback comments"
    assert moodle[0] == f"{head},{facts}"
    assert moodle[1] == "ada,Ada Example,a@example.org,5.0,,graded,0,yes,"
    assert "98_sample,ada" in as_csv([ADA], "98_sample", 8.0)
    with pytest.raises(ValueError, match="wanted one of"):
        as_csv([ADA], "98_sample", 8.0, "excel")


@pytest.mark.parametrize(
    ("style", "column", "shown"),
    [("plain", "score", "5.0"), ("canvas", "98_sample", ""), ("moodle", "Grade", "")],
)
def test_half_marked_work_is_final_in_no_format(style, column, shown):
    text = as_csv([HALF], "98_sample", 8.0, style)
    line = list(csv.DictReader(io.StringIO(text)))[-1]
    assert [line[key] for key in FACTS] == ["to be marked by hand", "2", "no", ""]
    assert line[column] == shown
    asked = as_csv([HALF], "98_sample", 8.0, style, unfinished=True)
    assert list(csv.DictReader(io.StringIO(asked)))[-1][column] == "5.0"
