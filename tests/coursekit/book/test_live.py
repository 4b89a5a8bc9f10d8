"""Figures that compute: where a page asks for one, and what other editions get."""

import base64
import re
from types import SimpleNamespace

import pytest
from docutils import nodes

from coursekit import paths
from coursekit.book import live
from coursekit.book.assets.live import MADE_OF, checksum, names
from coursekit.book.extensions.live import BELOW, Live, load_scripts
from coursekit.book.notebooks import working_copy
from coursekit.book.plain import plain
from coursekit.chapters.myst import fences

LARGEST = 60_000  # bytes of a picture for notebooks
SOURCE = '```{live} attention\n:alt: "Two arrows."\n\n**Predict first.** Which?\n```\n'


def test_scripts_come_after_the_frame_and_what_they_need():
    assert live.scripts_of(["net", "neuron"]) == [
        f"live/{name}.js" for name in ("frame", "points", "net", "neuron")
    ]


def loaded(*asked):
    """The scripts that a page with these figures loads."""
    every = [path.name for path in sorted(live.FOLDER.glob("*.js"))]
    files = ["_static/reading.js", *(BELOW + name for name in every)]
    context = {"script_files": [SimpleNamespace(filename=name) for name in files]}
    page = nodes.section("", *(Live(name=name) for name in asked))
    load_scripts(None, "p", "page.html", context, page if asked else None)
    return [each.filename for each in context["script_files"]]


def test_a_page_loads_the_scripts_of_its_own_figures_alone():
    assert loaded() == ["_static/reading.js"]
    wanted = ["_static/reading.js", BELOW + "frame.js", BELOW + "attention.js"]
    assert loaded("attention") == wanted


def test_a_notebook_says_what_the_figure_shows_and_asks():
    said = plain(SOURCE)
    assert "{live}" not in said and "Predict first" in said
    assert "on the chapter's page" in said and "*Two arrows.*" in said


@pytest.mark.parametrize("name", names())
def test_every_figure_is_asked_for_by_a_page_and_has_a_picture(name):
    found = [
        fence
        for page in paths.notebooks()
        for fence in fences(page.read_text("utf-8"))
        if fence.directive == "live" and fence.argument == name
    ]
    assert len(found) == 1
    alt = str(found[0].options["alt"])
    assert len(alt) > 80 and not re.search(r"\d", alt)
    assert "Predict first" in found[0].body
    drawn = live.picture_of(name).read_text("utf-8")
    picture = live.png_of(name).read_bytes()
    assert f"{MADE_OF}\0{checksum(drawn)}".encode() in picture
    assert len(picture) < LARGEST


def test_a_notebook_stands_alone_with_the_figures_picture():
    page = next(p for p in paths.notebooks() if "11_scaled" in p.name)
    cells = [c for c in working_copy(page)["cells"] if c.get("attachments")]
    (cell,) = cells
    assert list(cell["attachments"]) == ["attention.png"]
    packed = cell["attachments"]["attention.png"]["image/png"]
    assert base64.b64decode(packed) == live.png_of("attention").read_bytes()
    (alt,) = re.findall(r"!\[(.+)\]\(attachment:attention\.png\)", cell["source"])
    assert len(alt) > 80 and not set("[]") & set(alt)


def test_an_aside_is_a_quotation_in_a_notebook():
    said = plain("```{margin} Why\nBecause $x$.\n```\n")
    assert said == "> **Why**\n>\n> Because $x$."
    assert plain("```{margin}\nSo.\n```\n") == "> So."
