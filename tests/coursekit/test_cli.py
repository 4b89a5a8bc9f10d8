"""The command line: every command is listed, quickly; a mistake has status 2."""

import subprocess
import sys
from pathlib import Path

import pytest

from coursekit import bootstrap, cli, testing
from coursekit.book import build, notebooks, serve
from coursekit.book.paper import pdf
from coursekit.book.running import execute

COMMANDS = """
    help run book pdf test lab serve clean mutants assignments overlay collect grade
    feedback marks similar adapters leaks
"""


@pytest.mark.parametrize("words", [[], ["help"], ["-h"], ["--help"]], ids=str)
def test_help_lists_every_command_with_a_line_of_its_own(capsys, words):
    assert cli.main(words) == 0
    listed = capsys.readouterr().out.split("Commands:\n")[1].splitlines()
    assert sorted(line.split()[0] for line in listed) == sorted(COMMANDS.split())
    assert all(line.rstrip().endswith(".") for line in listed)
    assert not any(line.endswith("...") for line in listed)


@pytest.mark.parametrize("name", COMMANDS.split())
def test_every_command_says_what_it_takes(capsys, name):
    assert cli.main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: coursekit {name}")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bok"], "No such command 'bok'"),
        (["run"], "Missing argument"),
        (["book", "--frsh"], "No such option"),
        (["marks", "c", "a", "--format", "excel"], "'excel' is not one of 'plain'"),
        (["marks", "c", "a", "--due", "soon"], "Invalid isoformat string"),
        (["clean", "all"], "unexpected extra argument"),
    ],
    ids=lambda part: part if isinstance(part, str) else " ".join(part),
)
def test_what_is_not_understood_is_named_with_status_2(capsys, words, said):
    assert cli.main(words) == 2
    assert said in capsys.readouterr().err


def test_the_list_of_commands_needs_no_large_library():
    heavy = {"torch", "numpy", "sphinx", "nbformat", "nbgrader", "matplotlib"}
    code = f"import sys, coursekit.cli; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stdout + done.stderr


BOOK = {"fresh": False, "strict": False, "site": True}


@pytest.mark.parametrize(
    ("words", "place", "given"),
    [
        (
            "run a.md b.md --all",
            (execute, "execute"),
            (([Path("a.md"), Path("b.md")],), {"every_cell": True}),
        ),
        ("book --fresh", (build, "build"), ((), {**BOOK, "fresh": True})),
        ("book --strict", (build, "build"), ((), {**BOOK, "strict": True})),
        ("book --no-site", (build, "build"), ((), {**BOOK, "site": False})),
        ("book", (build, "build"), ((), BOOK)),
        ("pdf", (pdf, "pdf"), ((), {})),
        ("test", (testing, "check_everything"), ((), {})),
        ("lab --no-open", (notebooks, "work"), (((),), {"open_lab": False})),
        (
            "lab --port 9 x",
            (notebooks, "work"),
            ((["--port", "9", "x"],), {"open_lab": True}),
        ),
        ("serve --port 9", (serve, "serve"), ((9,), {})),
        ("clean", (bootstrap, "clean"), ((), {})),
    ],
)
def test_a_command_hands_on_its_words_and_the_status(monkeypatch, words, place, given):
    def called(*arguments, **options):
        assert (arguments, options) == given
        return 3

    monkeypatch.setattr(*place, called)
    assert cli.main(words.split()) == 3
