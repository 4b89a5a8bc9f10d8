"""Shapes of a drawing as SVG, each color a pair: on a light page, on a dark one."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from n2t.plots import palette

PAPER = "light-dark(#ffffff,#14181e)"
PANEL = "light-dark({},{})".format(*(pair[1] for pair in palette.GROUNDS.values()))


def pair(role: str) -> str:
    """A role's color, or that of ink, on both grounds."""
    light = palette.INK if role == "ink" else palette.color_of(role)
    return f"light-dark({light},{palette.DARK[light]})"


ON_ROLE = "light-dark({},{})".format(*palette.ON_ROLE)
"""What stands on a role's color."""


def element(name: str, inner: str = "", style: str = "", **attributes) -> str:
    """One element; an attribute's `_` is a hyphen, numbers are short."""
    written = [f'{key.replace("_", "-")}="{_said(x)}"' for key, x in attributes.items()]
    if style:
        written.append(f'style="{style}"')
    return f"<{' '.join([name, *written])}>{inner}</{name}>"


def _said(value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))


def rect(x: float, y: float, width: float, height: float, fill: str, **more) -> str:
    """A box, filled."""
    style = f"fill:{fill}" + more.pop("also", "")
    return element("rect", "", style, x=x, y=y, width=width, height=height, **more)


def line(x1: float, y1: float, x2: float, y2: float, color: str, **more) -> str:
    """A straight line."""
    return element("line", "", f"stroke:{color}", x1=x1, y1=y1, x2=x2, y2=y2, **more)


def text(x: float, y: float, words: str, color: str, size: float = 14.5, **more) -> str:
    """Words; `more` are attributes such as `text_anchor`. `words` may hold spans."""
    return element("text", words, f"fill:{color}", x=x, y=y, font_size=size, **more)


def span(words: str, color: str) -> str:
    """Words of another color within a text."""
    return element("tspan", escape(words), f"fill:{color}", font_weight=600)


def svg(
    width: float, height: float, lines: Iterable[str], *, alone: bool = True, **more
) -> str:
    """A drawing of that size.

    One in a file of its own asks the system for the ground; one that is part of a page
    (not ``alone``) follows the page.
    """
    head = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    face = 'font-family="system-ui, sans-serif"'
    face += ' style="color-scheme:light dark"' if alone else ""
    said = "".join(f' {key}="{escape(str(value))}"' for key, value in more.items())
    start = f'<svg xmlns="http://www.w3.org/2000/svg" {head} {face}{said}>'
    return "\n".join([start, *lines, "</svg>"]) + "\n"
