"""Tokens, vectors, masks, streams and shares as things, on a :func:`~n2t.plots.canvas`.

As in :mod:`n2t.plots.diagrams`, coordinates are in inches from the lower left corner
and what is drawn gives its center back, so that :func:`~n2t.plots.arrow` can go from
one to the other and stop at its edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from n2t.plots.diagrams import Point, note
from n2t.plots.matrices import as_array
from n2t.plots.palette import INK, ON_ROLE, color_of, diverging, ink_on, sequential
from n2t.plots.style import LITERAL
from n2t.plots.writing import readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Roles = str | Sequence[str | None] | None


def chips(
    ax: Axes,
    start: Point,
    tokens: Sequence[str],
    *,
    role: Roles = None,
    height: Any = 0.3,
    gap: Any = 0.08,
    width: Any = None,
    down: bool = False,
    **text_options: Any,
) -> list[Point]:
    """Tokens as rounded chips in a row; ``start`` is the middle of its left end.

    Each is as wide as its text, or ``width`` inches. With a ``role`` (one, or one a
    token) a chip is filled with its color, without it is an outline. ``down`` puts them
    below each other, ``start`` being the upper end. Gives the centers back.
    """
    tokens = list(tokens)
    roles = _one_each(role, len(tokens))
    centers, (x, y) = [], start
    for token, one in zip(tokens, roles, strict=True):
        text = _chip_text(ax, token, one, text_options)
        w = _inches(ax, text) + 0.2 if width is None else width
        center = (x, y - height / 2) if down else (x + w / 2, y)
        text.set_position(center)
        _outline(ax, center, (w, height), one, round_by=0.1)
        centers.append(center)
        x, y = (x, y - height - gap) if down else (x + w + gap, y)
    return centers


def grid(
    ax: Axes,
    center: Point,
    values: Any,
    *,
    role: str = "weight",
    cell: Any = 0.18,
    limits: tuple[Any, Any] | None = None,
    form: str | None = None,
    frame: str | None = None,
) -> Point:
    """A matrix (rows, columns) as tinted cells, its first row on top.

    Values of both signs are orange below 0 and blue above; others go from the ground
    to the ``role``'s color, over ``limits`` (by default from 0 to the greatest). A mask
    is a matrix of zeros and ones. ``cell`` is the side in inches, or width and height;
    ``form``, such as ".1f", writes each number into its cell; ``frame`` is the role of
    the frame, by default that of the cells.
    """
    matrix = as_array(values).astype(float)
    if matrix.ndim != 2:
        raise ValueError(f"values must have 2 axes, got shape {matrix.shape}")
    wide, high = (cell, cell) if np.isscalar(cell) else cell
    size = (matrix.shape[1] * wide, matrix.shape[0] * high)
    x = center[0] - size[0] / 2 + wide * np.arange(matrix.shape[1] + 1)
    y = center[1] + size[1] / 2 - high * np.arange(matrix.shape[0] + 1)
    low, top = _limits(matrix, limits)
    colors = diverging() if low < 0 else sequential(role)
    mesh = ax.pcolormesh(x, y, matrix, cmap=colors, vmin=low, vmax=top)
    _outline(ax, center, size, frame or role, filled=False)
    if form is not None:
        _write(ax, mesh, matrix, (x, y), form)
    ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())
    return center


def strip(
    ax: Axes,
    center: Point,
    values: Any,
    *,
    role: str = "weight",
    down: bool = False,
    name: str = "",
    **options: Any,
) -> Point:
    """A vector as a row of tinted cells, or ``down`` a column; else as :func:`grid`.

    ``name`` is written to the left of a row, below a column, in the role's color.
    """
    vector = as_array(values)
    if vector.ndim != 1:
        raise ValueError(f"values must have 1 axis, got shape {vector.shape}")
    grid(ax, center, vector[:, None] if down else vector[None], role=role, **options)
    if name:
        side = ax.patches[-1].get_bbox()
        beside = (side.x0 - 0.07, center[1]), {"ha": "right"}
        below = (center[0], side.y0 - 0.05), {"va": "top"}
        place, where = below if down else beside
        note(ax, place, name, role=options.get("frame") or role, **where)
    return center


def links(
    ax: Axes,
    starts: Sequence[Point],
    ends: Sequence[Point],
    weights: Any,
    *,
    role: str = "head",
    width: Any = 5.0,
    gap: Any = 0.2,
    least: Any = 0.02,
) -> None:
    """Lines from each start to each end, as broad as ``weights`` (starts, ends).

    A weight of 1 is ``width`` points broad; weights below ``least`` are left out. Lines
    end ``gap`` inches above or below the points, so that chips stay free.
    """
    matrix, starts, ends = as_array(weights), list(starts), list(ends)
    if matrix.shape != (len(starts), len(ends)):
        wanted = (len(starts), len(ends))
        raise ValueError(f"weights must have shape {wanted}, got {matrix.shape}")
    for (x0, y0), row in zip(starts, matrix, strict=True):
        for (x1, y1), weight in zip(ends, row, strict=True):
            if weight < least:
                continue
            off = gap * np.sign(y1 - y0)
            ax.plot(
                [x0, x1],
                [y0 + off, y1 - off],
                color=color_of(role),
                linewidth=max(width * float(weight), 0.5),
                alpha=0.25 + 0.75 * min(float(weight), 1.0),
                solid_capstyle="round",
            )


def stream(
    ax: Axes, start: Point, end: Point, *, role: str | None = None, width: Any = 0.2
) -> None:
    """A broad pale band with an arrow's head from ``start`` to ``end``: a stream.

    It lies below everything else; ``width`` is in inches.
    """
    from matplotlib.patches import FancyArrow

    color = INK if role is None else color_of(role)
    steps = np.subtract(end, start)
    band = FancyArrow(
        *start,
        *steps,
        width=width,
        head_width=1.8 * width,
        head_length=min(1.1 * width, float(np.linalg.norm(steps))),
        length_includes_head=True,
        facecolor=color,
        edgecolor="none",
        alpha=0.22,
        zorder=0,
    )
    ax.add_artist(band)


def ribbon(
    ax: Axes,
    start: Point,
    end: Point,
    width: Any,
    *,
    role: str | None = None,
    down: bool = False,
    alpha: Any = 0.4,
) -> None:
    """A band, ``width`` inches broad, that swings from ``start`` to ``end``: a share.

    It leaves and arrives level, or ``down`` upright, so that several side by side join
    without a gap. It lies below everything else, and arrows pass over it.
    """
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    (x0, y0), (x1, y1) = (point[::-1] if down else point for point in (start, end))
    middle, half = (x0 + x1) / 2, width / 2
    there = [(x0, y0 + half), (middle, y0 + half), (middle, y1 + half), (x1, y1 + half)]
    back = [(x1, y1 - half), (middle, y1 - half), (middle, y0 - half), (x0, y0 - half)]
    corners = [(y, x) if down else (x, y) for x, y in (*there, *back, there[0])]
    curve = [Path.CURVE4] * 3
    codes = [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY]
    color = INK if role is None else color_of(role)
    look = {"facecolors": color, "edgecolors": "none", "alpha": alpha, "zorder": 0}
    ax.add_artist(PathCollection([Path(corners, codes)], **look))


def _one_each(role: Roles, n: int) -> Sequence[str | None]:
    """The role of each of n tokens."""
    if role is None or isinstance(role, str):
        return [role] * n
    role = list(role)
    if len(role) != n:
        raise ValueError(f"role has {len(role)} entries for {n} tokens")
    return role


def _chip_text(ax: Axes, token: str, role: str | None, options: dict[str, Any]) -> Any:
    ink = INK if role is None else ON_ROLE[0]
    how = {"ha": "center", "va": "center", "color": ink, "zorder": 3} | LITERAL
    return ax.text(0, 0, readable(str(token)), **(how | options))


def _inches(ax: Axes, text: Any) -> float:
    """How wide a text is."""
    renderer = ax.figure.canvas.get_renderer()
    return float(text.get_window_extent(renderer).width / ax.figure.dpi)


def _outline(ax, center, size, role, *, round_by=0.0, filled=True) -> None:
    """A rectangle around something, where arrows stop."""
    from matplotlib.patches import FancyBboxPatch, Rectangle

    color = INK if role is None else color_of(role)
    corner = (center[0] - size[0] / 2, center[1] - size[1] / 2)
    face = color if filled and role is not None else "none"
    look = {"edgecolor": color, "facecolor": face, "linewidth": 1.1, "zorder": 2}
    if not round_by:
        ax.add_patch(Rectangle(corner, *size, **look))
        return
    inner = [side - 2 * round_by for side in size]
    ax.add_patch(
        FancyBboxPatch(
            (corner[0] + round_by, corner[1] + round_by),
            *inner,
            boxstyle=f"round,pad={round_by}",
            **look,
        )
    )


def _limits(matrix: np.ndarray, limits: tuple[Any, Any] | None) -> tuple[Any, Any]:
    """What the ends of the color map stand for."""
    if limits is not None:
        return limits
    most = float(np.abs(matrix).max(initial=0)) or 1.0
    return (-most if (matrix < 0).any() else 0.0), most


def _write(ax: Axes, mesh: Any, matrix: np.ndarray, edges: Any, form: str) -> None:
    """Each number into its cell."""
    x, y = ((ends[:-1] + ends[1:]) / 2 for ends in edges)
    for (row, column), value in np.ndenumerate(matrix):
        ink = ink_on(mesh.cmap(mesh.norm(value)))
        how = {"ha": "center", "va": "center", "fontsize": 8.6, "zorder": 3} | LITERAL
        text = ax.text(x[column], y[row], f"{value:{form}}", color=ink, **how)
        text.cell = (mesh, value)
