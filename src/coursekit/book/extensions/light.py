"""Sphinx: pages that a phone loads quickly.

The theme brings a font of two thousand icons for ten; `_static/icons.css` draws those.
It loads the search index on every page; here the page of the search alone does. Its
fifteen style sheets are one. Scripts wait until the page is there, and images have
their room before they arrive.
"""

from __future__ import annotations

import re
import shutil
import zlib
from pathlib import Path

from sphinx.application import Sphinx

from coursekit.book.extensions import formulas

#: Files of the theme that no page asks for: icons, other languages, what maps a
#: minified file to its source.
UNUSED = [
    "vendor/fontawesome",
    "scripts/fontawesome.js",
    "scripts/fontawesome.js.LICENSE.txt",
    "locales",
    "sbt-webpack-macros.html",
    "scripts/*.map",
    "styles/*.map",
]
THEME_STYLE = "styles/pydata-sphinx-theme.css"
#: What the joined style sheet holds already: the theme's, the faces of the text.
TWICE = [THEME_STYLE, "faces.css", "fonts/text-*.woff2"]
FIRST_STYLES = ["basic.css", THEME_STYLE]  # that the theme names in its template
JOINED = "_static/site.css"
OWN = formulas.STYLE  # the style sheet that some pages have and others have not
ICON = re.compile(r'(?<![^{}])[^{}]*\.fa-[^{}]*:before\{content:"\\[0-9a-f]+"\}')
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


def link_styles(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Let a page load one style sheet, and the one of formulas where it has any."""
    if "css_tag" not in context:
        return
    plain, pathto = context["css_tag"], context["pathto"]
    own = [css for css in context["css_files"] if OWN in str(css.filename)]
    address = f"{pathto(JOINED, 1)}?v={_version(app)}"

    def tag(css) -> str:
        return plain(css) if css in own else f'<link rel="stylesheet" href="{address}">'

    context["css_files"] = [context["css_files"][0], *own]
    context["css_tag"] = tag


def _styles(app: Sphinx) -> list[Path]:
    """The style sheets that all pages have, in their order."""
    names = [f"_static/{name}" for name in FIRST_STYLES]
    names += [str(css.filename) for css in app.builder._css_files]
    return [Path(app.outdir) / name for name in names if OWN not in name]


def _version(app: Sphinx) -> str:
    """A checksum of the style sheets that are there, and of the names of all."""
    found = _styles(app)
    parts = [path.name.encode() for path in found]
    parts += [path.read_bytes() for path in found if path.is_file()]
    return f"{zlib.crc32(b''.join(parts)):08x}"


def join_styles(app: Sphinx, error: Exception | None) -> None:
    """Write the one style sheet, when all that it is made of are there."""
    if error or app.builder.format != "html":
        return
    text = "\n".join(path.read_text("utf-8") for path in _styles(app))
    text = without_icons(text).replace('@charset "UTF-8";', "")
    (Path(app.outdir) / JOINED).write_text(text, encoding="utf-8")


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
    if error or app.builder.format != "html":
        return
    for path in [path for name in UNUSED + TWICE for path in static.glob(name)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def setup(app: Sphinx) -> dict:
    """Register with Sphinx, after it has made its own tags."""
    app.connect("html-page-context", defer_scripts, priority=900)
    app.connect("html-page-context", link_styles, priority=900)
    app.connect("html-page-context", keep_room)
    app.connect("build-finished", join_styles, priority=900)
    app.connect("build-finished", drop_unused, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
