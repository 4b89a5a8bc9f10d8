"""Sphinx: formulas are MathML when the page is written; the browser needs no script.

`math_core` turns TeX into MathML Core, which browsers draw and screen readers speak.
The font comes inside the style sheet `formulas.css`, so that no formula is drawn
twice, and only to pages that have a formula. A formula is never parted from the
punctuation beside it.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from coursekit.book.assets import mathfont

STYLE = "formulas.css"
FACE = """@font-face {
  font-family: "Course Math";
  src: url("data:font/woff2;base64,%s") format("woff2");
}
"""
#: What is not parted from a formula: signs before it; signs, or an ending, after it.
BEFORE = re.compile(r"[(\[{“‘\"±~]+$")
AFTER = re.compile(r"[^\s\w(\[{“‘–—/-]*(?:[-‑]\w+|s\b|th\b)?[.,;:!?)\]}”’]*")
LOOSE = nodes.strong | nodes.emphasis
log = logging.getLogger(__name__)


@cache
def mathml(tex: str, display: bool = False) -> str:
    """A formula in TeX as MathML Core.

    Raises `ValueError`, with the formula, for TeX that is not understood.
    """
    from math_core import LatexError, LatexToMathML

    try:
        return LatexToMathML(fancy_error=False).convert_with_local_state(
            tex, displaystyle=display
        )
    except LatexError as error:
        raise ValueError(f"the formula {tex!r} is not understood: {error}") from None


def visit_inline(self, node: nodes.math) -> None:
    """Write a formula in a line of text, with the signs that it is not parted from."""
    self.body.append(self.starttag(node, "span", "", CLASS="formula notranslate"))
    self.body.append(self.encode(node.get("before", "")))
    self.body.append(_written(node, display=False))
    self.body.append(self.encode(node.get("after", "")) + "</span>")
    raise nodes.SkipNode


def visit_display(self, node: nodes.math_block) -> None:
    """Write a formula on lines of its own, in a box that scrolls, and its number."""
    self.body.append(self.starttag(node, "div", CLASS="equation notranslate"))
    formula = _written(node, display=True)
    self.body.append(f'<div class="equation-box">{formula}</div>')
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def _written(node: nodes.Element, display: bool) -> str:
    """A node's formula as MathML; what is not understood is a warning."""
    try:
        return mathml(node.astext().strip(), display)
    except ValueError as error:
        log.warning(str(error), location=node, type="formulas")
        return "<code>?</code>"


def keep_together(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give every formula in a line the signs that stand against it."""
    if app.builder.format != "html":
        return
    for node in list(doctree.findall(nodes.math)):
        before, after = _beside(node, -1), _beside(node, 1)
        if before and (found := BEFORE.search(before)):
            node["before"] = found.group()
            _replace(before, before[: found.start()])
        if after and (found := AFTER.match(after)) and found.group():
            node["after"] = found.group()
            _replace(after, after[found.end() :])


def _beside(node: nodes.Node, step: int) -> nodes.Text | None:
    """The text right before (-1) or after (1) a node, out of bold and italics too."""
    parent = node.parent
    place = parent.index(node) + step
    if 0 <= place < len(parent):
        found = parent[place]
        return found if isinstance(found, nodes.Text) else None
    return _beside(parent, step) if isinstance(parent, LOOSE) else None


def _replace(text: nodes.Text, rest: str) -> None:
    text.parent.replace(text, nodes.Text(rest))


def write_style(app: Sphinx) -> None:
    """Write the style sheet that brings the font."""
    if app.builder.format == "html":
        target = Path(app.outdir) / "_static" / STYLE
        target.parent.mkdir(parents=True, exist_ok=True)
        packed = base64.b64encode(mathfont.FONT.read_bytes()).decode()
        target.write_text(FACE % packed, encoding="utf-8")


def add_style(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Load the style sheet on a page that has a formula."""
    if "<math" in context.get("body", ""):
        app.add_css_file(STYLE)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_display, None))
    app.connect("builder-inited", write_style)
    app.connect("doctree-resolved", keep_together, priority=900)
    app.connect("html-page-context", add_style)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
