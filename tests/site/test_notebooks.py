"""Every page with code offers its notebook, whole: its numbers are the page's."""

import re

import nbformat
import pytest

from coursekit import paths
from coursekit.book.extensions.downloads import FOLDER
from coursekit.chapters.myst import blocks

each = pytest.mark.parametrize("page", paths.notebooks(), ids=lambda page: page.stem)
GLUED = re.compile(r"\{glue:text\}`")


@each
def test_a_page_links_to_its_notebook_which_is_valid(site, page):
    html = (site / f"{paths.name_of(page)}.html").read_text("utf-8")
    assert f'href="../../{FOLDER}/{page.stem}.ipynb"' in html
    nbformat.validate(nbformat.read(site / FOLDER / f"{page.stem}.ipynb", 4))


@each
def test_every_computed_number_of_the_page_is_in_its_notebook(site, page):
    """A number that is not known would show as "…"; the page has none of them lost."""
    made = nbformat.read(site / FOLDER / f"{page.stem}.ipynb", 4)
    shown = "\n".join(c.source for c in made.cells if c.cell_type == "markdown")
    pieces = blocks(page.read_text("utf-8"))
    told = [p.source for p in pieces if p.kind == "text" and not p.in_solution]
    text = "\n".join(told)
    if GLUED.search(text):
        assert shown.count("…") == text.count("…")
    assert "{glue" not in shown
