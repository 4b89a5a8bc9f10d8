"""Sphinx: a page ends by saying which of its records are of an earlier state."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from coursekit.book import measured
from coursekit.book.measured import Use


def read_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """Note what the page that is about to be parsed reads."""
    try:
        found = measured.uses(source[0])
    except (SyntaxError, ValueError) as error:
        raise ExtensionError(f"{app.env.doc2path(docname)}: {error}") from None
    _pages(app.env)[docname] = found, _now(app, found)


def say(app: Sphinx, doctree: nodes.document) -> None:
    """End the page with its note, if it has one."""
    _, commits = _pages(app.env).get(app.env.docname, ([], {}))
    if commits:
        doctree += paragraph(measured.note(commits))


def paragraph(text: str) -> nodes.paragraph:
    """A sentence of Markdown, whose only markup is code in backticks."""
    made = nodes.paragraph("", classes=["measured-at"])
    for number, piece in enumerate(text.split("`")):
        made += nodes.literal(piece, piece) if number % 2 else nodes.Text(piece)
    return made


def outdated(app: Sphinx, env, added, changed, removed) -> list[str]:
    """Pages whose note is another by now."""
    pages = _pages(env).items()
    return [n for n, (f, said) in pages if n not in removed and _now(app, f) != said]


def merge(app: Sphinx, env, docnames, other) -> None:
    """Take over what a parallel reader noted."""
    _pages(env).update({name: _pages(other)[name] for name in docnames})


def _now(app: Sphinx, found: list[Use]) -> dict[str, list[str]]:
    try:
        return measured.marked(found, app.config.coursekit_ledger_root)
    except LookupError as error:
        raise ExtensionError(f"recorded numbers: {error}") from None


def _pages(env) -> dict[str, tuple[list[Use], dict[str, list[str]]]]:
    if not hasattr(env, "coursekit_measured"):
        env.coursekit_measured = {}
    return env.coursekit_measured


def setup(app: Sphinx) -> dict:
    """Register with Sphinx, after the page's edition has been made."""
    app.connect("source-read", read_page, priority=450)
    app.connect("doctree-read", say)
    app.connect("env-get-outdated", outdated)
    app.connect("env-merge-info", merge)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
