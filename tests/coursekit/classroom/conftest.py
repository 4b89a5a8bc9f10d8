"""A course folder with two students."""

import pytest

PEOPLE = "id,name,email\nada,Ada Example,ada@example.org\nbo,Bo Sample,\n"


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "students.csv").write_text(PEOPLE, encoding="utf-8")
    return folder
