"""Figures that compute in a reader's browser: their scripts, and a page that has one.

A page asks for one by the directive ``{live}``, with its name (`_static/live/NAME.js`),
its description ``:alt:`` and a question that a reader answers by moving something:

    ```{live} attention
    :alt: "Two arrows ..."

    **Predict first.** Which query ... ?
    ```

Where scripts are off, and on paper, stands `_static/live/pictures/NAME.svg`
(`python -m coursekit.book.assets.live` takes it anew). A notebook has the words, and
the same picture as PNG, which every program for notebooks shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from coursekit import paths

FOLDER = paths.ROOT / "_static" / "live"
FRAME = "frame"
NEEDS = re.compile(r"^// needs: (.+)$", re.M)
STYLES = ("course.css", "face.css", "figures.css", "live/live.css", "live/models.css")
PLAIN_PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="{theme}">
<head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
{styles}
<style>html[data-theme=light] {{ --pst-color-background: #fff }}
body {{ margin: 0; background: var(--pst-color-background);
font-family: var(--pst-font-family-base); color: var(--pst-color-text-base) }}
main {{ max-width: 47rem; margin: auto; padding: 0 1rem }}</style></head>
<body><main class="bd-article"><h1>{title}</h1>
{places}
</main>
{scripts}
</body></html>
"""


def picture_of(name: str) -> Path:
    """The file of a figure's picture."""
    return FOLDER / "pictures" / f"{name}.svg"


def png_of(name: str) -> Path:
    """The file of a figure's picture for notebooks."""
    return FOLDER / "pictures" / f"{name}.png"


def scripts_of(names: Iterable[str]) -> list[str]:
    """The scripts that a page with these figures loads, below `_static`, in order.

    A script says in a line ``// needs: NAME ...`` which others come before it.
    """
    wanted = [FRAME, *(each for name in names for each in _with_needs(name))]
    return [f"live/{name}.js" for name in dict.fromkeys(wanted)]


def _with_needs(name: str) -> Iterator[str]:
    """The scripts that this one needs, then itself."""
    text = (FOLDER / f"{name}.js").read_text("utf-8")
    for line in NEEDS.findall(text):
        for needed in line.split():
            yield from _with_needs(needed)
    yield name


def plain_page(names: Iterable[str], static: str, theme: str = "light") -> str:
    """A page that has these figures and nothing else; `static` leads to `_static`."""
    names = list(names)
    styles = [f'<link rel="stylesheet" href="{static}/{name}">' for name in STYLES]
    places = [f'<div class="live" data-live="{escape(name)}"></div>' for name in names]
    scripts = [f'<script src="{static}/{name}"></script>' for name in scripts_of(names)]
    parts = {"styles": styles, "places": places, "scripts": scripts}
    joined = {kind: "\n".join(lines) for kind, lines in parts.items()}
    return PLAIN_PAGE.format(theme=theme, title=" and ".join(names), **joined)
