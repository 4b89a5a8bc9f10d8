"""Matplotlib's settings for the course, and words on axes and legends."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from n2t.plots.grounds import picture
from n2t.plots.palette import CYCLE, INK
from n2t.plots.writing import fonts, pyplot, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LITERAL = {"parse_math": False}
"""For text from data, such as tokens: between dollar signs stands no formula."""

SIZE = (5.0, 3.0)
"""Width and height of a figure, in inches."""

DRAWINGS = "N2T_DRAWINGS"
"""With this in the environment, pictures in a notebook carry their drawings."""


def describe(ax: Axes, **texts: Any) -> None:
    """Set ``title``, ``xlabel``, ``ylabel`` of axes; a dollar sign is a dollar sign."""
    for name, text in texts.items():
        said = "" if text is None else readable(str(text))
        getattr(ax, f"set_{name}")(said, **LITERAL)


def name_legend(ax: Axes, names: Mapping[str, Any]) -> None:
    """A legend of what is drawn: what has a label already, then name → artist.

    Every name shows as it is; Matplotlib alone leaves out those that begin with "_".
    """
    own = {id(artist) for artist in names.values()}
    labeled = zip(*ax.get_legend_handles_labels(), strict=True)
    before = [(artist, name) for artist, name in labeled if id(artist) not in own]
    artists = [artist for artist, _ in before] + list(names.values())
    legend = ax.legend(artists, ["name"] * len(artists))
    said = [name for _, name in before] + [readable(str(name)) for name in names]
    for text, name in zip(legend.get_texts(), said, strict=True):
        text.set(text=name, **LITERAL)


def use_style() -> None:
    """Set Matplotlib's defaults for the course; call it once, in the first cell.

    Figures stand on white, so that they are legible in any notebook; the course's
    pages show their drawings, which follow the page (:mod:`n2t.plots.grounds`).
    """
    plt = pyplot()
    from cycler import cycler

    _show_in_notebooks()

    text = ("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.color")
    lines = ("axes.edgecolor", "ytick.color", "legend.labelcolor", "grid.color")
    plt.rcParams.update({name: INK for name in text + lines})
    plt.rcParams.update(
        {
            "figure.facecolor": "#ffffff",
            "axes.facecolor": "none",
            "savefig.facecolor": "auto",
            "image.interpolation": "none",  # a drawing has the cells, not their pixels
            "figure.figsize": SIZE,
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.family": fonts(),
            "font.size": 9.5,
            "axes.titlesize": 10,
            "axes.labelsize": 9.5,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": cycler(color=CYCLE),
            "axes.unicode_minus": False,
            "grid.alpha": 0.3,
            "legend.frameon": False,
            "lines.linewidth": 1.8,
            "lines.markersize": 5,
            "hatch.linewidth": 0.6,
            "svg.hashsalt": "n2t",
        }
    )


def _show_in_notebooks() -> None:
    """In a notebook: twice the pixels at the same size, and no cropping."""
    try:
        from IPython import get_ipython
        from matplotlib_inline.config import InlineBackend
    except ImportError:
        return
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return
    plt = pyplot()
    plt.switch_backend(plt.get_backend())  # now, or it would choose formats later
    inline = InlineBackend.instance(parent=shell)
    inline.shell = shell
    inline.print_figure_kwargs = {"bbox_inches": None}
    inline.figure_formats = {"retina"}
    formatter = shell.display_formatter.formatters["image/png"]
    formatter.for_type(plt.Figure, _shown)


def _shown(fig: Any) -> tuple[str, dict[str, int]] | None:
    """A figure for a notebook: its picture, and the size it is shown at."""
    if not fig.axes and not fig.lines:
        return None
    png = picture(fig, with_drawing=bool(os.environ.get(DRAWINGS)))
    width, height = (round(x * fig.dpi) for x in fig.get_size_inches())
    return base64.b64encode(png).decode(), {"width": width, "height": height}
