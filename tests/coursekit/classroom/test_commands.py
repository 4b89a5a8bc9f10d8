"""The class's commands: a mistake that a user can mend is one line."""

import pytest

from coursekit import cli, paths


def test_a_mistake_at_the_command_line_is_one_line(capsys):
    assert cli.main(["overlay", str(paths.ROOT / "private")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("coursekit overlay: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("download", "said"),
    [
        ("no-such.zip", "no-such.zip: there is no such file"),
        ("page.zip", "is not a zip, it is a web page"),
        ("empty", "empty holds no file"),
    ],
)
def test_a_download_that_is_none_has_status_2(course, tmp_path, capsys, download, said):
    (tmp_path / "page.zip").write_text("<html>log in</html>")
    (tmp_path / "empty").mkdir()
    words = ["collect", str(course), "98_sample", str(tmp_path / download)]
    assert cli.main(words) == 2
    told = capsys.readouterr().err
    assert told.startswith("coursekit collect: ") and said in told
    assert told.count("\n") == 1 and not (course / "submitted").exists()


def test_collect_tells_what_it_did_and_has_status_1_for_a_doubt(
    course, tmp_path, capsys
):
    folder = tmp_path / "download"
    folder.mkdir()
    (folder / "ada.ipynb").write_text("{}")
    words = ["collect", str(course), "98_sample", str(folder)]
    assert cli.main([*words, "--zone", "Europe/Berlin"]) == 0
    (folder / "stranger.ipynb").write_text("{}")
    assert cli.main(words) == 1
    assert capsys.readouterr().out.splitlines() == [
        "1 students' files collected",
        "ada: ada.ipynb: no cell of it belongs to 98_sample",
        "0 students' files collected",
        "collected before: ada",
        "ada: ada.ipynb: no cell of it belongs to 98_sample",
        "belongs to nobody in students.csv: stranger.ipynb",
    ]


def test_a_zone_that_is_none_is_named(course, capsys):
    words = ["collect", str(course), "98_sample", "x.zip", "--zone", "Middle/Earth"]
    assert cli.main(words) == 2
    assert "'Middle/Earth' is no zone that is known" in capsys.readouterr().err
