"""Sphinx: a search that finds sections, in any script, by what they say.

It takes the place of Sphinx's, which finds pages, shows formulas as they are typed,
and does not know where a Chinese word ends. Sphinx writes no index of its own.

The sections lie in one script a part of the course, which are asked for when somebody
searches: a page that is only opened stays light, and no part outgrows a script.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
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


def part_of(name: str) -> str:
    """The part that a page belongs to: a chapter's or an appendix's folder, or the
    course itself."""
    folders = name.split("/")[:-1]
    return folders[-1] if len(folders) > 1 else "course"


def indices(out: Path, names: Iterable[str]) -> dict[str, list[dict]]:
    """By part, the pages with their sections, in the order of the pages' names."""
    found = defaultdict(list)
    for name in sorted(names):
        page = f"{name}.html"
        inside = [*sections((out / page).read_text("utf-8"))][::-1]
        if inside:
            found[part_of(name)].append({"url": page, "sections": inside})
    return dict(found)


def write_index(app: Sphinx, error: Exception | None) -> None:
    """Write the sections of all pages: a script a part, and one that names them."""
    if error or app.builder.name != "html":
        return
    out = Path(app.outdir)
    shutil.rmtree(out / FOLDER, ignore_errors=True)  # of a build before this one
    (out / FOLDER).mkdir(parents=True)
    shutil.copy(SCRIPT, out / FOLDER)
    found = indices(out, app.env.found_docs)
    _write(out / FOLDER / "parts.js", f"const PARTS = {_packed([*found])};\n")
    for part, pages in found.items():
        filled = f"PAGES[{_packed(part)}] = {_packed(pages)};\n"
        _write(out / FOLDER / f"sections-{part}.js", filled)
    for name in (*UNUSED, "searchindex.js"):  # the last from a build before this one
        (out / name).unlink(missing_ok=True)


def _packed(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("builder-inited", leave_out_index)
    app.connect("html-collect-pages", add_page)
    app.connect("html-page-context", know_page)
    app.connect("build-finished", write_index)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
