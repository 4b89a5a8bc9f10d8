"""Makes the faces of the site's text, `_static/fonts/text-*.woff2`.

To run again when pages use a character that the faces lack (a test says so):

    npm pack source-serif@4.5.1 && tar xf source-serif-4.5.1.tgz
    python -m coursekit.book.assets.textfont package/WOFF2/TTF

Source Serif 4 (SIL Open Font License) keeps the name "Source" for unchanged files, so
what is cut out of it here is called Course Text.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from coursekit import paths

FOLDER = paths.ROOT / "_static" / "fonts"
NAME = "Course Text"
#: The file of each face, and the part of the name of the file that it is cut from.
FACES = {
    "regular": "Regular",
    "italic": "It",
    "semibold": "Semibold",
    "semibold-italic": "SemiboldIt",
}
FEATURES = ["kern", "liga", "ccmp", "locl", "mark", "mkmk", "tnum", "lnum"]
#: Kept whether a page uses it today or not: Latin, Greek, punctuation, a few signs.
ALWAYS = [
    (0x20, 0x7E),
    (0xA0, 0xFF),
    (0x391, 0x3A9),
    (0x3B1, 0x3C9),
    *((ord(c), ord(c)) for c in "ıŒœŠšŽžŁłŐőŰűŸ‐‑–—‘’‚“”„†‡•…‰′″‹›€™←↑→↓−≈≠≤≥∞√"),
]
#: What the face has not: it comes from the reader's own fonts.
LACKING = "␣�↵ℓᵀﬁ①∘"
#: Writing and signs that no face of ours has: Chinese, emoji.
ELSEWHERE = ((0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0xFE00, 0xFF60), (0x1F000, 0x1FAFF))
SOURCES = ("chapters/**/*.md", "chapters/*.yml", "references.bib", "_toc.yml")


def used(root: Path = paths.ROOT) -> set[str]:
    """The characters that pages use and that a face of text should have."""
    found = set().union(*(set(p.read_text("utf-8")) for p in _sources(root)))
    ours = {c for c in found if c.isprintable() and not _elsewhere(ord(c))}
    return ours - set(LACKING)


def _sources(root: Path) -> Iterator[Path]:
    for pattern in SOURCES:
        yield from root.glob(pattern)


def _elsewhere(code: int) -> bool:
    return any(low <= code <= high for low, high in ELSEWHERE)


def file_of(face: str) -> Path:
    """The file of a face."""
    return FOLDER / f"text-{face}.woff2"


def make(source: Path, face: str) -> int:
    """Write a face, cut out of the file of Source Serif; bytes written."""
    from fontTools import subset

    options = subset.Options(hinting=False, layout_features=FEATURES, flavor="woff2")
    options.drop_tables += ["DSIG"]
    options.name_IDs = [0, 1, 2, 3, 4, 6, 13, 14]
    font = subset.load_font(str(source), options)
    wanted = {c for low, high in ALWAYS for c in range(low, high + 1)}
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted | {ord(c) for c in used()})
    cutter.subset(font)
    rename(font, face)
    subset.save_font(font, str(file_of(face)), options)
    return file_of(face).stat().st_size


def rename(font, face: str) -> None:
    """Give a changed font a name that is not kept for the unchanged one."""
    style = face.replace("-", " ").title()
    names = {1: NAME, 2: style, 3: f"{NAME} {style}", 4: f"{NAME} {style}"}
    names[6] = f"{NAME} {style}".replace(" ", "-")
    for number, name in names.items():
        font["name"].setName(name, number, 3, 1, 0x409)


if __name__ == "__main__":
    for each, part in FACES.items():
        path = Path(sys.argv[1]) / f"SourceSerif4-{part}.ttf.woff2"
        print(f"{file_of(each)}: {make(path, each):,} bytes")
