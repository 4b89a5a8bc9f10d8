"""Sphinx: a chapter's number is that of its file.

A chapter carries the number of its file for ever: `11_scaled_dot_product.md`
is chapter 11, its second figure is Figure 11.2, its first equation (11.1),
whichever chapters stand beside it. Sphinx numbers by position in the table
of contents; this puts the file's number in its place.
"""

from __future__ import annotations

from docutils import nodes

from coursekit.chapters.labels import chapter_number


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


def setup(app) -> dict:
    """Register with Sphinx (after its own numbering, hence the priority)."""
    app.connect("env-get-updated", number_chapters, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
