"""Sphinx: the API reference, and the way back to it from every chapter.

The page `chapters/appendices/api.md` has a ``{api}`` fence, in whose place the entries
stand; each leads to the chapter that teaches it. A chapter ends with the names that it
teaches and uses, folded, each with a link to its entry. A book without that page has
neither.
"""

from __future__ import annotations

import hashlib
import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from coursekit import paths
from coursekit.book.api import page
from coursekit.book.api.entries import Entry, foreign
from coursekit.book.api.teaching import Reference
from coursekit.book.extensions.editions import edition_of

PAGE = "chapters/appendices/api"
FENCE = "```{api}\n```\n"
SIGNATURE = re.compile(r'<dt class="sig .*?</dt>', re.S)
#: Sphinx writes arguments on lines of their own as a list of definitions of nothing.
LINES = {"<dl>": '<span class="sig-lines">', "<dd>": "<span>"}
LINES |= {"</dl>": "</span>", "</dd>": "</span>"}
QUOTED = re.compile(r'<span class="s">(?:<span class="pre">[^<]*</span>\s*)+</span>')


class Fold(nodes.General, nodes.Element):
    """What a reader opens, under its ``title``."""


def visit_fold(self, node: Fold) -> None:
    """Open it."""
    self.body.append(self.starttag(node, "details", CLASS="in-the-library"))
    self.body.append(f"<summary>{node['title']}</summary>\n")


def depart_fold(self, node: Fold) -> None:
    """Close it."""
    self.body.append("</details>\n")


def read_library(app: Sphinx) -> None:
    """Read what is there, if the book has the page."""
    listed = [each for each in paths.pages() if paths.name_of(each) == PAGE]
    app.coursekit_api = Reference(edition=edition_of(app)) if listed else None


def fill_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the entries where the fence is."""
    if app.coursekit_api is not None and docname == PAGE:
        text = page.text(app.coursekit_api)
        source[0] = source[0].replace(FENCE, text)


def end_chapter(app: Sphinx, doctree: nodes.document) -> None:
    """End a chapter with the names that it teaches and uses."""
    reference = app.coursekit_api
    for chapter in reference.chapters if reference else ():
        if chapter.name == app.env.docname:
            lists = {"Taught here": reference.taught_in(chapter)}
            lists["Used here"] = reference.used_in(chapter)
            lines = [_line(*pair, app.env.docname) for pair in lists.items() if pair[1]]
            if lines:
                doctree += Fold("", *lines, title="In the library")


def _line(words: str, entries: list[Entry], docname: str) -> nodes.paragraph:
    """Names, each with a link to its entry."""
    line = nodes.paragraph("", f"{words}: ")
    for number, entry in enumerate(entries):
        line += nodes.Text(", " if number else "")
        line += _link(entry, docname)
    return line


def _link(entry: Entry, docname: str) -> addnodes.pending_xref:
    return addnodes.pending_xref(
        "",
        nodes.literal("", entry.short),
        refdomain="py",
        reftype="obj",
        reftarget=entry.name,
        refdoc=docname,
        refwarn=True,
    )


def lead_types(app: Sphinx, doctree: nodes.document) -> None:
    """Let a type in a signature lead to the entry of that name, or be plain text.

    Sphinx would take any entry for a Tensor whose name ends so.
    """
    if app.coursekit_api is None or app.env.docname != PAGE:
        return
    shorts = [entry.short for entry in app.coursekit_api.entries]
    own = {entry.short: entry.name for entry in app.coursekit_api.entries}
    for link in list(doctree.findall(addnodes.pending_xref)):
        target = link["reftarget"]
        if link.get("refdomain") != "py":
            continue
        if target in own and shorts.count(target) == 1 and target not in foreign():
            link["reftarget"], link["reftype"] = own[target], "obj"
        else:
            link.replace_self(link.children)


def mend_signatures(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Write signatures without lists, and their texts as the course quotes."""
    if pagename == PAGE:
        context["body"] = SIGNATURE.sub(_mended, context["body"])


def _mended(signature: re.Match) -> str:
    text = QUOTED.sub(lambda quoted: quoted[0].replace("'", "&quot;"), signature[0])
    for old, new in LINES.items():
        text = text.replace(old, new)
    return text


def outdated(app: Sphinx, env, added, changed, removed) -> list[str]:
    """The page and the chapters that say something else by now."""
    reference = app.coursekit_api
    if reference is None:
        return []
    said = {PAGE: _hash(page.text(reference))}
    for chapter in reference.chapters:
        entries = [*reference.taught_in(chapter), None, *reference.used_in(chapter)]
        said[chapter.name] = _hash(str([entry and entry.name for entry in entries]))
    before = getattr(env, "coursekit_api_said", {})
    env.coursekit_api_said = said
    here = env.found_docs - set(removed)
    return [name for name in said if name in here and before.get(name) != said[name]]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def setup(app: Sphinx) -> dict:
    """Register with Sphinx, after the page's edition has been made."""
    app.add_node(Fold, html=(visit_fold, depart_fold))
    app.connect("builder-inited", read_library)
    app.connect("source-read", fill_page, priority=450)
    app.connect("doctree-read", end_chapter)
    app.connect("doctree-read", lead_types)
    app.connect("html-page-context", mend_signatures)
    app.connect("env-get-outdated", outdated)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
