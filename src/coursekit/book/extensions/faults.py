"""Sphinx: a page whose chapter failed on this machine says so at its head.

The failing cell shows its error where it stands; what follows it was not run.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from coursekit.book.running import faults


def say(app: Sphinx, doctree: nodes.document) -> None:
    """Put the box below the title, if there is something to say."""
    text = _said(app.env.docname)
    _pages(app.env)[app.env.docname] = text
    if text:
        place = next(iter(doctree.findall(nodes.section)), doctree)
        place.insert(1, nodes.warning("", nodes.paragraph("", text)))


def outdated(app: Sphinx, env, added, changed, removed) -> list[str]:
    """Pages that say something else by now."""
    pages = _pages(env).items()
    return [n for n, text in pages if n not in removed and _said(n) != text]


def merge(app: Sphinx, env, docnames, other) -> None:
    """Take over what a parallel reader noted."""
    known = _pages(other)
    _pages(env).update({name: known[name] for name in docnames if name in known})


def _said(name: str) -> str:
    """What the page called `name` says; "" where its chapter ran to its end."""
    fault = faults.failed(name)
    if fault is None:
        return ""
    return (
        f"Code cell {fault.cell} of this page failed as the book was built here "
        f"({fault.last_line}). What comes after it was not run."
    )


def _pages(env) -> dict[str, str]:
    if not hasattr(env, "coursekit_faults"):
        env.coursekit_faults = {}
    return env.coursekit_faults


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("doctree-read", say)
    app.connect("env-get-outdated", outdated)
    app.connect("env-merge-info", merge)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
