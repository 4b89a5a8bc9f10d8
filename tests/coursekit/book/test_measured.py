"""A page says which of its numbers are of an earlier state of the code."""

import re
import subprocess
import sys

import pytest

from coursekit.book import editions, measured
from n2t import ledger

CELL = "# A page\n\nWords.\n\n```{code-cell} ipython3\n%s\n```\n"
CONF = """
extensions = ["myst_nb", "coursekit.book.extensions.recorded"]
nb_execution_mode = "off"
coursekit_ledger_root = %r
"""
MARK = {"measured_at": {"commit": "0123456789ab", "changed": ["src/x.py is new"]}}


def shown(code):
    return [use.shown for use in measured.uses(CELL % code)]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ('from n2t.ledger import result\nresult("toy/a").metric("m")', ["toy/a"]),
        ('from n2t import ledger\nx = [ledger.result("toy/a")]', ["toy/a"]),
        ('import n2t.ledger as book\n%time book.result("toy/a")', []),  # no Python
        ('import n2t.ledger as book\n\nbook.result("toy/a")', ["toy/a"]),
        ('from n2t.ledger import result as r\nr(f"toy/{x}/b")', ["toy/…/b"]),
        ('from n2t.data import cards\ncards.facts("sst")', ["data/sst"]),
        ('class A:\n    def result(self): return 1\nA().result("toy/a")', []),
        ('def result(name): return name\nresult("toy/a")', []),
    ],
)
def test_the_records_that_a_cell_reads_are_found(code, wanted):
    assert shown(code) == wanted


def test_an_import_in_one_cell_counts_in_the_next():
    first, second = CELL % "from n2t.ledger import result", CELL % 'result("toy/a")'
    assert [use.shown for use in measured.uses(first + second)] == ["toy/a"]


def test_a_number_in_prose_is_a_use_of_its_record():
    found = measured.uses("It reached {ledger}`toy/a:m:.1f`, or {ledger}`toy/b:m`.")
    assert [use.shown for use in found] == ["toy/a", "toy/b"]


@pytest.mark.parametrize(
    "code",
    [
        "result(name)",
        'result("toy/" + name)',
        "rows = map(result, names)",
        "found = result\nfound('toy/a')",
        "result(name='toy/a')",
    ],
)
def test_a_record_whose_name_is_not_in_the_text_is_refused_with_its_line(code):
    text = CELL % f"from n2t.ledger import result\n\n{code}"
    with pytest.raises(ValueError, match="^line 8: a record's name must stand"):
        measured.uses(text)


@pytest.fixture
def book(tmp_path):
    """A book whose page reads two records, and one that reads none."""
    facts = dict(task="toy", command="x", configuration={}, seeds=[0])
    for name in ("toy/a", "toy/b", "other/c"):
        ledger.record(name, metrics={"m": [1.0]}, root=tmp_path, **facts)
    source = tmp_path / "book"
    source.mkdir()
    (source / "conf.py").write_text(CONF % str(tmp_path))
    code = CELL % 'from n2t.ledger import result\nresult(f"toy/{x}")'
    toc = "\n```{toctree}\nquiet\n```\n"
    (source / "index.md").write_text(code + toc)
    (source / "quiet.md").write_text("# Quiet\n\nNothing {ledger}`other/c:m`.\n")

    def mark(name):
        ledger.record(name, metrics={"m": [1.0]}, root=tmp_path, **facts, **MARK)

    return tmp_path, mark


def build(folder, good=True):
    """What the pages say, after the book was built."""
    command = [sys.executable, "-m", "sphinx", "-q", str(folder / "book")]
    command += [str(folder / "site")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode == 0) == good, done.stderr
    if not good:
        return done.stderr
    pages = (folder / "site" / f"{name}.html" for name in ("index", "quiet"))
    return [editions._without_tags(page.read_text("utf-8")) for page in pages]


def test_a_page_with_a_marked_record_says_so_at_its_end_and_others_do_not(book):
    folder, mark = book
    assert not any(measured.SAID.strip() in page for page in build(folder))
    mark("toy/b")  # built again: the page has not changed, but what it reads has
    page, quiet = build(folder)
    said = re.sub(r"\s+", " ", page)
    assert f"{measured.SAID}toy/ b (commit 0123456)." in said
    assert measured.SAID.strip() not in quiet


def test_a_page_that_hides_what_it_reads_stops_the_build(book):
    folder, _ = book
    page = folder / "book" / "index.md"
    page.write_text(page.read_text("utf-8").replace('f"toy/{x}"', "NAME"))
    said = build(folder, good=False)
    assert "index.md" in said and "line 7: a record's name must stand" in said
