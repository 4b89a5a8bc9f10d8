"""What a result depends on: the files that made it, and what they say."""

import ast
import io
import tokenize
from collections.abc import Iterable
from functools import cache
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
    do not count: polishing the words of a program does not change its results. What
    stands on a line with a docstring does count, and so do all lines of other texts.
    """
    text = Path(path).read_text(encoding="utf-8")
    return text_hash(_said(text) if Path(path).suffix == ".py" else text)


@cache
def _said(text: str) -> str:
    """The lines of a program that count; each text is looked at once a process."""
    tree = ast.parse(text)
    words, texts = _docstring_lines(tree), _text_lines(text) - _idle_lines(tree)
    return "\n".join(
        line if number in texts else line.rstrip()
        for number, line in enumerate(text.splitlines(), 1)
        if number in texts - words or _counts(line) and number not in words
    )


def _counts(line: str) -> bool:
    """Whether a line is neither blank nor a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _docstring_lines(tree: ast.Module) -> set[int]:
    """Numbers of the lines that docstrings take, and nothing else besides."""
    holders = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, holders) and ast.get_docstring(node, clean=False):
            docstring, *rest = node.body
            taken = set(range(docstring.lineno, docstring.end_lineno + 1))
            others = {getattr(node, "lineno", 0), *(other.lineno for other in rest)}
            lines |= set() if taken & others else taken
    return lines


def _idle_lines(tree: ast.Module) -> set[int]:
    """Numbers of the lines of texts that are statements, and do nothing."""
    texts = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
    return {n for node in texts for n in range(node.lineno, node.end_lineno + 1)}


def _text_lines(text: str) -> set[int]:
    """Numbers of the lines that end within a text of several lines."""
    lines: set[int] = set()
    starts: list[int] = []  # of formatted texts, which are several tokens since 3.12
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        if kind == "STRING":
            lines.update(range(token.start[0], token.end[0]))
        elif kind == "FSTRING_START":
            starts.append(token.start[0])
        elif kind == "FSTRING_END":
            lines.update(range(starts.pop(), token.end[0]))
    return lines
