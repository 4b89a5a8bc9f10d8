"""Every chapter keeps to what the course promises of a chapter."""

import ast
import json
import re
import subprocess
import sys

import jupytext
import pytest
from chapters.exceptions import IGNORED_OUTPUT

from coursekit import paths
from coursekit.book.build import PLANNED, SECONDS
from coursekit.chapters import reading
from coursekit.chapters.exercises import read_chapter

CHAPTERS = [page for page in paths.notebooks() if re.match(r"\d\d_", page.name)]
FULL = [page for page in CHAPTERS if not page.name.startswith("00_")]
LONGEST_CELL = 25  # lines
WIDTH = 72  # characters
COURSE_SECONDS = 900  # planned for all chapters; `PLANNED` for each
SLOWEST = 3  # times as long as planned: a slow processor is no fault of a chapter
#: Chapters align comments that give shapes, and import where a cell needs it;
#: `zip` without `strict` is what a reader knows.
KNOWN = 'lint.isort.known-first-party=["n2t","coursekit"]'
LINT = ["--select=E,F,W,I,B,UP,SIM", "--ignore=B018,B023,B905,E402,F722,F821,UP037"]
COMPARES = re.compile(
    r"assert_allclose|assert_close|assert_array|assert\b.*(close|equal|==|<)"
)
IGNORES = {"nbval-ignore-output", "nbval-skip", "skip-execution"}
YAML = re.compile(r"\A---\n.*?\n---\n|^---\n.*?^---\n|^:\w+:.*\n", re.M | re.S)

each = pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.stem)
each_full = pytest.mark.parametrize("page", FULL, ids=lambda page: page.stem)


def first_line(cell):
    """What names a cell in the tables of exceptions."""
    return cell["source"].strip().split("\n")[0]


def test_there_are_chapters():
    assert CHAPTERS


@each_full
def test_a_chapter_has_1800_to_4500_words(page):
    assert 1800 <= reading.words(page.read_text("utf-8")) <= 4500


@each
def test_no_code_cell_is_long(page):
    assert not [
        first_line(cell)
        for cell in reading.code_cells(page)
        if reading.lines_of_code(cell["source"]) > LONGEST_CELL
    ]


@each
def test_every_figure_has_alternative_text(page):
    assert all(reading.figures(page))


@each_full
def test_a_chapter_has_three_figures(page):
    assert len(reading.figures(page)) >= 3


@each_full
def test_a_chapter_has_4_to_6_exercises_two_of_them_auto_graded(page):
    chapter = read_chapter(page)
    assert 4 <= len(chapter.exercises) <= 6
    assert len(chapter.automatic) >= 2


@each
def test_a_starter_stops_nothing_until_it_is_called(page):
    """A notebook of starters runs to its end."""
    stop = [
        exercise.label
        for exercise in read_chapter(page).automatic
        for outer in ast.parse(exercise.stub).body
        for node in [outer, *(outer.body if isinstance(outer, ast.ClassDef) else [])]
        if isinstance(node, ast.Raise)
    ]
    assert not stop


@each_full
def test_a_chapter_compares_what_it_built_in_front_of_the_reader(page):
    cells = [
        cell["source"]
        for cell in reading.code_cells(page)
        if not {"check", "remove-cell"} & set(cell["metadata"].get("tags", ()))
    ]
    assert any(COMPARES.search(source) for source in cells)


@each
def test_cells_that_nbval_does_not_compare_are_listed_with_a_reason(page):
    ignored = {
        (page.stem, first_line(cell))
        for cell in reading.code_cells(page)
        if IGNORES & set(cell["metadata"].get("tags", ())) or "NBVAL_" in cell["source"]
    }
    assert ignored == {key for key in IGNORED_OUTPUT if key[0] == page.stem}


def test_exceptions_are_of_chapters_that_exist():
    assert {key[0] for key in IGNORED_OUTPUT} <= {page.stem for page in CHAPTERS}


@each
def test_jupytext_gives_the_same_chapter_back(page):
    """Cells and options the same; text the same but for the quoting of options."""
    text = page.read_text("utf-8")
    notebook = jupytext.reads(text, fmt="md:myst")
    again = jupytext.writes(notebook, fmt="md:myst")
    assert YAML.sub("", again) == YAML.sub("", text)
    for old, new in zip(
        notebook["cells"], jupytext.reads(again, fmt="md:myst")["cells"], strict=True
    ):
        assert (old["source"], old["metadata"]) == (new["source"], new["metadata"])


@each
def test_the_code_of_a_chapter_is_clean(page):
    notebook = jupytext.read(page)
    notebook["cells"] = reading.code_cells(page)
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    script = jupytext.writes(notebook, fmt="py:percent").split("# %%", 1)[1]
    command = [sys.executable, "-m", "ruff", "check", "-q", "--isolated", *LINT]
    command += ["--config", KNOWN]
    command += [f"--line-length={WIDTH}", "--output-format=concise"]
    command += [f"--stdin-filename={page.stem}.py", "-"]
    done = subprocess.run(command, input="#" + script, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def seconds():
    """Processor seconds of each chapter in the last build, two side by side."""
    if not SECONDS.exists():
        pytest.skip("the book was not built: run `make book`")
    return json.loads(SECONDS.read_text("utf-8"))


@each
def test_a_chapter_is_far_from_running_without_end(page, seconds):
    """The build says which chapters take longer than planned, on this processor."""
    assert seconds[paths.name_of(page)] <= SLOWEST * PLANNED


def test_all_chapters_together_are_far_from_it_too(seconds):
    assert sum(seconds.values()) <= SLOWEST * COURSE_SECONDS
