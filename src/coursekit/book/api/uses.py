"""Which pages use which names of the library, read from the text of the pages.

A page uses what its code imports, and what it takes from a module that it imports
(`models.Transformer` after ``from n2t import models``); and what its prose calls by
its full name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from coursekit import paths
from coursekit.book.api.entries import FUNCTIONS, LIBRARY
from coursekit.chapters.myst import blocks
from coursekit.chapters.slicing import parsed

SPOKEN = re.compile(rf"`({LIBRARY}(?:\.\w+)+)")
INCLUDED = re.compile(r"^```\{include\} (\S+)$", re.M)


@lru_cache(256)
def used_names(text: str, folder: Path = paths.CHAPTERS) -> frozenset[str]:
    """Full names that a page uses; ``folder`` is where it lies."""
    nodes = [node for tree in trees(text) for node in ast.walk(tree) if _matters(node)]
    imported = [found for node in nodes for found in _imported(node)]
    means = {name: meaning for name, meaning, _ in imported}
    found = {whole for *_, whole in imported} | set(_attributes(nodes, means))
    included = [folder / name for name in INCLUDED.findall(text)]
    texts = [text, *(p.read_text("utf-8") for p in included if p.is_file())]
    spoken = {name for each in texts for name in SPOKEN.findall(each)}
    return frozenset(found | spoken)


def written_names(text: str) -> frozenset[str]:
    """Functions and classes that a page writes itself, before the library's."""
    kinds = (FUNCTIONS, ast.ClassDef)
    nodes = [node for tree in trees(text) for node in tree.body]
    return frozenset(node.name for node in nodes if isinstance(node, kinds))


@lru_cache(256)
def trees(text: str) -> tuple[ast.Module, ...]:
    """The code of a page's cells that is Python."""
    found = []
    for block in blocks(text):
        if block.kind == "code":
            try:
                found.append(parsed(block.source))
            except SyntaxError:  # a cell of another kind
                continue
    return tuple(found)


def _imported(node: ast.AST) -> Iterator[tuple[str, str, str]]:
    """Of each import: the name it binds, what that means, and what is imported."""
    if isinstance(node, ast.ImportFrom):
        for alias in node.names:
            whole = f"{node.module}.{alias.name}"
            yield alias.asname or alias.name, whole, whole
    elif isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name if alias.asname else alias.name.partition(".")[0]
            yield alias.asname or first, first, alias.name


def _attributes(nodes: Iterable[ast.AST], means: dict[str, str]) -> Iterator[str]:
    """Full names of what code takes from modules of the library."""
    for node in nodes:
        if isinstance(node, ast.Attribute):
            first, _, rest = ast.unparse(node).partition(".")
            if means.get(first, "").partition(".")[0] == LIBRARY:
                yield f"{means[first]}.{rest}"


def _matters(node: ast.AST) -> bool:
    """Whether a node imports, or is `a.b` or `a.b.c` with a name in front."""
    if isinstance(node, ast.Attribute):
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name)
    return isinstance(node, ast.Import | ast.ImportFrom)
