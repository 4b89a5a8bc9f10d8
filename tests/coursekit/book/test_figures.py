"""Figures stand in the page as drawings; pictures without one stay pictures."""

from base64 import b64decode
from math import ceil
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib
import pytest
from docutils import nodes
from sample_chapter import HEADER

matplotlib.use("agg")

from matplotlib import pyplot as plt  # noqa: E402

from coursekit import paths  # noqa: E402
from coursekit.book.extensions import figures  # noqa: E402
from coursekit.book.running.execute import run_chapter  # noqa: E402
from n2t import plots  # noqa: E402

PAIR = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200" width="400">%s</svg>'
)
WORDS = '<text font-size="13" style="fill:light-dark(#000,#fff)">x</text>'


@pytest.fixture
def pictures(tmp_path):
    """A folder with a figure's picture, one without a drawing, and two SVGs."""
    with matplotlib.rc_context():
        plots.use_style()
        fig = plots.canvas(4, 2).figure
        plots.note(fig.axes[0], (2, 1), "words", fontsize=10)
        (tmp_path / "figure.png").write_bytes(plots.picture(fig, with_drawing=True))
        (tmp_path / "plain.png").write_bytes(plots.picture(fig))
    plt.close("all")
    (tmp_path / "both.svg").write_text(PAIR % WORDS)
    (tmp_path / "one.svg").write_text(PAIR % "<g/>")
    return tmp_path


def written(svg, prefix="d0-", alt='a "name"'):
    """What a drawing becomes on a page, as a tree: the box and what is in it."""
    out = SimpleNamespace(body=[])
    with pytest.raises(nodes.SkipNode):
        figures.visit_drawing(out, figures.Drawing(svg=svg, alt=alt, prefix=prefix))
    return ElementTree.fromstring("".join(out.body))


def test_a_picture_is_replaced_by_its_drawing_and_keeps_its_words(pictures):
    names = ["figure.png", "plain.png", "both.svg", "one.svg", "gone.png", "x.jpg"]
    images = [nodes.image(uri=name, alt=f"alt of {name}") for name in names]
    doctree = nodes.section("", *images)
    app = SimpleNamespace(
        builder=SimpleNamespace(format="html"),
        srcdir=str(pictures),
        env=SimpleNamespace(docname="p", doc2path=lambda _: pictures / "p.md"),
    )
    figures.take_drawings(app, doctree)
    kinds = [type(node).__name__ for node in doctree]
    assert kinds == ["Drawing", "image", "Drawing", "image", "image", "image"]
    assert doctree[0]["alt"] == "alt of figure.png"
    assert doctree[0]["prefix"] != doctree[2]["prefix"]


def test_a_drawing_is_an_image_with_a_name_and_shrinks_until_its_text_is_small():
    (svg,) = written(PAIR % WORDS)
    assert (svg.get("role"), svg.get("aria-label")) == ("img", 'a "name"')
    least = ceil(400 * figures.LEAST / 13)
    assert svg.get("style") == f"width:400px;min-width:{least}px"
    assert svg.get("viewBox") == "0 0 400 200" and svg.get("width") is None


def test_the_size_of_a_figures_text_is_known_to_its_superscripts(pictures):
    with matplotlib.rc_context():
        plots.use_style()
        ax = plots.canvas(4, 2)
        ax.text(1, 1, "$10^2$", fontsize=10)
        root = ElementTree.fromstring(plots.drawing(ax.figure))
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    sizes = figures.texts(root)
    assert max(sizes) == pytest.approx(10, rel=1e-3)
    assert min(sizes) == pytest.approx(7, rel=1e-3)


def test_a_drawing_of_which_no_text_would_be_legible_does_not_shrink():
    (svg,) = written(PAIR % '<text font-size="5">x</text>')
    assert svg.get("style") == "width:400px;min-width:400px"


def test_two_drawings_of_one_page_share_no_id():
    inner = (
        '<defs><path id="a0"/><clipPath id="a1"/></defs><use href="#a0"/>'
        '<g clip-path="url(#a1)"/>'
    )
    for prefix in ("d0-", "d1-"):
        (svg,) = written(PAIR % inner, prefix)
        ids = {e.get("id") for e in svg.iter()} - {None}
        assert ids == {f"{prefix}a0", f"{prefix}a1"}
        assert svg.find("use").get("href") == f"#{prefix}a0"
        assert svg.find("g").get("clip-path") == f"url(#{prefix}a1)"


CELL = """```{code-cell} ipython3
from n2t import plots

plots.use_style()
plots.note(plots.canvas(2, 1), (1, 0.5), "三");
```
"""


@pytest.mark.parametrize("wanted", [True, False])
def test_the_books_kernels_make_drawings_and_readers_do_not(
    wanted, tmp_path, monkeypatch
):
    monkeypatch.setenv(plots.style.DRAWINGS, paths.STEADY[plots.style.DRAWINGS])
    monkeypatch.setenv("MPLBACKEND", "agg")  # as a reader's shell may say
    if not wanted:
        monkeypatch.delenv(plots.style.DRAWINGS)
    page = tmp_path / "01_page.md"
    page.write_text(f"{HEADER}\n# A page\n\n{CELL}", encoding="utf-8")
    (cell,) = [c for c in run_chapter(page).notebook["cells"] if "outputs" in c]
    (output,) = [o for o in cell["outputs"] if "image/png" in o.get("data", {})]
    assert set(output["data"]) == {"image/png", "text/plain"}
    assert output["metadata"]["image/png"] == {"width": 200, "height": 100}
    found = plots.drawing_in(b64decode(output["data"]["image/png"]))
    assert (found is not None) == wanted
    assert not wanted or "light-dark(" in found
