"""One color a role, on a white ground and on a dark one; color maps for both.

Figures are drawn in the colors for white. :mod:`n2t.plots.grounds` changes each into
its companion for a dark page: :data:`DARK` for those of the palette, a lighter tone
for any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from n2t._extras import optional

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

GROUNDS = {"light": ("#ffffff", "#f1f5fa"), "dark": ("#14181e", "#1a222e")}
"""What figures stand on: the page, and the panel of an exercise."""

TEXT, GRAPHICS = 4.5, 3.0
"""The least contrast of text and of lines and areas, by WCAG 2.2."""

INK = "#4d5560"
"""Text and axes."""

COLORS = {
    "query": "#1f68b5",
    "key": "#ad4a0e",
    "value": "#1d7740",
    "position": "#8347bd",
    "head": "#b33579",
    "train": "#1f68b5",
    "validation": "#ad4a0e",
    "test": "#1d7740",
    "baseline": "#646b75",
    "good": "#1d7740",
    "bad": "#c22f2f",
    "weight": "#1f68b5",
}
"""One color a role. Text may have it, and white text stands on it."""

CYCLE = ("#1f68b5", "#ad4a0e", "#1d7740", "#8347bd", "#b33579", "#7c5d05", "#0a717b")
"""The order in which lines without a role take their colors."""

HEADS = ("#b33579", "#0a717b", "#7c5d05", "#8347bd", "#1d7740", "#ad4a0e", "#1f68b5")
"""One color a head, for figures that tell several heads apart."""

DARK = {
    INK: "#b4bcc8",
    "#1f68b5": "#6cb0f7",
    "#ad4a0e": "#f0914f",
    "#1d7740": "#58c282",
    "#8347bd": "#bf97ec",
    "#b33579": "#ea86ba",
    "#7c5d05": "#d0aa38",
    "#0a717b": "#43bfcb",
    "#646b75": "#a0a8b3",
    "#c22f2f": "#f57f7f",
}
"""What each color of the palette is on a dark ground."""

ON_ROLE = ("#ffffff", "#10141a")
"""Text in a box that is filled with a role's color: on a light page, on a dark one."""

MIDDLE = ("#f2f2f2", "#232a34")
"""Zero in a color map for signed values: on a light page, on a dark one."""

MAPS = "n2t-"  # what the names of our color maps begin with
PAPER = {"gray_r": "gray", "Greys": "gray", "binary": "gray"}
"""Matplotlib's maps whose low end is white paper, and their companions."""


def color_of(role: str) -> str:
    """The color of a role, or ``role`` itself where it is ``#rrggbb``."""
    if role in COLORS:
        return COLORS[role]
    if role.startswith("#"):
        return role
    raise ValueError(f"role ({role!r}) must be one of {', '.join(COLORS)} or '#rrggbb'")


def luminance(color: Any) -> float:
    """Relative luminance of a color, from 0 for black to 1 for white (WCAG 2.2)."""
    from matplotlib.colors import to_rgb

    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in to_rgb(color)
    ]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(one: Any, other: Any) -> float:
    """How much two colors differ, from 1 to 21 (WCAG 2.2)."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def ink_on(rgba: Any) -> str:
    """Black or white, whichever stands out more on an opaque color."""
    return max("#000000", "#ffffff", key=lambda ink: contrast(ink, tuple(rgba[:3])))


def on_dark(color: Any, least: float = GRAPHICS) -> Any:
    """A color's companion for a dark ground, its transparency kept.

    A color that is not of the palette is mixed with white until its contrast to the
    dark panel is ``least``; what cannot be seen stays as it is.
    """
    from matplotlib.colors import to_hex, to_rgba

    *rgb, alpha = to_rgba(color)
    if alpha == 0:
        return color
    if known := DARK.get(to_hex(rgb)):
        return to_rgba(known, alpha)
    for white in np.linspace(0, 1, 41):
        mixed = tuple((1 - white) * np.array(rgb) + white)
        if contrast(mixed, GROUNDS["dark"][1]) >= least:
            break
    return (*mixed, alpha)


def sequential(role: str = "weight", dark: bool = False) -> Colormap:
    """Color map for values from low to high: from near the ground to a strong shade.

    Every color is opaque. On a light page the lightness falls steadily, on a dark one
    it rises, so the order survives a print in gray and color blindness.
    """
    color = color_of(role)
    base = _rgb(color)
    if dark:
        bright = _rgb(on_dark(color))
        stops = [0.88 * _rgb(MIDDLE[1]) + 0.12 * base, base, 0.85 * bright + 0.15]
    else:
        stops = [0.90 + 0.10 * base, base, 0.42 * base]
    return _map(role, stops)


def diverging(dark: bool = False) -> Colormap:
    """Color map for values around zero: orange below, near the ground at 0, blue above.

    "Near the ground" is near white on a light page and near black on a dark one.
    """
    sides = []
    for color in (COLORS["key"], COLORS["query"]):
        base, bright = _rgb(color), _rgb(on_dark(color))
        light = (0.8 * base, (base + bright) / 2)
        sides.append((0.85 * bright + 0.15, base) if dark else light)
    (low, below), (high, above) = sides
    return _map("diverging", [low, below, _rgb(MIDDLE[dark]), above, high])


def map_on_dark(colors: Colormap) -> Colormap:
    """A color map's companion for a dark ground; a foreign one may be its own."""
    import matplotlib
    from matplotlib.colors import ListedColormap

    name = colors.name
    if name == f"{MAPS}diverging":
        return diverging(dark=True)
    if name.startswith(MAPS):
        return sequential(name.removeprefix(MAPS), dark=True)
    if name in PAPER:
        return matplotlib.colormaps[PAPER[name]]
    if isinstance(colors, ListedColormap) and name not in matplotlib.colormaps:
        return ListedColormap([on_dark(c) for c in colors.colors], name=name)
    return colors


def _rgb(color: Any) -> np.ndarray:
    optional("matplotlib.pyplot", extra="plots")
    from matplotlib.colors import to_rgb

    return np.array(to_rgb(color))


def _map(name: str, stops: Sequence[Any]) -> Colormap:
    optional("matplotlib.pyplot", extra="plots")
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(f"{MAPS}{name}", stops)
