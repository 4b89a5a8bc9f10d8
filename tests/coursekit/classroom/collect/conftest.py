"""Zips as the platforms make them."""

import zipfile

import pytest

WHEN = (2026, 3, 1, 12, 30, 0)


@pytest.fixture
def zipped(tmp_path):
    """Make a zip of names and contents (or of contents and times)."""

    def make(files, name="download.zip"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as packed:
            for inside, content in files.items():
                content, when = (
                    content if isinstance(content, tuple) else (content, WHEN)
                )
                packed.writestr(zipfile.ZipInfo(inside, when), content)
        return path

    return make
