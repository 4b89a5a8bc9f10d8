"""A platform's download: sorted by student, never leading elsewhere."""

import os
import zipfile
from datetime import datetime

import pytest

from coursekit.classroom import collecting
from coursekit.classroom.course import submitted_at


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
    when = submitted_at(course, "ada", "98_sample")
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
