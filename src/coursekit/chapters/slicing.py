"""Which cells of a chapter its exercises need: found from the names they use.

An assignment repeats no chapter. It holds the cells that define what the exercises'
answers and tests use, and nothing else. Names are followed, as `names.py` finds them;
where that is not enough (a cell that trains a model in place, say), the author tags
the cell ``setup`` and it is always taken.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from functools import lru_cache

from coursekit.chapters.exercises import Cell, Chapter, Exercise
from coursekit.chapters.names import Names

BUILTIN = frozenset(dir(builtins)) | {"__name__", "__class__", "display", "get_ipython"}


def assigned(source: str) -> set[str]:
    """Names that running `source` at top level defines or changes."""
    return set(_read(source).assigned)


def used(source: str) -> set[str]:
    """Names that `source` takes from outside: neither its own nor built in."""
    return _read(source).used - BUILTIN


@lru_cache(4096)  # cells are asked for their names again and again
def _read(source: str) -> Names:
    names = Names()
    names.visit(parsed(source))
    return names


@lru_cache(4096)  # the same cells are walked for each name that is looked for
def parsed(source: str) -> ast.Module:
    """The tree of a cell, a line that only a notebook understands as ``pass``.

    It is shared: read it, and change none of its nodes.
    """
    return ast.parse(_plain(source))


def _plain(source: str) -> str:
    """Source without the lines that only a notebook understands."""
    lines = source.splitlines()
    return "\n".join("pass" if x.lstrip().startswith(("%", "!")) else x for x in lines)


def imports(source: str) -> list[str]:
    """The import statements at the top level of `source`, one string each."""
    body = parsed(source).body
    return [
        ast.unparse(node)
        for node in body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]


def needed_cells(chapter: Chapter, exercises: Iterable[Exercise]) -> list[Cell]:
    """Cells of the chapter that must run before those exercises, in order.

    Solutions count where another exercise uses what they define; checks never do,
    and each imports what it needs.
    """
    exercises = list(exercises)
    wanted: set[str] = set()
    for exercise in exercises:
        wanted |= used(exercise.solution) | used(exercise.check)
    own = {cell.line for e in exercises for cell in (*e.solutions, *e.checks)}
    return _walk_back(chapter, wanted, own)


def _walk_back(chapter: Chapter, wanted: set[str], own: set[int]) -> list[Cell]:
    """From the last cell to the first: keep those that define what is wanted."""
    wanted, kept = set(wanted), []
    first = chapter.cells[0].line if chapter.cells else 0
    last = max(own, default=0)
    for cell in reversed(chapter.cells):
        if cell.line in own or "check" in cell.tags:
            continue
        always = "setup" in cell.tags or cell.line == first
        if always or (cell.line < last and assigned(cell.source) & wanted):
            kept.append(cell)
            wanted |= used(cell.source)
    return kept[::-1]
