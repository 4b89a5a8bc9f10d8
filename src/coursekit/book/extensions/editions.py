"""Sphinx: exercises on the page, in the edition that is being built.

Starter code is added to each exercise; the markers around the answer are taken off.
With ``EDITION=class`` (or the configuration value ``coursekit_edition``) no solution
reaches the page, the search index or any file of the site.
"""

from __future__ import annotations

import os
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from coursekit.book.editions import check_edition, kept_cells, page
from coursekit.chapters.authoring import BEGIN, END, ExerciseError
from coursekit.chapters.exercises import read_chapter
from coursekit.chapters.myst import has_gates


def edition_of(app: Sphinx) -> str:
    """The edition being built; raises `ExtensionError` for an unknown one."""
    try:
        return check_edition(app.config.coursekit_edition)
    except ValueError as error:
        raise ExtensionError(str(error)) from None


def hide_sources(app: Sphinx, config) -> None:
    """The class edition copies no sources, whatever the configuration says."""
    if edition_of(app) == "class":
        config.html_copy_source = False
        config.html_show_sourcelink = False


def rewrite_source(app: Sphinx, docname: str, source: list[str]) -> None:
    """Before a chapter is parsed: its page in the edition that is being built."""
    if not has_gates(source[0]):
        return
    try:
        chapter = read_chapter(Path(app.env.doc2path(docname)), source[0])
    except ExerciseError as error:
        raise ExtensionError(str(error)) from None
    edition = edition_of(app)
    source[0] = page(chapter, edition)
    if edition == "class":
        reuse_outputs(app, chapter, source[0])


def reuse_outputs(app: Sphinx, chapter, text: str) -> bool:
    """Let the class edition show the outputs of the full chapter, if they are stored.

    The full chapter's stored notebook, without the cells that this edition leaves
    out, is stored again under this edition's own key. Returns whether it was found.
    """
    if app.config.nb_execution_mode != "cache":
        return False
    import jupytext
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    folder = app.config.nb_execution_cache_path
    cache = get_cache(folder or Path(app.outdir).parent / ".jupyter_cache")
    notebook = jupytext.reads(chapter.text, fmt="md:myst")
    try:
        record, full = cache.merge_match_into_notebook(notebook)
    except KeyError:
        return False
    cells = [cell for cell in full.cells if cell.cell_type == "code"]
    pairs = zip(cells, kept_cells(chapter), strict=True)
    full.cells = [cell for cell, kept in pairs if kept]
    full.metadata = jupytext.reads(text, fmt="md:myst").metadata
    bundle = CacheBundleIn(full, str(chapter.path))
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    return True


def strip_markers(app: Sphinx, doctree: nodes.document) -> None:
    """Take the solution markers off the listings of a page that was read."""
    for listing in doctree.findall(nodes.literal_block):
        lines = listing.astext().splitlines()
        kept = [line for line in lines if line.strip() not in (BEGIN, END)]
        if len(kept) < len(lines):
            listing.children = []
            listing += nodes.Text("\n".join(kept))
            listing.rawsource = "\n".join(kept)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    edition = os.environ.get("EDITION") or "self-study"
    app.add_config_value("coursekit_edition", edition, "env")
    app.connect("config-inited", hide_sources)
    app.connect("source-read", rewrite_source, priority=400)
    app.connect("doctree-read", strip_markers)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
