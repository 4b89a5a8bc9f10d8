"""Sphinx: pages that a phone loads quickly.

The theme brings a font of two thousand icons for ten; `_static/icons.css` draws those.
It loads the search index on every page; here the page of the search alone does. Scripts
wait until the page is there, and images have their room before they arrive.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

#: Files of the theme that no page asks for.
UNUSED = [
    "vendor/fontawesome",
    "scripts/fontawesome.js",
    "scripts/fontawesome.js.map",
    "scripts/fontawesome.js.LICENSE.txt",
]
THEME_STYLE = "styles/pydata-sphinx-theme.css"
ICON = re.compile(r'[^{}]*\.fa-[^{}]*:before\{content:"\\[0-9a-f]+"\}')
FACE = re.compile(r"@font-face\{[^}]*Font ?Awesome[^}]*\}")
#: What scripts in the page's own text need at once.
FIRST = "documentation_options.js"
SIZED = re.compile(r'(<img\b[^>]*style="width: (\d+)px; height: (\d+)px;")')


def defer_scripts(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Let scripts wait for the page; those of the search page need each other early."""
    if pagename == "search" or "js_tag" not in context:
        return
    plain = context["js_tag"]

    def tag(script) -> str:
        text = plain(script)
        if FIRST in text or " src=" not in text or " defer" in text:
            return text
        return text.replace("<script", "<script defer", 1)

    context["js_tag"] = tag


def keep_room(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Say the shape of an image where its size is only style, which a phone changes."""
    body = context.get("body", "")
    context["body"] = SIZED.sub(r'\1 width="\2" height="\3"', body)


def without_icons(style: str) -> str:
    """The theme's style sheet without the names and the fonts of its icons."""
    return FACE.sub("", ICON.sub("", style))


def drop_unused(app: Sphinx, error: Exception | None) -> None:
    """Take from the site what no page asks for."""
    static = Path(app.outdir) / "_static"
    style = static / THEME_STYLE
    if error or app.builder.format != "html" or not style.is_file():
        return
    style.write_text(without_icons(style.read_text("utf-8")), encoding="utf-8")
    for name in UNUSED:
        if (static / name).is_dir():
            shutil.rmtree(static / name)
        (static / name).unlink(missing_ok=True)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx, after it has made its own tags."""
    app.connect("html-page-context", defer_scripts, priority=900)
    app.connect("html-page-context", keep_room)
    app.connect("build-finished", drop_unused)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
