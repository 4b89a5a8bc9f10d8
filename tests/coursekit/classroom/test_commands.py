"""The class's commands: a mistake that a user can mend is one line."""

from coursekit import cli, paths


def test_a_mistake_at_the_command_line_is_one_line(capsys):
    assert cli.main(["overlay", str(paths.ROOT / "private")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("coursekit overlay: ")
    assert said.count("\n") == 1
