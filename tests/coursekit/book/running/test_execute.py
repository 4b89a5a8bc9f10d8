"""A chapter that fails says which chapter, which cell, and how; outputs are kept."""

import os
import re
import subprocess
import sys

import pytest
from sample_chapter import HEADER

from coursekit import paths
from coursekit.book import build
from coursekit.book.running.execute import ChapterError, run_chapter

PAGE = f"{HEADER}\n# A page\n\n"
CELL = "```{{code-cell}} ipython3\n{}\n```\n\n"


def chapter(folder, *cells, name="01_page.md"):
    """A chapter with these code cells."""
    page = folder / name
    text = PAGE + "".join(CELL.format(cell) for cell in cells)
    page.write_text(text, encoding="utf-8")
    return page


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys; print('oh', file=sys.stderr)", "wrote to stderr:\noh"),
        ("import warnings; warnings.warn('mind')", "UserWarning: mind"),
        ("import os; os._exit(1)", "died"),
    ],
)
def test_a_failing_cell_is_named(tmp_path, cell, says):
    with pytest.raises(ChapterError) as caught:
        run_chapter(chapter(tmp_path, "a = 1", cell))
    message = str(caught.value)
    assert "01_page, code cell 2:" in message
    assert cell in message
    assert says in message
    assert "\x1b" not in message


def test_for_a_reader_a_warning_is_a_notice_and_not_among_the_outputs(tmp_path):
    cell = "import warnings\nwarnings.warn('slower on Python 3.13.0')\n'shown'"
    run = run_chapter(chapter(tmp_path, "a = 1", cell), strict=False)
    (notice,) = run.notices
    assert notice.cell == 2 and "UserWarning: slower on Python 3.13.0" in notice.text
    assert not notice.fatal
    (output,) = run.notebook["cells"][-1]["outputs"]
    assert output["data"]["text/plain"] == "'shown'"


@pytest.mark.parametrize("cell", ["1 / 0", "import os; os._exit(1)"])
def test_a_chapter_that_fails_keeps_what_ran_and_shows_the_error(tmp_path, cell):
    with pytest.raises(ChapterError) as caught:
        run_chapter(chapter(tmp_path, "print('one')", cell, "2"), strict=False)
    ran = [c for c in caught.value.run.notebook["cells"] if c["cell_type"] == "code"]
    kinds = [[output["output_type"] for output in cell["outputs"]] for cell in ran]
    assert kinds == [["stream"], ["error"], []]


@pytest.fixture
def steady(monkeypatch):
    """The settings that `coursekit` runs chapters with, for one test."""
    for name, value in paths.STEADY.items():
        monkeypatch.setenv(name, value)


def test_every_cell_is_timed_and_runs_in_an_empty_folder_with_one_thread(
    tmp_path, steady
):
    busy = "_ = sum(range(10**7))\nos.environ['OMP_NUM_THREADS']"
    page = chapter(tmp_path, "import os\nos.listdir()", busy)
    seen = []
    run = run_chapter(page, lambda *cell: seen.append(cell[:2]))
    assert [number for number, _ in seen] == [1, 2]
    assert run.seconds > 0
    shown = [
        cell["outputs"][0]["data"]["text/plain"]
        for cell in run.notebook["cells"]
        if cell["cell_type"] == "code"
    ]
    assert shown == ["[]", "'1'"]


@pytest.fixture
def small_course(tmp_path):
    """A course of one chapter, with what its stored outputs depend on."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/lib.py").write_text("x = 1\n")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: 01_page\n")
    chapter(tmp_path, "print('one')")
    return tmp_path


def fill(course, strict=True):
    """Fill the store of outputs in a process of its own; return what it said."""
    code = (
        "from coursekit import paths; from coursekit.book import build;"
        "paths.steady();"
        f"[print(f) for f in build.fill_cache(paths.notebooks(), strict={strict})]"
    )
    done = run(course, "-c", code)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(course, *words):
    """Run Python in a process of its own, for that course."""
    environment = {**os.environ, "COURSEKIT_ROOT": str(course)}
    command = [sys.executable, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_outputs_are_kept_until_the_chapter_or_the_sources_change(small_course):
    assert "0 chapters unchanged, 1 to execute" in fill(small_course)
    assert "1 chapters unchanged, 0 to execute" in fill(small_course)
    (small_course / "src/lib.py").write_text("x = 2\n")
    assert "0 chapters unchanged, 1 to execute" in fill(small_course)
    chapter(small_course, "print('two')")
    assert "0 chapters unchanged, 1 to execute" in fill(small_course)
    chapter(small_course, "1 / 0")
    said = fill(small_course)
    assert "01_page: FAILED" in said
    assert "ZeroDivisionError" in said


def test_a_build_says_which_chapter_took_longer_than_planned():
    assert build._compared(60.0) == "60.0 s"
    assert build._compared(64.83) == "64.8 s, more than the 60 s planned"


def test_outputs_of_another_processor_are_not_taken_for_this_ones(monkeypatch):
    """Their last digits may differ, and the comparison would fail on them."""
    found = []
    for name in ("this one", "another one", "this one"):
        monkeypatch.setattr("n2t.runs.folders.processor", lambda name=name: name)
        found.append(build.paths.sources_hash(extra=build._machine()))
    assert found[0] == found[2] != found[1]


def test_outputs_made_without_a_model_are_not_taken_for_those_with_it(monkeypatch):
    monkeypatch.setattr(build, "find_spec", lambda package: None)
    without = build._machine()
    monkeypatch.setattr(build, "find_spec", lambda package: package)
    assert build._machine() != without


WARNS = "import warnings\nwarnings.warn('of a library')\nprint('fine')"


def test_a_notice_is_kept_and_where_all_is_strict_the_chapter_runs_again(small_course):
    chapter(small_course, WARNS)
    assert "FAILED" not in fill(small_course, strict=False)
    assert "1 chapters unchanged, 0 to execute" in fill(small_course, strict=False)
    assert "of a library" in (small_course / "_build/faults.json").read_text("utf-8")
    said = fill(small_course, strict=True)
    assert "01_page: FAILED" in said and "wrote to stderr" in said


CONFIGURED = """
title: A course
only_build_toc_files: true
exclude_patterns: [src]
execute: {execute_notebooks: cache, run_in_temp: true, stderr_output: error}
sphinx:
  config:
    nb_execution_raise_on_error: true
    nb_merge_streams: true
    extensions: [sphinx_togglebutton, sphinx_copybutton, sphinx_comments, myst_nb,
      jupyter_book, sphinx_external_toc, sphinx_design, sphinx_book_theme,
      coursekit.book.extensions.faults]
"""


@pytest.fixture
def three_pages(small_course):
    """A course of a sound chapter, one that warns and one that fails."""
    (small_course / "_config.yml").write_text(CONFIGURED, encoding="utf-8")
    (small_course / "requirements.txt").write_text("")
    (small_course / "pyproject.toml").write_text("")
    toc = "format: jb-book\nroot: 01_page\nchapters:\n"
    toc += "- file: 02_warns\n- file: 03_fails\n"
    (small_course / "_toc.yml").write_text(toc, encoding="utf-8")
    chapter(small_course, WARNS, name="02_warns.md")
    chapter(small_course, "print('before')", "1 / 0", "6 * 7", name="03_fails.md")
    return small_course


def shown(course, name):
    """A built page as text."""
    page = (course / f"_build/html/{name}.html").read_text("utf-8")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))


def test_one_chapter_that_fails_leaves_the_site_and_one_warning_no_trace(three_pages):
    """One warning of torch, on Python 3.13.0, once left a reader without a book."""
    done = run(three_pages, "-m", "coursekit", "book")
    assert done.returncode == 1
    assert "03_fails, code cell 2" in done.stdout and "1 / 0" in done.stdout
    assert "02_warns, code cell 1:\n" in done.stdout and "of a library" in done.stdout
    assert "of a library" not in shown(three_pages, "02_warns").replace(
        "warnings.warn('of a library')", ""
    )
    page = shown(three_pages, "03_fails")
    assert "Code cell 2 of this page failed as the book was built here" in page
    assert "before" in page and "ZeroDivisionError: division by zero" in page
    (three_pages / "src/lib.py").write_text("x = 3\n")
    chapter(three_pages, "print('before')", "6 * 7", name="03_fails.md")
    done = run(three_pages, "-m", "coursekit", "book")
    assert done.returncode == 0 and "failed" not in shown(three_pages, "03_fails")
    strict = run(three_pages, "-m", "coursekit", "book", "--strict")
    assert strict.returncode == 1 and "02_warns, code cell 1" in strict.stdout


def test_a_page_that_failed_by_chance_is_whole_after_the_next_build(three_pages):
    """Its source is the same, so Sphinx alone would not read it again."""
    flag = three_pages / "there"
    cell = f"import pathlib\nassert pathlib.Path({str(flag)!r}).exists()"
    chapter(three_pages, cell, name="03_fails.md")
    assert run(three_pages, "-m", "coursekit", "book").returncode == 1
    assert "AssertionError" in shown(three_pages, "03_fails")
    flag.touch()
    assert run(three_pages, "-m", "coursekit", "book").returncode == 0
    assert "AssertionError" not in shown(three_pages, "03_fails")
