"""A chapter that fails says which chapter, which cell, and how; outputs are kept."""

import os
import subprocess
import sys

import pytest
from sample_chapter import HEADER

from coursekit import paths
from coursekit.book.execute import ChapterError, run_chapter

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


def fill(course):
    """Fill the store of outputs in a process of its own; return what it said."""
    code = (
        "from coursekit import paths; from coursekit.book import build;"
        "paths.steady();"
        "[print(f) for f in build.fill_cache(paths.notebooks())]"
    )
    environment = {**os.environ, "COURSEKIT_ROOT": str(course)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


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
