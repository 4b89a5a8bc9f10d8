"""The site with folded answers, the site with none, and recorded numbers on a page."""

import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_chapter import SAMPLE, sample

from coursekit.book import editions
from coursekit.chapters.exercises import STUB
from n2t import ledger

CONF = """
extensions = [
    "myst_nb", "sphinx_exercise", "sphinx_togglebutton",
    "coursekit.book.extensions.editions", "coursekit.book.extensions.recorded",
    "coursekit.book.extensions.searching",
]
html_theme = "pydata_sphinx_theme"
nb_execution_mode = "cache"
nb_execution_cache_path = {cache!r}
nb_execution_raise_on_error = True
coursekit_ledger_root = {root!r}
"""


def build(folder, edition, *, good=True):
    """Build the folder's pages in that edition; the site, or what Sphinx said."""
    out = folder / edition
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-D"]
    command += [f"coursekit_edition={edition}", str(folder / "src"), str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode == 0) == good, done.stderr
    return out if good else done.stderr


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A book of the sample chapter and a page with a recorded number."""
    folder = tmp_path_factory.mktemp("book")
    source = folder / "src"
    source.mkdir()
    ledger.record("toy/a", task="toy", command="x", metrics={"m": [1.0, 2.0]},
                  configuration={}, seeds=[0, 1], root=folder)  # fmt: skip
    text = CONF.format(cache=str(folder / "cache"), root=str(folder))
    (source / "conf.py").write_text(text)
    shutil.copy(SAMPLE, source)
    (source / "index.md").write_text(
        "# A book\n\nIt reached {ledger}`toy/a:m:.1f`.\n\n"
        "```{toctree}\n98_sample\n```\n"
    )
    return folder


@pytest.fixture(scope="module")
def full(book):
    return build(book, "self-study")


@pytest.fixture(scope="module")
def class_site(book, full):
    return build(book, "class")


def text_of(page):
    return editions._without_tags(page.read_text(encoding="utf-8"))


def test_the_page_shows_starter_code_and_the_executed_answer_without_markers(full):
    text = text_of(full / "98_sample.html")
    assert text.count(STUB) == 2  # none where the stub says nothing else
    assert "np.exp(shifted(scores))" in text
    assert "BEGIN SOLUTION" not in text
    assert "rows do not sum to 1" in text


def test_the_answer_is_folded(full):
    page = (full / "98_sample.html").read_text(encoding="utf-8")
    assert page.count('class="solution dropdown admonition"') == 5


def test_the_class_site_holds_no_solution_anywhere(class_site):
    assert editions.leaks(class_site, [sample()]) == []
    text = text_of(class_site / "98_sample.html")
    assert text.count(STUB) == 2  # none where the stub says nothing else
    assert "rows do not sum to 1" in text
    assert "The page goes on after its exercises" in text


def test_the_class_site_shows_outputs_without_running_a_cell_again(class_site):
    text = text_of(class_site / "98_sample.html")
    assert "285" in text
    assert "10" in text


@given(st.lists(st.text("ab ", min_size=1), max_size=4), st.text("ab ", max_size=60))
def test_a_line_stands_in_a_text_wherever_its_first_and_last_word_begin_and_end(
    lines, text
):
    lines, text = [" ".join(x.split()) for x in lines], " ".join(text.split())
    found = list(editions._standing(lines, text))
    assert found == [line for line in lines if line in text]


def test_the_search_for_leaks_finds_them_in_the_full_site(full):
    found = editions.leaks(full, [sample()])
    assert any("98_sample.html: " in place for place in found)
    assert any("_static/search/sections-" in place for place in found)


def test_one_leaked_line_in_any_file_is_found(class_site, tmp_path):
    site = tmp_path / "site"
    shutil.copytree(class_site, site)
    (site / "notebook.json").write_text(
        '{"a": "x\\n    safe = np.where(p > 0, p, 1)\\n"}'
    )
    assert editions.leaks(site, [sample()]) == [
        "notebook.json: safe = np.where(p > 0, p, 1)"
    ]


def test_the_search_is_the_courses_own_alone(full):
    """Sphinx's own would load an index of words, and write it, a second time."""
    assert (full / "search.html").is_file()
    assert 'href="search.html"' in (full / "index.html").read_text("utf-8")
    named = [path.name for path in full.rglob("*.js")]
    assert "parts.js" in named
    assert not {"searchindex.js", "searchtools.js", "language_data.js"} & set(named)


def test_a_class_site_built_over_a_full_one_keeps_no_word_of_a_solution(book, full):
    over = book / "over"
    shutil.copytree(full, over)
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html"]
    command += ["-D", "coursekit_edition=class", str(book / "src"), str(over)]
    subprocess.run(command, check=True)
    shutil.rmtree(over / "_sources")
    shutil.rmtree(over / ".doctrees")
    assert editions.leaks(over, [sample()]) == []


def test_no_source_is_copied_in_the_class_edition(class_site, full):
    assert (full / "_sources").is_dir()
    assert not (class_site / "_sources").exists()


def test_a_recorded_number_reaches_the_page(full):
    assert "It reached 1.5." in text_of(full / "index.html")


def test_a_missing_record_stops_the_build_and_names_the_place(book, tmp_path):
    folder = tmp_path / "book"
    shutil.copytree(book / "src", folder / "src")
    (folder / "src" / "index.md").write_text(
        "# A\n\n{ledger}`toy/gone:m`\n\n```{toctree}\n98_sample\n```\n"
    )
    said = build(folder, "self-study", good=False)
    assert "index.md:3" in said
    assert "toy/gone" in said


def test_a_slip_of_an_author_stops_the_build_and_names_the_line(book, tmp_path):
    folder = tmp_path / "book"
    shutil.copytree(book / "src", folder / "src")
    page = folder / "src" / "98_sample.md"
    page.write_text(page.read_text("utf-8").replace("· easy ·", "· light ·", 1))
    assert "98_sample.md:41: " in build(folder, "self-study", good=False)


def test_an_unknown_edition_is_refused(book):
    assert "EDITION is 'exam'" in build(book, "exam", good=False)
    with pytest.raises(ValueError, match="EDITION is 'exam'"):
        editions.page(sample(), "exam")


def test_the_full_edition_leaves_every_code_cell_as_it_was():
    from coursekit.chapters.exercises import read_chapter

    cells = read_chapter(Path("x.md"), editions.page(sample())).cells
    assert [c.source for c in cells] == [c.source for c in sample().cells]


def test_the_class_edition_keeps_the_cells_that_are_not_of_solutions():
    from coursekit.chapters.myst import blocks

    page = editions.page(sample(), "class")
    kept = [
        c
        for c, k in zip(sample().cells, editions.kept_cells(sample()), strict=True)
        if k
    ]
    shown = [piece.source for piece in blocks(page) if piece.kind == "code"]
    assert shown == [cell.source for cell in kept]
    assert len(kept) == 4


def test_a_line_that_the_page_shows_with_a_comment_is_no_secret():
    before = sample()
    line = editions.bare(before.exercises[0].solution).splitlines()[-1]
    assert editions._squeeze(line) in editions.secrets([before])
    cell = f"```{{code-cell}} ipython3\n{line}  # shown elsewhere\n```"
    after = dataclasses.replace(before, text=f"{before.text}\n{cell}\n")
    assert editions._squeeze(line) not in editions.secrets([after])
