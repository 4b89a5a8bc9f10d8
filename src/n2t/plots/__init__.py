"""Figures with one palette, legible on light and on dark pages.

One color means one thing in the whole course (:data:`COLORS`). In a notebook a figure
stands on white; :func:`drawing` is the same figure as an SVG whose colors follow the
page that it stands on.

Matplotlib is imported where it is used: ``pip install 'n2t[plots]'``.
"""

from n2t.plots.architecture import transformer_diagram
from n2t.plots.boundaries import decision_boundary
from n2t.plots.diagrams import arrow, box, canvas, chain, note
from n2t.plots.grounds import dark, drawing, drawing_in, picture
from n2t.plots.lines import curves, stacked_bars
from n2t.plots.matrices import attention_maps, draw_mask, heatmap
from n2t.plots.palette import COLORS, CYCLE, HEADS, INK, diverging, sequential
from n2t.plots.sounds import Player
from n2t.plots.style import SIZE, use_style
from n2t.plots.tables import Table
from n2t.plots.things import chips, grid, links, ribbon, stream, strip
from n2t.plots.writing import fonts, readable

__all__ = [
    "COLORS",
    "CYCLE",
    "HEADS",
    "INK",
    "SIZE",
    "Player",
    "Table",
    "arrow",
    "attention_maps",
    "box",
    "canvas",
    "chain",
    "chips",
    "curves",
    "dark",
    "decision_boundary",
    "diverging",
    "draw_mask",
    "drawing",
    "drawing_in",
    "fonts",
    "grid",
    "heatmap",
    "links",
    "note",
    "picture",
    "readable",
    "ribbon",
    "sequential",
    "stacked_bars",
    "stream",
    "strip",
    "transformer_diagram",
    "use_style",
]
