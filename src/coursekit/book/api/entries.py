"""What the library offers: its public names, read from the text of its files.

Public is what a package or module lists in ``__all__``, what a module at the top of
the library defines without such a list, and what a page uses from anywhere below. A
name that is handed on is one entry, under the name by which it is to be imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import n2t
from n2t.ledger.imports import Tree

LIBRARY = "n2t"
#: Rooms that nobody imports: the command line.
COMMANDS = (f"{LIBRARY}.cli",)
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
TREE = Tree(Path(n2t.__file__).parent)


@dataclass(frozen=True)
class Entry:
    """A public name: how it is imported, the file that makes it, and where there.

    ``node`` makes it; ``remark`` is what the comment over a constant says.
    """

    name: str
    path: str
    node: ast.stmt
    remark: str = ""

    @property
    def short(self) -> str:
        """The name alone."""
        return self.name.rpartition(".")[2]

    @property
    def module(self) -> str:
        """The package or module that it is imported from."""
        return self.name.rpartition(".")[0]

    @property
    def room(self) -> str:
        """The room, which is a heading of the reference."""
        deep = 3 if self.name.startswith(f"{LIBRARY}.data.") else 2
        return ".".join(self.name.split(".")[:deep])

    @property
    def kind(self) -> str:
        """``class``, ``function`` or ``data``, as Sphinx calls them."""
        if isinstance(self.node, ast.ClassDef):
            return "class"
        return "function" if isinstance(self.node, FUNCTIONS) else "data"

    @cached_property
    def docstring(self) -> str:
        """What it says of itself."""
        if self.kind == "data":
            return self.remark
        return ast.get_docstring(self.node) or ""


@cache
def home(name: str) -> tuple[str, str] | None:
    """Where a full name is made: the file, and the name there; None for others."""
    found = TREE.find(name) if name.partition(".")[0] == LIBRARY else None
    if not found or not found[1]:
        return None
    path, inside = found
    first = inside.partition(".")[0]
    return (path, first) if _made(path, first) else None


def read_entries(used: Iterable[str] = ()) -> list[Entry]:
    """All entries, by their names; ``used`` are full names that pages use."""
    names = {place: name for name in used if _open(name) and (place := home(name))}
    names = {place: _full(*place) for place in names}
    names |= {place: name for name in _offered() if (place := home(name))}
    found = [_entry(name, *place) for place, name in names.items()]
    return sorted(found, key=lambda entry: (entry.room, entry.module, entry.short))


def _offered() -> Iterator[str]:
    """Full names that packages and the modules at the top say are theirs."""
    folder = TREE.place(f"src/{LIBRARY}")
    files = [*folder.glob("*.py"), *folder.rglob("*/__init__.py")]
    for path in sorted(map(TREE.path, files), reverse=True):
        module = TREE.module(path)
        listed = _listed(path)
        if listed is None and not path.endswith("__init__.py"):
            listed = _defined(path)
        if module not in COMMANDS and _open(module):
            yield from (f"{module}.{name}" for name in listed or ())


@cache
def foreign() -> frozenset[str]:
    """Short names that files of the library take from elsewhere, such as Tensor."""
    files = TREE.place(f"src/{LIBRARY}").rglob("*.py")
    bound = [pair for path in files for pair in TREE.bound(TREE.path(path)).items()]
    return frozenset(n for n, means in bound if means.partition(".")[0] != LIBRARY)


def _open(name: str) -> bool:
    return not any(part.startswith("_") for part in name.split("."))


def _full(path: str, name: str) -> str:
    return f"{TREE.module(path)}.{name}"


def _listed(path: str) -> list[str] | None:
    """What a file has in its ``__all__``; None without one."""
    for node in TREE.parsed(path).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    return None


def _defined(path: str) -> list[str]:
    """The public functions and classes of a file."""
    kinds = (FUNCTIONS, ast.ClassDef)
    body = TREE.parsed(path).body
    return [n.name for n in body if isinstance(n, kinds) and n.name[0] != "_"]


def _made(path: str, name: str) -> ast.stmt | None:
    """The statement of a file that makes a name."""
    for node in TREE.parsed(path).body:
        if isinstance(node, FUNCTIONS | ast.ClassDef) and node.name == name:
            return node
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            several = target.elts if isinstance(target, ast.Tuple) else [target]
            if name in map(ast.unparse, several):
                return node
    return None


def _entry(name: str, path: str, made: str) -> Entry:
    node = _made(path, made)
    is_data = isinstance(node, ast.Assign | ast.AnnAssign)
    return Entry(name, path, node, _remark(path, node) if is_data else "")


def _remark(path: str, node: ast.stmt) -> str:
    """The comment that stands over a constant, or behind it."""
    lines = TREE.place(path).read_text("utf-8").splitlines()
    above, at = [], node.lineno - 2
    while at >= 0 and lines[at].startswith("#: "):
        above.insert(0, lines[at].removeprefix("#: "))
        at -= 1
    behind = lines[node.end_lineno - 1].partition("  # ")[2]
    return " ".join(above) or behind
