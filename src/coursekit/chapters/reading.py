"""What a chapter holds, counted: words, cells, figures; for the checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from coursekit.chapters.myst import LISTINGS, Fence, blocks, fences, lines_of

HIDDEN = re.compile(
    r"\$\$.*?\$\$|<!--.*?-->"  # displayed mathematics, comments
    r"|^\([\w-]+\)=$|^:[\w-]+:[^\n]*$"  # targets and options
    r"|\]\([^)]*\)",  # addresses
    re.M | re.S,
)
#: Mathematics, roles and code within a line: each is read as one word.
INLINE = re.compile(r"\$[^$\n]+\$|\{[\w:]+\}`[^`]*`|`[^`]*`")
WORD = re.compile(r"[^\W_][\w’'-]*")


def prose(text: str) -> str:
    """What a reader reads of a chapter: no listings, formulas or solutions."""
    kept = [
        _without_code(piece.source)
        for piece in blocks(text)
        if piece.kind == "text" and not piece.in_solution
    ]
    return INLINE.sub("inline", HIDDEN.sub(" ", "\n".join(kept)))


def _without_code(text: str) -> str:
    """Text without fenced code; the prose inside a directive stays."""
    lines, kept, at = lines_of(text), [], 0
    for fence in fences(text):
        kept += lines[at : fence.start]
        if fence.directive:
            kept.append(_without_code(fence.body) + "\n")
        at = fence.end
    return "".join([*kept, *lines[at:]]).removesuffix("\n")


def _directives(text: str) -> Iterator[Fence]:
    """The directives of a text, those inside others too."""
    for fence in fences(text):
        if fence.directive and fence.directive not in LISTINGS:
            yield fence
            yield from _directives(fence.body)


def words(text: str) -> int:
    """How many words of prose a chapter has."""
    return len(WORD.findall(prose(text)))


def code_cells(page: Path) -> list[dict]:
    """The code cells of a chapter, as a notebook has them."""
    import jupytext

    cells = jupytext.read(page)["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def lines_of_code(source: str) -> int:
    """Lines that are neither blank nor a comment."""
    lines = (line.strip() for line in source.splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


def figures(page: Path) -> list[str]:
    """The alternative text of every figure of a chapter; "" where there is none."""
    found = []
    for cell in code_cells(page):
        options = cell["metadata"].get("mystnb", {})
        if "figure" in options or "image" in options:
            found.append(options.get("image", {}).get("alt", "").strip())
    for piece in blocks(page.read_text("utf-8")):
        if piece.kind == "text":
            found += [
                str(fence.options.get("alt", ""))
                for fence in _directives(piece.source)
                if fence.directive in ("figure", "image")
            ]
    return found
