"""Whether a file does what it did at an earlier commit, though it was moved since.

Two files are the same here when their syntax trees are, after these are set aside:
comments, docstrings, layout, import statements, and the names of modules that moved.
A name that an import binds stands for what it leads to, so that two imports of
unlike things by one name differ, and one thing under two addresses does not.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from n2t.ledger.imports import Tree
from n2t.ledger.sources import WITHOUT

IMPORTS = ast.Import | ast.ImportFrom
WORD = re.compile(r"[\w/-]+(?:\.\w+)*")  # a path, or names joined by dots
HOLDERS = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Move:
    """Files as they were and as they are; ``renames``: the new path of each moved."""

    old: Tree
    new: Tree
    renames: Mapping[str, str]
    known: dict[str, str] = field(default_factory=dict)

    def difference(self, path: str) -> str:
        """In what a file differs from what it was; "" if in nothing that counts."""
        if path not in self.known:
            self.known[path] = self._difference(path)
        return self.known[path]

    def _difference(self, path: str) -> str:
        before = self.ancestor(path)
        if not before:
            return f"{path} is new"
        old = _Plain(self.old, before, self._now()).dump()
        same = old == _Plain(self.new, path, {}).dump()
        return "" if same else f"{path} does something else"

    def ancestor(self, path: str) -> str:
        """Where a file lay; "" if it is new."""
        for before, after in self.renames.items():
            if after == path:
                return before
        stayed = path not in self.renames and self.old.place(path).is_file()
        return path if stayed else ""

    def text(self, text: str) -> str:
        """A text with the paths and names of moved modules as they are now."""
        return _moved(text, self._now())

    def _now(self) -> dict[str, str]:
        """Today's path of each moved file, and today's name of each moved module."""
        scripts = [pair for pair in self.renames.items() if pair[0].endswith(".py")]
        names = {self.old.module(a): self.new.module(b) for a, b in scripts}
        return dict(self.renames) | names


def _moved(text: str, now: Mapping[str, str]) -> str:
    """A text with whole words, where ``now`` has them, as they are now."""
    return WORD.sub(lambda match: _word(match[0], now), text)


def _word(word: str, now: Mapping[str, str]) -> str:
    """A path or a dotted name as it is now: ``a.b.c`` where a.b has moved, too."""
    parts = word.split(".")
    for size in range(len(parts), 0, -1):
        if (known := ".".join(parts[:size])) in now:
            return ".".join([now[known], *parts[size:]])
    return word


class _Plain(ast.NodeTransformer):
    """A file's syntax tree without what does not count."""

    def __init__(self, tree: Tree, path: str, renames: Mapping[str, str]):
        self.tree, self.path, self.renames = tree, path, renames
        self.bound = tree.bound(path)

    def dump(self) -> str:
        text = self.tree.place(self.path).read_text(encoding="utf-8")
        return ast.dump(self.visit(ast.parse(text)))

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, HOLDERS) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
        for part in ("body", "orelse", "finalbody"):
            if isinstance(statements := getattr(node, part, None), list):
                kept = [each for each in statements if not isinstance(each, IMPORTS)]
                setattr(node, part, kept)
        return super().generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._meaning(node) or node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self._meaning(node) or self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            node.value = _moved(node.value, self.renames)
        return node

    def _meaning(self, node: ast.expr) -> ast.Name | None:
        """What a name or a chain of attributes leads to, if an import began it."""
        parts = ast.unparse(node).split(".")
        if not isinstance(_root(node), ast.Name) or parts[0] not in self.bound:
            return None
        name = ".".join([self.bound[parts[0]], *parts[1:]])
        return ast.Name(self._address(name), node.ctx)

    def _address(self, name: str) -> str:
        """The one address of a thing: the file that makes it, and its name there."""
        while found := self.tree.find(name):
            path, rest = found
            first, _, others = rest.partition(".")
            onward = self.tree.bound(path).get(first)
            if not onward or onward == name:
                now = self.renames.get(path, path)
                return f"ledger:{rest}" if now.startswith(WITHOUT) else f"{now}:{rest}"
            name = f"{onward}.{others}" if others else onward
        return name


def _root(node: ast.expr) -> ast.expr:
    """What a chain of attributes begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node
