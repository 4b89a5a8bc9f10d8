"""Which cells of a chapter its exercises need: found from the names they use.

An assignment repeats no chapter. It holds the cells that define what the exercises'
answers and tests use, and nothing else. Names are followed through the syntax tree;
where that is not enough (a cell that trains a model in place, say), the author tags
the cell ``setup`` and it is always taken.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Sequence

from coursekit.chapters.exercises import Cell, Chapter, Exercise

BUILTIN = frozenset(dir(builtins)) | {"__name__", "display", "get_ipython"}


def assigned(source: str) -> set[str]:
    """Names that running `source` at top level defines or changes."""
    finder = _Names()
    finder.visit(ast.parse(_plain(source)))
    return finder.assigned


def used(source: str) -> set[str]:
    """Names that `source` takes from outside: neither its own nor built in."""
    finder = _Names()
    finder.visit(ast.parse(_plain(source)))
    return finder.used - BUILTIN


def _plain(source: str) -> str:
    """Source without the lines that only a notebook understands."""
    lines = source.splitlines()
    return "\n".join("pass" if x.lstrip().startswith(("%", "!")) else x for x in lines)


class _Names(ast.NodeVisitor):
    """Collects names assigned at top level and names read before they are assigned."""

    def __init__(self) -> None:
        self.assigned: set[str] = set()
        self.used: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            if node.id not in self.assigned:
                self.used.add(node.id)
        else:
            self.assigned.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._changed(target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        self._changed(node.target)
        self.used |= {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}

    def _changed(self, target: ast.expr) -> None:
        """`x[0] = 1` and `x.a = 1` use x and change it."""
        self.visit(target)
        base = target
        while isinstance(base, (ast.Subscript, ast.Attribute)):
            base = base.value
        if isinstance(base, ast.Name):
            self.assigned.add(base.id)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self.assigned.add(alias.asname or alias.name.split(".")[0])

    visit_ImportFrom = visit_Import

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        for part in (*node.body, *node.orelse):
            self.visit(part)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in (*node.decorator_list, *node.args.defaults):
            self.visit(part)
        self.assigned.add(node.name)
        arguments = {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
        notes = [a.annotation for a in ast.walk(node.args) if isinstance(a, ast.arg)]
        for note in (*notes, node.returns):
            if note:
                self.visit(note)
        self._inside(node.body, arguments)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        arguments = {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
        self._inside([node.body], arguments)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        self.assigned.add(node.name)
        self._inside(node.body, set())

    def _comprehension(self, node: ast.expr) -> None:
        parts = [g.iter for g in node.generators] + [
            test for g in node.generators for test in g.ifs
        ]
        own = {
            n.id
            for g in node.generators
            for n in ast.walk(g.target)
            if isinstance(n, ast.Name)
        }
        body = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._inside([*parts, *body], own)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = _comprehension
    visit_DictComp = _comprehension

    def _inside(self, body: Sequence[ast.AST], own: set[str]) -> None:
        """A scope of its own: what it assigns stays inside, what it reads counts."""
        inner = _Names()
        inner.assigned = set(own)
        for part in body:
            inner.visit(part)
        self.used |= inner.used - inner.assigned - self.assigned


def imports(source: str) -> list[str]:
    """The import statements at the top level of `source`, one string each."""
    body = ast.parse(_plain(source)).body
    return [
        ast.unparse(node)
        for node in body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]


def needed_cells(chapter: Chapter, exercises: Iterable[Exercise]) -> list[Cell]:
    """Cells of the chapter that must run before those exercises, in order.

    Solutions count where another exercise uses what they define; checks never do,
    but for their imports, which come first in a cell of their own.
    """
    exercises = list(exercises)
    wanted: set[str] = set()
    for exercise in exercises:
        wanted |= used(exercise.solution) | used(exercise.check)
    own = {cell.line for e in exercises for cell in (*e.solutions, *e.checks)}
    kept = _walk_back(chapter, wanted, own)
    lines = [
        line
        for cell in chapter.cells
        if "check" in cell.tags
        for line in imports(cell.source)
    ]
    first = Cell("\n".join(dict.fromkeys(lines)), ("setup",), 0)
    return ([first] if lines else []) + kept


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
