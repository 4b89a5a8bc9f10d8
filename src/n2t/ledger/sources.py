"""What a result depends on: the files that made it, and what they say."""

import ast
from collections.abc import Iterable
from pathlib import Path

from n2t.files import text_hash
from n2t.ledger import places
from n2t.ledger.imports import Tree

#: Starts of paths of what keeps numbers and makes none: an edit there leaves every
#: record as true as it was. Nothing of n2t stands behind them (a test holds it so).
WITHOUT = ("src/n2t/ledger/", "src/n2t/files.py", "src/coursekit/")
#: Where modules choose among all models, data sets and scores, and so import them
#: all. They count themselves, but what they lead to is named by who chose: else a
#: change in any model would make the records of all models stale.
CHOOSING = ("src/n2t/runs/", "src/n2t/data/cards/")


def sources_of(*entries: Path | str, root: Path | str | None = None) -> list[str]:
    """The files that a result depends on, computed from the imports of what made it.

    Args:
        entries: the program (``__file__``), and full names of what it was given to
            choose: ``"n2t.models.Transformer"``.
        root: the folder that holds ``src`` and ``benchmarks``; this repository's.

    Raises:
        ValueError: an entry that is neither a file nor a name there.
    """
    tree = Tree(root or places.ROOT)
    return tree.closure(entries, without=WITHOUT, choosing=CHOOSING)


def source_hashes(
    paths: Iterable[str], root: Path | str | None = None
) -> dict[str, str]:
    """A hash of each file, by its path from the top of the repository."""
    tree = Tree(root or places.ROOT)
    return {path: source_hash(tree.place(path)) for path in paths}


def source_hash(path: Path | str) -> str:
    """SHA-256 of what a file says to the computer.

    In a Python file, comments on lines of their own, docstrings and blank lines
    do not count: polishing the words of a program does not change its results.
    """
    text = Path(path).read_text(encoding="utf-8")
    if Path(path).suffix == ".py":
        words = _docstring_lines(text)
        lines = [
            line.rstrip()
            for number, line in enumerate(text.splitlines(), 1)
            if number not in words and not line.lstrip().startswith("#")
        ]
        text = "\n".join(filter(None, lines))
    return text_hash(text)


def _docstring_lines(text: str) -> set[int]:
    """Numbers of the lines that docstrings take."""
    holders = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    lines: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, holders) and ast.get_docstring(node, clean=False):
            docstring = node.body[0]
            lines.update(range(docstring.lineno, docstring.end_lineno + 1))
    return lines
