"""Which names a cell defines, changes and takes from outside.

What a function, lambda, comprehension or type parameter keeps to itself is Python's
own decision, asked for with `symtable`. A symbol table knows no order, so the tree is
walked for what depends on it: a name that is read before it is assigned comes from
outside, and ``x[0] = 1`` changes x.
"""

from __future__ import annotations

import ast
import symtable
import textwrap
from collections.abc import Iterator


class Names(ast.NodeVisitor):
    """Names that a module's code assigns, and those it reads before it does.

    ``assigned`` and ``used`` are complete once the tree was visited. What functions
    read counts as read where they are defined. With ``in_class`` the code is a class's
    body: its names are seen by its own statements, and by nothing inside these.
    """

    def __init__(self, in_class: bool = False) -> None:
        self.assigned: set[str] = set()
        self.used: set[str] = set()
        self.in_class = in_class

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Store):
            self._reads({node.id})
        if not isinstance(node.ctx, ast.Load):
            self.assigned.add(node.id)

    def _reads(self, names: set[str], inside: bool = False) -> None:
        """Note what is read: by a scope `inside`, or by the statements themselves."""
        hidden = set() if inside and self.in_class else self.assigned
        self.used |= names - hidden

    def visit_Subscript(self, node: ast.Subscript | ast.Attribute) -> None:
        """`x[0] = 1`, `x.a = 1` and `del x[0]` use x and change it."""
        self.generic_visit(node)
        base: ast.expr = node
        while isinstance(base, (ast.Subscript, ast.Attribute)):
            base = base.value
        if isinstance(base, ast.Name) and not isinstance(node.ctx, ast.Load):
            self.assigned.add(base.id)

    visit_Attribute = visit_Subscript

    def _in_order(self, *parts: ast.AST | None) -> None:
        for part in filter(None, parts):
            self.visit(part)

    def visit_Assign(self, node: ast.Assign) -> None:
        self._in_order(node.value, *node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        bare = isinstance(node.target, ast.Name) and not node.value
        target = None if bare else node.target  # `x: int` assigns nothing
        self._in_order(node.value, target, node.annotation)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._reads({node.target.id})
        self._in_order(node.value, node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._in_order(node.value, node.target)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._in_order(node.iter, node.target, *node.body, *node.orelse)

    visit_AsyncFor = visit_For

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self.assigned.add(alias.asname or alias.name.split(".")[0])

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Python takes the name of an exception away at the end of its handler."""
        self._in_order(node.type)
        own = {node.name} - self.assigned if node.name else set()
        self.assigned |= own
        self._in_order(*node.body)
        self.assigned -= own

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.generic_visit(node)
        if node.name:
            self.assigned.add(node.name)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self.assigned.add(node.rest)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._in_order(*node.decorator_list)
        head, body = Names(), Names(in_class=True)
        head._in_order(*node.bases, *node.keywords)
        body._in_order(*node.body)
        parameters = {p.name for p in getattr(node, "type_params", ())}
        self._reads(head.used - parameters)
        self._reads(body.used - parameters - {node.name}, inside=True)
        self.assigned |= head.assigned | {node.name}

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._scope(node)
        self.assigned.add(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_TypeAlias(self, node: ast.AST) -> None:
        self._scope(node)
        self.assigned.add(node.name.id)

    def _scope(self, node: ast.AST) -> None:
        """A node that opens a scope: what it reads, and what it assigns outside."""
        around, inside, changed = outer_names(node)
        self._reads(around)
        self._reads(inside, inside=True)
        self.assigned |= changed | set(_walruses(node))

    visit_Lambda = visit_ListComp = visit_SetComp = visit_DictComp = _scope
    visit_GeneratorExp = _scope


def outer_names(node: ast.AST) -> tuple[set[str], set[str], set[str]]:
    """Names of the module that a node reads around its scopes, or inside; or assigns.

    Around is where decorators, defaults, annotations and the iterable of a
    comprehension are computed. A name is assigned from inside by way of ``global``.
    """
    source = textwrap.indent(ast.unparse(node), "    ")
    table = symtable.symtable(f"async def _():\n{source}", "<cell>", "exec")
    (wrapper,) = table.get_children()
    within = list(_globals(wrapper, deep=True))
    around = {s.get_name() for s in _globals(wrapper) if s.is_referenced()}
    inside = {s.get_name() for s in within if s.is_referenced()}
    changed = {s.get_name() for s in within if s.is_assigned()}
    return around, inside, changed


def _globals(
    table: symtable.SymbolTable, deep: bool = False
) -> Iterator[symtable.Symbol]:
    """The symbols of one scope, or of all `deep` below it, that are the module's."""
    if not deep:
        yield from (s for s in table.get_symbols() if s.is_global())
        return
    for child in table.get_children():
        yield from _globals(child)
        yield from _globals(child, deep=True)


def _walruses(node: ast.AST) -> Iterator[str]:
    """Names that ``:=`` in a comprehension, or around a function, gives its module."""
    outside = node.args if isinstance(node, ast.Lambda) else node
    for child in ast.iter_child_nodes(outside):
        if isinstance(child, ast.NamedExpr):
            yield child.target.id
        if not isinstance(child, ast.stmt):
            yield from _walruses(child)
