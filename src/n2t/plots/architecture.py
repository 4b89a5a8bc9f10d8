"""The Transformer as a picture: two stacks of boxes, joined by cross-attention."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from n2t.plots.diagrams import arrow, box, canvas, note
from n2t.plots.palette import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PARTS = ("encoder", "decoder", "positions", "output")
ENCODER, DECODER = 0.95, 2.75  # where the columns stand, in inches
READS = ("self-attention", "feed-forward")
WRITES = ("causal\nself-attention", "cross-attention", "feed-forward")
WIDTH = 1.3


def transformer_diagram(parts: Iterable[str] = PARTS, layers: str = "N layers") -> Axes:
    """Draw the encoder-decoder of Vaswani et al. (2017), figure 1, 3.7 inches wide.

    What is not in `parts` ("encoder", "decoder", "positions", "output") is dashed, or
    left out where it is no box. `layers` says how many there are in each stack.
    """
    has = frozenset(parts)
    unknown = sorted(has - set(PARTS))
    if unknown:
        raise ValueError(f"parts has {unknown}, wanted some of {list(PARTS)}")
    ax = canvas(3.7, 4.75)
    places = has & {"positions"}
    _column(ax, ENCODER, "source", "encoder" in has, places, READS)
    _column(ax, DECODER, "target", "decoder" in has, places, WRITES)
    if "decoder" in has:
        _memory(ax)
    box(ax, (DECODER, 4.2), "linear, softmax", width=WIDTH, dashed="output" not in has)
    arrow(ax, (DECODER, 3.73), (DECODER, 4.0), gap=0)
    note(ax, (DECODER, 4.58), "probabilities of next ids")
    note(ax, (ENCODER, 3.75), f"each stack:\n{layers}")
    return ax


def _column(ax, x, side, solid, places, sublayers):
    """One stack, from its ids to its last sublayer."""
    note(ax, (x, 0.12), f"{side} ids")
    arrow(ax, (x, 0.2), (x, 0.38), gap=0)
    box(ax, (x, 0.58), "embedding", width=WIDTH, dashed=not solid)
    if places:
        note(ax, (x, 0.9), "+ positions", role="position")
    arrow(ax, (x, 0.98 if places else 0.8), (x, 1.22), gap=0)
    for i, name in enumerate(sublayers):
        if i:
            arrow(ax, (x, 1.03 + 0.9 * i), (x, 1.22 + 0.9 * i), gap=0)
        _sublayer(ax, x, 1.42 + 0.9 * i, name, solid)


def _sublayer(ax, x, y, name, solid):
    """A sublayer, the path of its residual, and the norm of the sum."""
    role = None if name == "feed-forward" else "head"
    box(ax, (x, y), name, role=role, width=WIDTH, dashed=not solid)
    box(ax, (x, y + 0.36), "add, norm", width=WIDTH, height=0.3, dashed=not solid)
    side, low, high = x - 0.82, y - 0.28, y + 0.36
    ax.plot([x, side, side], [low, low, high], color=INK, linewidth=1)
    arrow(ax, (side, high), (x - 0.63, high), gap=0)


def _memory(ax):
    """The encoder's result, and its way into the decoder."""
    arrow(ax, (ENCODER, 2.83), (ENCODER, 3.08), gap=0)
    note(ax, (ENCODER, 3.2), "memory", role="key")
    corner = (ENCODER + DECODER) / 2 - 0.02
    path = [(ENCODER + 0.32, 3.2), (corner, 3.2), (corner, 2.32)]
    ax.plot(*zip(*path, strict=True), color=INK, linewidth=1)
    arrow(ax, (corner, 2.32), (DECODER - 0.63, 2.32), gap=0)
