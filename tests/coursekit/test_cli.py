"""Every command that is listed is there."""

import importlib

import pytest

from coursekit import cli


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_listed_command_is_a_function_that_is_documented(name):
    module, function = cli.COMMANDS[name][0].split(":")
    assert getattr(importlib.import_module(module), function).__doc__


def test_help_lists_every_command(capsys):
    assert cli.main([]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in cli.COMMANDS)


def test_an_unknown_command_is_named_and_the_known_ones_listed(capsys):
    assert cli.main(["bok"]) == 2
    said = capsys.readouterr().err
    assert "no command 'bok'" in said
    assert "  book " in said
