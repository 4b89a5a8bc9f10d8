"""Matrices as pictures: weights, scores, masks, one panel a head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from n2t.plots.palette import COLORS, HEADS, INK, diverging, ink_on, sequential
from n2t.plots.style import LITERAL, SIZE, describe
from n2t.plots.writing import pyplot, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def as_array(values: Any) -> np.ndarray:
    """A NumPy array from a tensor (any device, any float type), array or iterable."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values.float() if values.is_floating_point() else values
    return np.asarray(list(values) if isinstance(values, Iterator) else values)


def _matrix(name: str, values: Any) -> np.ndarray:
    matrix = as_array(values)
    if matrix.ndim != 2:
        raise ValueError(
            f"{name} must have 2 axes (rows, columns), got shape {matrix.shape}: "
            "pick one batch entry and one head first"
        )
    return matrix


def _ticks(ax: Axes, shape: tuple[int, int], rows: Any, columns: Any) -> None:
    """Name the rows and columns, or number the first and last of many."""
    for length, names, axis in [
        (shape[0], rows, ax.yaxis),
        (shape[1], columns, ax.xaxis),
    ]:
        names = None if names is None else list(map(str, names))
        if names is not None and len(names) != length:
            raise ValueError(f"{len(names)} names came for {length} rows or columns")
        every = 1 if names is not None or length <= 10 else length - 1
        places = range(0, length, every)
        texts = map(str, places) if names is None else map(readable, names)
        axis.set_ticks(list(places), list(texts), **LITERAL)
        if axis is ax.xaxis and max(map(len, names or ()), default=0) > 3:
            ax.tick_params(axis="x", labelrotation=60)
    ax.tick_params(length=0)


def heatmap(
    matrix: Any,
    *,
    rows: Sequence[Any] | None = None,
    columns: Sequence[Any] | None = None,
    ax: Axes | None = None,
    role: str = "weight",
    annotate: bool | None = None,
    form: str = ".2f",
    limits: tuple[Any, Any] | None = None,
    colorbar: bool = False,
    title: str | None = None,
    xlabel: str | None = "key",
    ylabel: str | None = "query",
) -> Axes:
    """Draw a matrix (rows, columns) as colored cells; NaN stays empty.

    ``role`` picks the color map (``"diverging"`` for signed values), ``annotate``
    writes each value (by default when there are at most 64), ``limits`` fixes the
    ends of the scale (by default 0 to the maximum, or symmetric when diverging).
    """
    values = _matrix("matrix", matrix).astype(float)
    if ax is None:
        ax = pyplot().subplots()[1]
    top = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    low, high = limits or ((-top, top) if role == "diverging" else (0.0, top))
    colors = diverging() if role == "diverging" else sequential(role)
    image = ax.imshow(values, cmap=colors, vmin=low, vmax=high, interpolation="none")
    if annotate is None:
        annotate = values.size <= 64
    if annotate:
        for (i, j), value in np.ndenumerate(values):
            if not np.isnan(value):
                ink = ink_on(image.cmap(image.norm(value)))
                options = {"ha": "center", "va": "center", "color": ink} | LITERAL
                text = ax.text(j, i, f"{value:{form}}", **options)
                text.cell = (image, value)  # on a dark page the cell changes
    _ticks(ax, values.shape, rows, columns)
    ax.spines[:].set_visible(False)
    describe(ax, xlabel=xlabel, ylabel=ylabel, title=title)
    if colorbar:
        ax.figure.colorbar(image, ax=ax, shrink=0.85).outline.set_visible(False)
    return ax


def draw_mask(
    mask: Any,
    *,
    rows: Sequence[Any] | None = None,
    columns: Sequence[Any] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    xlabel: str | None = "key",
    ylabel: str | None = "query",
) -> Axes:
    """Draw a boolean mask (queries, keys): filled = may attend, crossed = may not."""
    from matplotlib.patches import Rectangle

    allowed = _matrix("mask", mask)
    if allowed.dtype != np.bool_:
        raise TypeError(f"mask must be boolean, got {allowed.dtype}")
    if ax is None:
        ax = pyplot().subplots()[1]
    for (i, j), yes in np.ndenumerate(allowed):
        box = (j - 0.46, i - 0.46), 0.92, 0.92
        if yes:
            ax.add_patch(Rectangle(*box, facecolor=COLORS["weight"], linewidth=0))
        else:
            ax.add_patch(Rectangle(*box, fill=False, edgecolor=INK, linewidth=0.8))
            ax.plot([j - 0.2, j + 0.2], [i - 0.2, i + 0.2], color=INK, linewidth=0.8)
            ax.plot([j - 0.2, j + 0.2], [i + 0.2, i - 0.2], color=INK, linewidth=0.8)
    height, width = allowed.shape
    ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), aspect="equal")
    _ticks(ax, allowed.shape, rows, columns)
    ax.spines[:].set_visible(False)
    describe(ax, xlabel=xlabel, ylabel=ylabel, title=title)
    return ax


def attention_maps(
    weights: Any,
    *,
    rows: Sequence[Any] | None = None,
    columns: Sequence[Any] | None = None,
    titles: Sequence[str] | None = None,
    n_column: int = 4,
) -> Figure:
    """Draw weights (heads, queries, keys), one panel a head, all on one scale."""
    heads = as_array(weights)
    if heads.ndim != 3:
        raise ValueError(
            f"weights must have 3 axes (heads, queries, keys), got shape {heads.shape}"
        )
    n_column = min(n_column, len(heads))
    n_row = -(-len(heads) // n_column)
    size = (max(SIZE[0], 1.9 * n_column), 2.2 * n_row + 0.3)
    given = (rows, columns, titles)
    rows, columns, titles = (None if x is None else list(x) for x in given)
    fig, axes = pyplot().subplots(n_row, n_column, figsize=size, squeeze=False)
    for ax in axes.flat[len(heads) :]:
        ax.set_axis_off()
    for h, (ax, head) in enumerate(zip(axes.flat, heads, strict=False)):
        heatmap(head, rows=rows, columns=columns, ax=ax, limits=(0, 1), annotate=False)
        describe(ax, title=f"head {h}" if titles is None else titles[h])
        ax.title.set_color(HEADS[h % len(HEADS)])
        ax.label_outer()
    return fig
