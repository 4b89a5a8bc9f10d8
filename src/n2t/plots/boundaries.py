"""Where a classifier of points in the plane changes its mind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from n2t.plots.matrices import as_array
from n2t.plots.palette import INK, diverging
from n2t.plots.style import describe
from n2t.plots.writing import pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def decision_boundary(
    score: Callable[[np.ndarray], np.ndarray],
    points: Any,
    positive: Any,
    *,
    ax: Axes | None = None,
    margin: float = 0.5,
    title: str | None = None,
) -> Axes:
    """Points of two classes, and the side on which a classifier puts each place.

    Args:
        score: gives one number a point, (N, 2) to (N,), above 0 for the positive
            class. The shade is its sigmoid, so strong colors mean far from 0.
        points: (N, 2). positive: (N,) booleans, drawn as white squares; the others
            are black disks, on every ground.
        margin: free space around the outermost points.
    """
    if ax is None:
        ax = pyplot().subplots()[1]
    points, positive = as_array(points).astype(float), as_array(positive).astype(bool)
    if points.ndim != 2 or points.shape[1] != 2 or positive.shape != points.shape[:1]:
        raise ValueError(
            f"points {points.shape} and positive {positive.shape} must be (N, 2), (N,)"
        )
    low, high = points.min(0) - margin, points.max(0) + margin
    x, y = np.meshgrid(*np.linspace(low, high, 120).T)
    scores = np.reshape(score(np.column_stack([x.ravel(), y.ravel()])), x.shape)
    shade = 1 / (1 + np.exp(-np.clip(scores, -50, 50)))
    ax.contourf(x, y, shade, np.linspace(0, 1, 11), cmap=diverging(), alpha=0.8)
    if scores.min() < 0 < scores.max():
        ax.contour(x, y, scores, [0], colors=INK)
    kinds = ((~positive, "o", "black", "white"), (positive, "s", "white", "black"))
    for chosen, marker, fill, edge in kinds:
        look = {"color": fill, "mec": edge, "mew": 0.7, "markersize": 4}
        for line in ax.plot(*points[chosen].T, marker, **look):
            line.on_both = True  # the edge makes it seen on every ground
    if title:
        describe(ax, title=title)
    return ax
