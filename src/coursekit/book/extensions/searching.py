"""Sphinx: a search that finds sections, in any script, by what they say.

It takes the place of Sphinx's, which finds pages, shows formulas as they are typed,
and does not know where a Chinese word ends. Sphinx writes no index of its own.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx

from coursekit.book.searching import sections

PAGE = "search"
#: Scripts of Sphinx's own search.
UNUSED = ("_static/searchtools.js", "_static/language_data.js")

SCRIPT = Path(__file__).parents[1] / "static" / "search.js"
FOLDER = "_static/search"


def leave_out_index(app: Sphinx) -> None:
    """Sphinx collects no words, and leaves the page of the search to `add_page`."""
    if app.builder.format == "html":
        app.builder.search = False


def add_page(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """The page of the search, from the template of its name."""
    yield PAGE, {}, f"{PAGE}.html"


def know_page(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Let templates know that there is a search, though not Sphinx's."""
    plain = context["hasdoc"]
    context["hasdoc"] = lambda name: name == PAGE or plain(name)


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
    for name in (*UNUSED, "searchindex.js"):  # the last from a build before this one
        (out / name).unlink(missing_ok=True)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("builder-inited", leave_out_index)
    app.connect("html-collect-pages", add_page)
    app.connect("html-page-context", know_page)
    app.connect("build-finished", write_index)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
