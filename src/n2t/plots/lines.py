"""Lines over steps, training histories and sweeps; bars of parts that add up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from n2t.plots.matrices import as_array
from n2t.plots.palette import COLORS
from n2t.plots.style import LITERAL, describe, name_legend
from n2t.plots.writing import pyplot, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _series(history: Any) -> dict[str, tuple[Any, Any]]:
    """The lines of a training history: those of its losses that were recorded."""
    found = {}
    for label in ("train", "validation"):
        losses = getattr(history, f"{label}_loss", None)
        if losses is not None and len(losses):
            steps = getattr(history, f"{label}_steps", history.steps)
            found[label] = (steps[: len(losses)], losses)
    if not found:
        raise ValueError(
            f"history must have train_loss or validation_loss, got {type(history)}"
        )
    return found


def curves(
    history: Any,
    *,
    ax: Axes | None = None,
    xlabel: str = "step",
    ylabel: str = "loss",
    log: bool = False,
) -> Axes:
    """Draw a training history, or a mapping of label to values or (x, values).

    A history has ``steps``, ``train_loss`` and perhaps ``validation_loss``; labels
    that are roles (``"train"``, ``"validation"``, …) take the role's color.
    """
    if ax is None:
        ax = pyplot().subplots()[1]
    series = history if isinstance(history, Mapping) else _series(history)
    drawn = {}
    for label, values in series.items():
        pair = isinstance(values, tuple) and len(values) == 2
        ys = as_array(values[1] if pair else values)
        xs = as_array(values[0]) if pair else np.arange(1, len(ys) + 1)
        shown = np.isfinite(ys.astype(float))
        style = {"label": readable(str(label)), "color": COLORS.get(label)}
        (drawn[label],) = ax.plot(xs[shown], ys[shown], **style)
    describe(ax, xlabel=xlabel, ylabel=ylabel)
    if log:
        ax.set_yscale("log")
    ax.grid(True)
    if len(series) > 1:
        name_legend(ax, drawn)
    return ax


def stacked_bars(
    groups: Mapping[str, Mapping[str, float]],
    *,
    ax: Axes | None = None,
    unit: float = 1.0,
    ylabel: str = "",
) -> Axes:
    """A bar for each group, its parts on top of one another, in units of ``unit``.

    Every group has the same parts in the same order; ValueError if one has not.
    """
    if ax is None:
        ax = pyplot().subplots()[1]
    places = np.arange(len(groups))
    parts = list(next(iter(groups.values()), {}))
    for group, values in groups.items():
        if list(values) != parts:
            raise ValueError(f"groups[{group!r}] has {list(values)}, wanted {parts}")
    below, drawn = np.zeros(len(groups)), {}
    for part in parts:
        heights = np.array([values[part] for values in groups.values()]) / unit
        drawn[part] = ax.bar(places, heights, bottom=below, label=readable(str(part)))
        below += heights
    ax.set_xticks(places, [readable(str(group)) for group in groups], **LITERAL)
    describe(ax, ylabel=ylabel)
    name_legend(ax, drawn)
    return ax
