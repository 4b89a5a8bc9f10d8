"""Sphinx: pages that parse without an error and say what they are made of.

The role ``{german}`` marks words of another language: ``{german}`einundzwanzig` ``
stands in italics, and a screen reader speaks it as German. What a cell prints is no
markup, so the cell says which of it is German: ``:spoken: {de: "→ (.*)"}`` says it of
what stands behind an arrow.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from coursekit.book.markup import mended
from coursekit.book.plain import LANGUAGES

SPOKEN = "spoken"  # in a cell's metadata: patterns by language
log = logging.getLogger(__name__)

ROOT_PAGE = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>{title}</title>
    <meta http-equiv="refresh" content="0; url={target}">
  </head>
  <body>
    <p><a href="{target}">{title}</a></p>
  </body>
</html>
"""


class Foreign(nodes.emphasis):
    """Words of another language."""


def foreign_role(name, rawtext, text, lineno, inliner, options=None, content=None):
    """``{german}`word` ``: a word of the language that the role is named after."""
    return [Foreign(rawtext, text, language=LANGUAGES[name])], []


def visit_foreign(self, node: Foreign) -> None:
    """Open italics in the language of the words."""
    self.body.append(self.starttag(node, "em", "", lang=node["language"]))


def depart_foreign(self, node: Foreign) -> None:
    """Close them."""
    self.body.append("</em>")


def mend_body(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Mend a page that was written from a source."""
    if doctree is None:
        return
    letters = app.config.coursekit_roles.get(pagename)
    chosen = None if letters is None else letters.split()
    try:
        context["body"] = mended(context["body"], spoken(doctree), chosen)
    except ValueError as error:
        log.warning(str(error), location=pagename, type="markup")
        context["body"] = mended(context["body"], letters=chosen)


def spoken(doctree: nodes.document) -> list[dict[str, str]]:
    """What each code cell of a page says of the languages of its outputs."""
    cells = doctree.findall(nodes.container)
    return [
        cell.get("cell_metadata", {}).get(SPOKEN, {})
        for cell in cells
        if cell.get("nb_element") == "cell_code"
    ]


def write_root(app: Sphinx, error: Exception | None) -> None:
    """The site's own address leads to the first page, in a whole HTML document."""
    target = f"{app.config.root_doc}.html"
    if error or app.builder.name != "html" or target == "index.html":
        return
    text = ROOT_PAGE.format(title=app.config.html_title, target=target)
    Path(app.outdir, "index.html").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx, after the theme and the table of contents."""
    app.add_node(Foreign, html=(visit_foreign, depart_foreign))
    for language in LANGUAGES:
        app.add_role(language, foreign_role)
    app.add_config_value("coursekit_roles", {}, "html")
    app.connect("html-page-context", mend_body, priority=900)
    app.connect("build-finished", write_root, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
