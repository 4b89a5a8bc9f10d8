"""Sphinx: the text's own face, within the site's one style sheet.

A page that is opened as a file may load no font, so the faces of
`coursekit.book.assets.textfont` stand in the style sheet itself. A line in the head of
each page (`templates/layout.html`) has them read at once, so that nothing moves later.
"""

from __future__ import annotations

import base64
from pathlib import Path

from sphinx.application import Sphinx

from coursekit.book.assets import textfont

STYLE = "faces.css"
FACE = """@font-face {
  font-family: "%s";
  font-style: %s;
  font-weight: %s;
  src: url("data:font/woff2;base64,%s") format("woff2");
}
"""
WEIGHTS = {"regular": "100 499", "semibold": "500 900"}


def style() -> str:
    """The style sheet that brings the faces."""
    rules = []
    for face in textfont.FACES:
        slant = "italic" if "italic" in face else "normal"
        weight = WEIGHTS["semibold" if "semibold" in face else "regular"]
        packed = base64.b64encode(textfont.file_of(face).read_bytes()).decode()
        rules.append(FACE % (textfont.NAME, slant, weight, packed))
    return "".join(rules)


def write_style(app: Sphinx) -> None:
    """Write it where the site's style sheets are joined."""
    if app.builder.format == "html":
        target = Path(app.outdir) / "_static" / STYLE
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(style(), encoding="utf-8")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_css_file(STYLE)
    app.connect("builder-inited", write_style)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
