"""Sphinx: the directive ``{live}``, a figure that computes in the reader's browser.

The page shows the figure's picture until its script has taken the place over. Only
pages that ask for a figure load its script (`coursekit.book.live`). Trained weights
(`coursekit.book.assets.weights`) are written beside them, for readers who ask.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx.application import Sphinx

from coursekit.book import live
from coursekit.book.assets import weights
from coursekit.book.extensions.figures import Drawing

BELOW = "_static/live/"


class Live(nodes.General, nodes.Element):
    """The place of a figure, `name`: its words, then its picture."""


class LiveFigure(Directive):
    """``{live} name``: the figure of that name; its content is what it asks."""

    required_arguments = 1
    option_spec = {"alt": directives.unchanged_required}
    has_content = True

    def run(self) -> list[nodes.Node]:
        """A place with words and a picture."""
        name, alt = self.arguments[0], self.options.get("alt", "").strip('"')
        if not (live.FOLDER / f"{name}.js").is_file() or not alt:
            raise self.error(f"a live figure needs :alt: and {name}.js in {BELOW}")
        self.state.document.settings.env.note_dependency(str(live.picture_of(name)))
        words = nodes.container(classes=["live-words"])
        self.state.nested_parse(self.content, self.content_offset, words)
        drawn = live.picture_of(name).read_text("utf-8")
        picture = Drawing(svg=drawn, alt=alt, prefix=f"live-{name}-")
        shown = nodes.container("", picture, classes=["live-picture"])
        return [Live("", words, shown, name=name)]


def visit_live(self, node: Live) -> None:
    """Open the place of a figure."""
    place = {"data-live": node["name"]}
    self.body.append(self.starttag(node, "div", CLASS="live", **place))


def depart_live(self, node: Live) -> None:
    """Close it."""
    self.body.append("</div>\n")


def load_scripts(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Let a page load the scripts of its own figures, after all others.

    Jupyter Book registers every script below `_static` for every page.
    """
    known = context.get("script_files", [])
    found = {str(getattr(each, "filename", each)): each for each in known}
    ours = {name: each for name, each in found.items() if name.startswith(BELOW)}
    asked = [node["name"] for node in doctree.findall(Live)] if doctree else []
    wanted = [f"_static/{name}" for name in live.scripts_of(asked)] if asked else []
    others = [each for each in known if each not in ours.values()]
    context["script_files"] = [*others, *(ours[name] for name in wanted)]


def write_weights(app: Sphinx, error: Exception | None) -> None:
    """Write the weights that figures ask for."""
    if not error and app.builder.name == "html":
        weights.write(Path(app.outdir))


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_node(Live, html=(visit_live, depart_live))
    app.add_directive("live", LiveFigure)
    app.connect("html-page-context", load_scripts, priority=850)
    app.connect("build-finished", write_weights)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
