"""Sphinx: a search that finds sections, in any script, by what they say.

It takes the place of the theme's, which finds pages, shows formulas as they are typed,
and does not know where a Chinese word ends.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from sphinx.application import Sphinx

from coursekit.book.searching import sections

SCRIPT = Path(__file__).parents[1] / "static" / "search.js"
FOLDER = "_static/search"


def write_index(app: Sphinx, error: Exception | None) -> None:
    """Write the sections of all pages, as a script that the search page loads."""
    if error or app.builder.name != "html":
        return
    out = Path(app.outdir)
    pages = []
    for name in sorted(app.env.found_docs):
        page = f"{name}.html"
        found = [*sections((out / page).read_text("utf-8"))][::-1]
        pages.append({"url": page, "sections": found})
    packed = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SCRIPT, folder)
    (folder / "sections.js").write_text(f"const PAGES = {packed};\n", encoding="utf-8")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("build-finished", write_index)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
