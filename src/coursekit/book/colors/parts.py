"""The parts of the course, as the table of contents has them; each has a tint."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import yaml

from coursekit import paths
from n2t.plots import palette

TINTS = (palette.INK, *(palette.CYCLE[at] for at in (0, 6, 1, 2, 3, 4, 5)))
"""A color a part, in reading order: ink, blue, petrol, orange, green, and so on."""


class Part(NamedTuple):
    """A part: its caption, its first page, its color on a light page and on a dark."""

    caption: str
    first: str
    light: str
    dark: str

    @property
    def folder(self) -> str:
        """Where its chapters lie."""
        return self.first.rpartition("/")[0]

    @property
    def tint(self) -> str:
        """Its color, as a style sheet says it."""
        return f"light-dark({self.light},{self.dark})"


@cache
def parts() -> tuple[Part, ...]:
    """All parts but the appendices."""
    listed = yaml.safe_load((paths.ROOT / "_toc.yml").read_text("utf-8"))["parts"]
    firsts = [(part["caption"], part["chapters"][0]["file"]) for part in listed]
    chapters = [found for found in firsts if "/appendices/" not in found[1]]
    colors = [(tint, palette.DARK[tint]) for tint in TINTS]
    return tuple(
        Part(*found, *pair) for found, pair in zip(chapters, colors, strict=True)
    )


def part_of(page: str) -> Part | None:
    """The part that a page belongs to."""
    folder = page.rpartition("/")[0]
    return next((part for part in parts() if part.folder == folder), None)
