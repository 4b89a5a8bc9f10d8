"""One palette, legible on light and on dark pages; fonts that draw Chinese too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from n2t._extras import optional

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

INK = "#767c85"
"""Text and axes: contrast above 4 to 1 on white and on the dark theme's ground."""

COLORS = {
    "query": "#2f7fd6",
    "key": "#d1621f",
    "value": "#2c9152",
    "position": "#9a63cf",
    "head": "#c7508f",
    "train": "#2f7fd6",
    "validation": "#d1621f",
    "test": "#2c9152",
    "baseline": "#868c95",
    "good": "#2c9152",
    "bad": "#d64545",
    "weight": "#2f7fd6",
}
"""One color a role, each at least 3 to 1 against white and against near-black."""

CYCLE = ("#2f7fd6", "#d1621f", "#2c9152", "#9a63cf", "#c7508f", "#a47e10", "#12919c")
"""The order in which lines without a role take their colors."""

HEADS = ("#c7508f", "#12919c", "#a47e10", "#9a63cf", "#2c9152", "#d1621f", "#2f7fd6")
"""One color a head, for figures that tell several heads apart."""

LITERAL = {"parse_math": False}
"""For text from data, such as tokens: between dollar signs stands no formula."""

SIZE = (5.0, 3.0)
"""Width and height of a figure, in inches."""

CJK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Zen Hei",
    "Arial Unicode MS",
)


def pyplot() -> Any:
    """The module ``matplotlib.pyplot``, or an error that names the extra."""
    return optional("matplotlib.pyplot", extra="plots")


def fonts() -> list[str]:
    """The font families to use: DejaVu Sans, then every installed CJK font."""
    pyplot()
    from matplotlib.font_manager import get_font_names

    installed = set(get_font_names())
    return ["DejaVu Sans", *(name for name in CJK_FONTS if name in installed)]


def readable(text: str) -> str:
    """``text``, with characters that no installed font draws as ``U+4E2D``."""
    pyplot()
    from matplotlib.font_manager import FontProperties, findfont, get_font

    drawn: set[int] = set()
    for family in fonts():
        drawn |= set(get_font(findfont(FontProperties(family=family))).get_charmap())
    return "".join(
        c if c == "\n" or ord(c) in drawn else f"U+{ord(c):04X}" for c in text
    )


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
    """Set Matplotlib's defaults for the course; call it once, in the first cell."""
    plt = pyplot()
    from cycler import cycler

    text = ("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.color")
    lines = ("axes.edgecolor", "ytick.color", "legend.labelcolor", "grid.color")
    clear = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
    plt.rcParams.update({name: INK for name in text + lines})
    plt.rcParams.update({name: "none" for name in clear})
    plt.rcParams.update(
        {
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
    _sharpen_notebooks()


def _sharpen_notebooks() -> None:
    """In a notebook: twice the pixels at the same size, and no cropping."""
    try:
        from IPython import get_ipython
        from matplotlib_inline.config import InlineBackend
    except ImportError:
        return
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return
    inline = InlineBackend.instance(parent=shell)
    inline.shell = shell
    inline.print_figure_kwargs = {"bbox_inches": None}
    inline.figure_formats = {"retina"}


def sequential(role: str = "weight") -> Colormap:
    """Color map for values from low to high: a pale tint to the role's deep shade.

    Every color is opaque; the lightness falls steadily, so the order survives
    a print in gray and color blindness.
    """
    pyplot()
    from matplotlib.colors import LinearSegmentedColormap, to_rgb

    base = np.array(to_rgb(color_of(role)))
    pale, deep = 0.90 + 0.10 * base, 0.42 * base
    return LinearSegmentedColormap.from_list(f"n2t-{role}", [pale, base, deep])


def diverging() -> Colormap:
    """Color map for values around zero: orange below, near-white at 0, blue above."""
    pyplot()
    from matplotlib.colors import LinearSegmentedColormap

    stops = ["#8a3a0a", COLORS["key"], "#f2f2f2", COLORS["query"], "#123f73"]
    return LinearSegmentedColormap.from_list("n2t-diverging", stops)


def color_of(role: str) -> str:
    """The color of a role, or ``role`` itself where it is ``#rrggbb``."""
    if role in COLORS:
        return COLORS[role]
    if role.startswith("#"):
        return role
    raise ValueError(f"role ({role!r}) must be one of {', '.join(COLORS)} or '#rrggbb'")
