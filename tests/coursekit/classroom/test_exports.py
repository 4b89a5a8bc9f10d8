"""Each platform gets the columns that it imports."""

import pytest

from coursekit.classroom.exports import as_csv


def test_each_platform_gets_its_own_columns():
    row = {"id": "ada", "name": "Ada Example", "email": "a@example.org", "score": 5.0}
    row |= {"status": "graded", "days_late": 0, "seed": 3, "comment": ""}
    canvas = as_csv([row], "98_sample", 8.0, "canvas").splitlines()
    assert canvas[0] == "Student,ID,SIS User ID,SIS Login ID,Section,98_sample"
    assert canvas[1].startswith("    Points Possible,") and canvas[1].endswith(",8.0")
    assert canvas[2] == "Ada Example,,ada,a@example.org,,5.0"
    moodle = as_csv([row], "98_sample", 8.0, "moodle").splitlines()
    assert moodle[0] == "Identifier,Full name,Email address,Grade,Feedback comments"
    assert moodle[1] == "ada,Ada Example,a@example.org,5.0,"
    assert "98_sample,ada" in as_csv([row], "98_sample", 8.0)
    with pytest.raises(ValueError, match="wanted one of"):
        as_csv([row], "98_sample", 8.0, "excel")
