"""What a chapter holds, counted: words, cells, figures; for the checks."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from coursekit.chapters.myst import FENCE, blocks

IMAGE = re.compile(r"^(`{3,}|:{3,})\{(?:figure|image)\}", re.M)
ALT = re.compile(r"^:alt:\s*\S", re.M)
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
    kept, solution = [], False
    for piece in blocks(text):
        solution = piece.kind == "solution-start" or (
            solution and piece.kind != "solution-end"
        )
        if piece.kind == "text" and not solution:
            kept.append(_without_code(piece.source))
    return INLINE.sub("inline", HIDDEN.sub(" ", "\n".join(kept)))


def _without_code(text: str) -> str:
    """Text without fenced code; the prose inside a directive stays."""
    kept, fence, code = [], "", False
    for line in text.splitlines():
        match = FENCE.match(line)
        if match and not fence:
            fence, code = match.group(1), "{" not in line
        elif fence and line.rstrip() == fence:
            fence, code = "", False
        elif not code:
            kept.append(line)
    return "\n".join(kept)


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
            starts = [match.start() for match in IMAGE.finditer(piece.source)]
            for start, end in pairwise([*starts, len(piece.source)]):
                found.append("yes" if ALT.search(piece.source[start:end]) else "")
    return found
