"""The closing line, the counts behind it, and the network that is cut off."""

import itertools
import os
import subprocess
import sys
from collections import Counter

import elsewhere
import pytest

from coursekit import paths, testing


def step(code, counts=False):
    """A step that runs a line of Python."""
    return testing.Step("a step", [sys.executable, "-c", code], counts)


@pytest.mark.parametrize(
    ("code", "counts", "wanted"),
    [
        ("print('fine')", False, {"passed": 1}),
        ("raise SystemExit(1)", False, {"failed": 1}),
        ("print('3 passed, 2 skipped in 1s')", True, {"passed": 3, "skipped": 2}),
        ("print('1 failed, 3 passed'); exit(1)", True, {"failed": 1, "passed": 3}),
        ("print('2 errors in 1s'); exit(1)", True, {"error": 2}),
        ("print('3 passed'); exit(3)", True, {"failed": 1, "passed": 3}),
    ],
)
def test_steps_are_counted_and_a_bad_exit_never_passes(code, counts, wanted, capfd):
    assert testing.run_step(step(code, counts), []) == Counter(wanted)


def test_what_runs_beside_a_step_speaks_after_it_and_is_counted(capfd):
    both = step("import time; time.sleep(1); print('3 passed')", counts=True)
    both.beside = testing.Step("other", [sys.executable, "-c", "print('x'); exit(1)"])
    found = testing.run(both, [])
    assert found == {"a step": Counter(passed=3), "other": Counter(failed=1)}
    said = capfd.readouterr().out
    assert said.index("== a step:") < said.index("== other\nx\n== other:")


@pytest.mark.parametrize("beside", [False, True])
def test_where_something_needed_failed_nothing_is_checked_that_needs_it(
    beside, monkeypatch, capfd
):
    broken = step("exit(1)")
    broken.needed = True
    first = step("print('fine')") if beside else broken
    first.beside, first.name = broken if beside else None, "first"
    monkeypatch.setattr(testing, "steps", lambda: iter([first, step("print('late')")]))
    assert testing.check_everything() == 1
    said = capfd.readouterr().out
    assert "was not checked" in said and "late" not in said


def test_the_closing_line_reads_as_pytest_writes_it():
    line = testing.closing_line(Counter(failed=1, passed=20, skipped=3), 61.5)
    assert " 1 failed, 20 passed, 3 skipped in 61.50s " in line
    assert line.startswith("===") and line.endswith("===")


def test_without_the_network_only_loopback_is_left():
    prefix = testing.offline()
    if not prefix:
        pytest.skip(testing.LEFT_ON)
    code = """
import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname(), 5).close()
try:
    socket.create_connection(("192.0.2.1", 80), 5)
except OSError:
    print("cut off")
"""
    command = [*prefix, sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "cut off\n", done.stderr


def test_ci_runs_the_command_that_the_readme_names():
    script = (paths.ROOT / ".ci/run").read_text("utf-8")
    readme = (paths.ROOT / "README.md").read_text("utf-8")
    assert script.rstrip().endswith("\nmake test")
    assert "\n| `make test` | every check" in readme


def test_the_whole_class_site_is_checked_once_the_book_is_built():
    assert (paths.ROOT / testing.CLASS_SITE).is_file()
    before = [step.command for step in itertools.islice(testing.steps(), 3)]
    assert f"--ignore={testing.CLASS_SITE}" in before[-1]
    assert testing.CLASS_SITE in testing.AFTER_BOOK


RECORD = {
    "device": "cpu: Some processor, 1 threads",
    "versions": {"python": "3.11.7", "torch": "2.13.0"},
}
SAME = {"processor": "Some processor", "threads": "1", "Python": "3.11.7"}
SAME["torch"] = "2.13.0"


@pytest.mark.parametrize(
    ("what", "value", "said"),
    [
        ("processor", "Another", "processor Another, not Some processor"),
        ("threads", "4", "threads 4, not 1"),
        ("Python", "3.13.0", "Python 3.13.0, not 3.11.7"),
        ("torch", "2.14.0", "torch 2.14.0, not 2.13.0"),
    ],
)
def test_what_differs_from_a_records_machine_is_named(what, value, said):
    assert elsewhere.differences(RECORD, SAME) == ""
    assert elsewhere.differences(RECORD, SAME | {what: value}) == said


COMPARED = """
import elsewhere
import pytest

elsewhere.result = lambda name: None
elsewhere.differences = lambda record: {differs!r}

@pytest.mark.recorded("toy/a")
def test_compared():
    assert 2.0000001 == 2.0, "a digit"

@pytest.mark.recorded("toy/a")
def test_broken():
    raise ValueError("no comparison")

def test_not_marked():
    assert 1 == 2
"""


@pytest.mark.parametrize(("differs", "failed"), [("", 3), ("Python 3.13", 2)])
def test_a_digit_that_differs_on_another_machine_is_said_and_nothing_else_is_excused(
    tmp_path, differs, failed
):
    (tmp_path / "test_it.py").write_text(COMPARED.format(differs=differs))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = recorded\n")
    command = [sys.executable, "-m", "pytest", "-rx", "-p", "elsewhere", str(tmp_path)]
    own = {**os.environ, "PYTHONPATH": str(paths.ROOT / "tests")}
    done = subprocess.run(
        command, cwd=tmp_path, env=own, capture_output=True, text=True
    )
    assert f"{failed} failed" in done.stdout, done.stdout
    said = "may differ from record toy/a: Python 3.13. a digit"
    assert (said in done.stdout) == (differs != "")
