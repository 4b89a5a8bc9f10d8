"""Figures with one palette, legible on light and on dark pages.

One color means one thing in the whole course (:data:`COLORS`). Grounds are
transparent; text and axes are a middle gray that stands out from white and from
near-black alike. Only the cells of a matrix are opaque, so the numbers in them
stay readable whatever lies behind the figure.

Matplotlib is imported where it is used: ``pip install 'n2t[plots]'``.
"""

from n2t.plots.architecture import transformer_diagram
from n2t.plots.boundaries import decision_boundary
from n2t.plots.diagrams import arrow, box, canvas, chain, note
from n2t.plots.lines import curves, stacked_bars
from n2t.plots.matrices import attention_maps, draw_mask, heatmap
from n2t.plots.style import (
    COLORS,
    CYCLE,
    HEADS,
    INK,
    SIZE,
    diverging,
    fonts,
    readable,
    sequential,
    use_style,
)
from n2t.plots.tables import Table

__all__ = [
    "COLORS",
    "CYCLE",
    "HEADS",
    "INK",
    "SIZE",
    "Table",
    "arrow",
    "attention_maps",
    "box",
    "canvas",
    "chain",
    "curves",
    "decision_boundary",
    "diverging",
    "draw_mask",
    "fonts",
    "heatmap",
    "note",
    "readable",
    "sequential",
    "stacked_bars",
    "transformer_diagram",
    "use_style",
]
