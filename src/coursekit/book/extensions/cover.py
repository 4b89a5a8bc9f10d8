"""Sphinx: the path of the cover, whose stations are links; a tint for every part.

The directive ``{path}`` draws the path (`coursekit.book.cover.path`) into the page, as
links within an SVG of the page itself. Each page knows its part: its color is the style
sheet's ``--part``, its name stands above a chapter's title.
"""

from __future__ import annotations

import json
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from coursekit import paths
from coursekit.book.colors.parts import part_of, parts
from coursekit.book.cover import path

STYLE = "parts.css"
SIDE = ".bd-links p.caption:nth-of-type({number})"


class PathPlace(nodes.General, nodes.Element):
    """The place of the path."""


class PathDirective(Directive):
    """``{path}``: the stations of the course."""

    def run(self) -> list[nodes.Node]:
        """A place for the drawing, which is made when addresses are known."""
        env = self.state.document.settings.env
        env.note_dependency(str(paths.ROOT / "_toc.yml"))
        return [PathPlace()]


def visit_path(self, node: PathPlace) -> None:
    """Write the path, with links as seen from this page."""
    builder = self.builder
    here = builder.current_docname
    drawn = path.drawing(lambda page: builder.get_relative_uri(here, page))
    start = '<nav class="path" aria-label="The path, part by part">'
    self.body.append(f"{start}{drawn}</nav>\n")
    raise nodes.SkipNode


def style() -> str:
    """The tints of the parts, in the side bar and on their cards on the cover."""
    lines = [".bd-links p.caption { --part: initial; }"]
    for number, part in enumerate(parts(), 1):
        chosen = f"{SIDE.format(number=number)}, .part-{number - 1}"
        lines.append(f"{chosen} {{ --part: {part.tint}; }}")
    return "\n".join(lines) + "\n"


def write_style(app: Sphinx) -> None:
    """Write the style sheet of the tints."""
    if app.builder.format == "html":
        target = Path(app.outdir) / "_static" / STYLE
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(style(), encoding="utf-8")


def tint(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Tell a page the name and the color of its part."""
    if part := part_of(pagename):
        name = json.dumps(part.caption)
        context["part_style"] = f"--part: {part.tint}; --part-name: {name}"


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_node(PathPlace, html=(visit_path, None))
    app.add_directive("path", PathDirective)
    app.add_css_file(STYLE)
    app.connect("builder-inited", write_style)
    app.connect("html-page-context", tint)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
