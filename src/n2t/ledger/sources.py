"""What a result depends on: the files that made it, and what they say."""

import ast
import hashlib
from pathlib import Path


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
    return hashlib.sha256(text.encode()).hexdigest()


def _docstring_lines(text: str) -> set[int]:
    """Numbers of the lines that docstrings take."""
    holders = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    lines: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, holders) and ast.get_docstring(node, clean=False):
            docstring = node.body[0]
            lines.update(range(docstring.lineno, docstring.end_lineno + 1))
    return lines
