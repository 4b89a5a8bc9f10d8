"""Sphinx: pages that all can use.

What axe-core finds wrong in the theme's pages is mended here and in `templates/`:
a logo outside every landmark, a list of works cited whose items say that they are
something else.
"""

from __future__ import annotations

from pathlib import Path

TEMPLATES = Path(__file__).parents[1] / "templates"


def find_templates(app, config) -> None:
    """Let Sphinx take a template of ours before the theme's own."""
    config.templates_path.append(str(TEMPLATES))


def mend_roles(app, pagename, templatename, context, doctree) -> None:
    """Works cited stand in a list, so each is an item of it."""
    body = context.get("body", "")
    context["body"] = body.replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app) -> dict:
    """Register with Sphinx."""
    app.connect("config-inited", find_templates)
    app.connect("html-page-context", mend_roles)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
