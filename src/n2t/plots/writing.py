"""Fonts that draw Chinese too, on every machine: one comes with the library."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from n2t._extras import optional

CJK_FONT = Path(__file__).with_name("typeface") / "course-sans-cjk.otf"
"""Part of Noto Sans CJK; `coursekit.book.assets.figurefont` makes it."""

FURTHER = (
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
"""Fonts that are taken, where they are installed, for characters that ours lacks."""


def pyplot() -> Any:
    """The module ``matplotlib.pyplot``, or an error that names the extra."""
    return optional("matplotlib.pyplot", extra="plots")


def fonts() -> list[str]:
    """The font families to use: DejaVu Sans, the course's CJK font, installed ones."""
    pyplot()
    from matplotlib.font_manager import get_font_names

    own = _own_family()
    installed = set(get_font_names())
    return ["DejaVu Sans", own, *(name for name in FURTHER if name in installed)]


@cache
def _own_family() -> str:
    """Tell Matplotlib of the course's font; the name by which it knows it."""
    from matplotlib.font_manager import FontProperties, fontManager

    fontManager.addfont(str(CJK_FONT))
    return FontProperties(fname=str(CJK_FONT)).get_name()


def readable(text: str) -> str:
    """``text``, with characters that no font draws as ``U+10FFFD``."""
    drawn = _drawn()
    return "".join(
        c if c == "\n" or ord(c) in drawn else f"U+{ord(c):04X}" for c in text
    )


@cache
def _drawn() -> frozenset[int]:
    """The characters that the fonts draw."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    found: set[int] = set()
    for family in fonts():
        found |= set(get_font(findfont(FontProperties(family=family))).get_charmap())
    return frozenset(found)
