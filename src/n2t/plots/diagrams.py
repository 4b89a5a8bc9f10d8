"""Boxes and arrows, for drawings of how parts fit together.

Coordinates are in inches, from the lower left corner, so a box of width 1 is one
inch wide and text keeps its size in every figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from n2t.plots.palette import INK, ON_ROLE, color_of
from n2t.plots.style import LITERAL, SIZE
from n2t.plots.writing import pyplot, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Point = tuple[Any, Any]


def canvas(width: Any = SIZE[0], height: Any = SIZE[1]) -> Axes:
    """Empty axes without frame, ``width`` × ``height`` inches, one unit an inch."""
    fig = pyplot().figure(figsize=(width, height), layout="none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.set_axis_off()
    return ax


def box(
    ax: Axes,
    center: Point,
    text: str,
    *,
    role: str | None = None,
    width: Any = 1.1,
    height: Any = 0.42,
    dashed: bool = False,
    **text_options: Any,
) -> Point:
    """A rounded box with text in it; gives its center back, for :func:`arrow`.

    With a ``role`` the box is filled with its color and the text stands out from it;
    without, it is an outline. ``dashed`` marks what is still to come.
    """
    from matplotlib.patches import FancyBboxPatch

    x, y = center
    color = INK if role is None else color_of(role)
    patch = FancyBboxPatch(
        (x - width / 2 + 0.06, y - height / 2 + 0.06),
        width - 0.12,
        height - 0.12,
        boxstyle="round,pad=0.06",
        edgecolor=color,
        facecolor="none" if role is None or dashed else color,
        linestyle="--" if dashed else "-",
        linewidth=1.2,
    )
    ax.add_patch(patch)
    ink = INK if role is None or dashed else ON_ROLE[0]
    options = {"ha": "center", "va": "center", "color": ink} | LITERAL | text_options
    ax.text(x, y, readable(text), **options)
    return center


def arrow(
    ax: Axes,
    start: Point,
    end: Point,
    text: str = "",
    *,
    role: str | None = None,
    gap: Any = None,
    bend: Any = 0.0,
) -> None:
    """An arrow from box to box, or ``gap`` inches short of both; ``bend`` curves it.

    Where ``start`` or ``end`` lies in a box, the arrow meets the box's edge, from
    whatever side it comes; elsewhere it stops 0.26 inches short.
    ``text`` stands just above the middle of a level arrow, right of a steep one.
    """
    color = INK if role is None else color_of(role)
    ax.annotate(
        "",
        xy=end,
        xytext=start,
        arrowprops={
            "arrowstyle": "-|>",
            "color": color,
            "linewidth": 1.3,
            "connectionstyle": f"arc3,rad={bend}",
            **_stop(ax, start, "A", gap),
            **_stop(ax, end, "B", gap),
        },
    )
    if text:
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        steep = abs(end[1] - start[1]) > abs(end[0] - start[0])
        place = {"ha": "left", "va": "center"} if steep else {"ha": "center"}
        shift = (0.07, 0.0) if steep else (0.0, 0.07)
        options = {"color": color} | place | LITERAL
        ax.text(x + shift[0], y + shift[1], readable(text), **options)


def _stop(ax: Axes, place: Point, side: str, gap: Any) -> dict:
    """Where an arrow ends: Matplotlib's options for its side, "A" or "B"."""
    around = None if gap is not None else _box_at(ax, place)
    if around is not None:
        return {f"patch{side}": around, f"shrink{side}": 1.5}
    return {f"shrink{side}": 72 * (0.26 if gap is None else gap)}


def _box_at(ax: Axes, place: Point) -> Any:
    """The box that a place lies in, be it in a stream; None outside of all."""
    at = ax.transData.transform(place)
    boxes = (patch for patch in ax.patches if patch.get_zorder() > 0)
    return next((box for box in boxes if box.contains_point(at)), None)


def chain(
    ax: Axes,
    start: Point,
    names: Sequence[str],
    *,
    role: str | None = None,
    spacing: float = 1.25,
    width: float = 1.0,
) -> list[Point]:
    """Boxes in a row from ``start`` to the right, an arrow to each from the last.

    Gives the centers back. ``spacing`` is from center to center, in inches.
    """
    names = list(names)
    centers = [(start[0] + spacing * i, start[1]) for i in range(len(names))]
    for center, name in zip(centers, names, strict=True):
        box(ax, center, name, role=role, width=width)
    for left, right in pairwise(centers):
        arrow(ax, left, right, gap=width / 2 + 0.02)
    return centers


def note(ax: Axes, place: Point, text: str, *, role: str | None = None, **options: Any):
    """Plain text at ``place``, centered, in the role's color or in ink."""
    color = INK if role is None else color_of(role)
    defaults = {"ha": "center", "va": "center", "color": color} | LITERAL
    return ax.text(*place, readable(text), **(defaults | options))
