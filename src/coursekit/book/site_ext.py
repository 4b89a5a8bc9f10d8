"""A small Sphinx extension: chapter numbers, and pages that all can use.

A chapter carries the number of its file for ever: `11_scaled_dot_product.md`
is chapter 11, its second figure is Figure 11.2, its first equation (11.1),
whichever chapters stand beside it. Sphinx numbers by position in the table
of contents; this puts the file's number in its place.

What axe-core finds wrong in the theme's pages is mended here and in
`templates/`: a logo outside every landmark, a list of works cited whose items
say that they are something else.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes

NUMBERED = re.compile(r"(?:.*/)?(\d\d)_[^/]*$")


def chapter_number(docname: str) -> int | None:
    """The number at the head of a chapter's file name, or None."""
    found = NUMBERED.fullmatch(docname)
    return int(found.group(1)) if found else None


def number_chapters(app, env) -> list[str]:
    """Give every chapter its file's number, then number figures by it."""
    from sphinx.environment.collectors.toctree import TocTreeCollector

    sections = {}
    for docname, toc in env.tocs.items():
        number = chapter_number(docname)
        links = list(toc.findall(nodes.reference))
        if number is None or not links:
            continue
        links[0]["secnumber"] = (number,)
        sections[docname] = [link["anchorname"] for link in links]
        env.toc_secnumbers[docname] = dict.fromkeys(sections[docname], (number,))
    changed = TocTreeCollector().assign_figure_numbers(env)
    for docname, anchors in sections.items():  # sections below stay unnumbered
        env.toc_secnumbers[docname].update(dict.fromkeys(anchors[1:], ()))
    return changed


def find_templates(app, config) -> None:
    """Let Sphinx take a template of ours before the theme's own."""
    config.templates_path.append(str(Path(__file__).with_name("templates")))


def mend_roles(app, pagename, templatename, context, doctree) -> None:
    """Works cited stand in a list, so each is an item of it."""
    body = context.get("body", "")
    context["body"] = body.replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app) -> dict:
    """Register with Sphinx (after its own numbering, hence the priority)."""
    app.connect("config-inited", find_templates)
    app.connect("html-page-context", mend_roles)
    app.connect("env-get-updated", number_chapters, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
