"""Who imports whom, read from the text of the files: nothing is run.

>>> from n2t.ledger import places
>>> tree = Tree(places.ROOT)
>>> tree.find("n2t.models.Transformer")  # through the package's own imports
('src/n2t/models/transformer.py', 'Transformer')

An import counts wherever it stands, but under ``if TYPE_CHECKING``. A name that a
package hands on leads to where it is made, and not to all that the package imports.
"""

import ast
import symtable
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

HOMES = ("src/", "")  # where packages lie, from the root of the repository
CHECKING = ("TYPE_CHECKING", "typing.TYPE_CHECKING")
DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Tree:
    """The files below a folder, as the modules that they are; each is read once.

    Paths are given and returned as from the top of the repository, with ``/``:
    "src/n2t/masks.py". ``root`` is that top, or a package that is installed apart
    from it, whose files keep the paths that they had there.
    """

    def __init__(self, root: Path | str):
        self.root = Path(root).resolve()
        self.installed = (self.root / "__init__.py").is_file()
        self.src = self.root.parent if self.installed else self.root / "src"
        self.parsed, self.bound = cache(self.parsed), cache(self.bound)

    def place(self, path: str) -> Path:
        """Where a file lies on this machine."""
        if path.startswith("src/"):
            return self.src / path.removeprefix("src/")
        return self.root / path

    def path(self, file: Path | str) -> str:
        """A file's path from the top of the repository.

        Raises:
            ValueError: it lies elsewhere.
        """
        file = (self.root / file).resolve()
        if file.is_relative_to(self.src):
            return f"src/{file.relative_to(self.src).as_posix()}"
        return file.relative_to(self.root).as_posix()

    def module(self, path: str) -> str:
        """The full name of the module in a file: "n2t.masks"."""
        parts = Path(path.removeprefix("src/")).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def file(self, module: str) -> str:
        """The file of a module; "" if there is none here."""
        if self.installed and module.partition(".")[0] != self.root.name:
            return ""  # a neighbor in site-packages
        for home in HOMES:
            for ending in (".py", "/__init__.py"):
                path = home + module.replace(".", "/") + ending
                if self.place(path).is_file():
                    return path
        return ""

    def parsed(self, path: str) -> ast.Module:
        """A file's syntax tree."""
        return ast.parse(self.place(path).read_text(encoding="utf-8"))

    def bound(self, path: str) -> dict[str, str]:
        """What each name means that a file imports: ``{"np": "numpy"}``."""
        return {name: means for name, means, _ in self._imports(path)}

    def imports(self, path: str) -> set[str]:
        """Full names of all that a file imports: "numpy", "n2t.masks.causal_mask"."""
        return {whole for _, _, whole in self._imports(path)}

    def _imports(self, path: str) -> Iterator[tuple[str, str, str]]:
        """Of each import: the name it binds, what that means, and what is imported."""
        module = self.module(path)
        package = module.split(".")
        if not path.endswith("__init__.py"):
            package = package[:-1]
        for node in _that_run(self.parsed(path)):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    first = alias.name.partition(".")[0]
                    means = alias.name if alias.asname else first
                    yield alias.asname or first, means, alias.name
            elif isinstance(node, ast.ImportFrom):
                above = package[: len(package) - node.level + 1] if node.level else []
                base = ".".join([*above, *([node.module] if node.module else [])])
                for alias in node.names:
                    whole = f"{base}.{alias.name}"
                    yield alias.asname or alias.name, whole, whole

    def find(self, name: str) -> tuple[str, str] | None:
        """The file that a full name leads to, and what of it; None if it is not here.

        A module leads to its file and "".
        """
        parts = name.split(".")
        for size in range(len(parts), 0, -1):
            if path := self.file(".".join(parts[:size])):
                break
        else:
            return None
        rest = parts[size:]
        if rest and path.endswith("__init__.py") and rest[0] in self.bound(path):
            onward = ".".join([self.bound(path)[rest[0]], *rest[1:]])
            return (self.find(onward) if onward != name else None) or (path, rest[0])
        return path, ".".join(rest)

    def used_by(self, path: str, name: str) -> set[str]:
        """Full names of the imports that one name of a module makes use of.

        Raises:
            ValueError: the module has no such name.
        """
        made, bound = _definitions(self.parsed(path)), self.bound(path)
        if name not in made and name not in bound:
            raise ValueError(f"name ({name!r}) is none that {path} defines or imports")
        seen, waiting, found = set(), [name], set()
        while waiting:
            seen.add(name := waiting.pop())
            found |= {whole for n, _, whole in self._imports(path) if n == name}
            for node in made.get(name, ()):
                waiting += _needed(node) & (made.keys() | bound.keys()) - seen
        return found

    def closure(
        self,
        entries: Iterable[Path | str],
        *,
        without: tuple[str, ...] = (),
        choosing: tuple[str, ...] = (),
    ) -> list[str]:
        """The files that entries are made of: their own, and all that these import.

        Args:
            entries: files (a path, or a text that ends with ".py") and full names.
            without: starts of paths; what lies there is left out.
            choosing: starts of paths of modules that choose among others, and so
                import them all. Such a module counts, but none of its imports does,
                but for those that a name makes use of that is itself an entry.

        Raises:
            ValueError: an entry that is neither a file nor a name here.
        """
        found: set[str] = set()
        waiting: list[str] = []
        for entry in entries:
            path, name = self._entry(entry)
            found.add(path)
            chooses = path.startswith(choosing)
            if chooses and name:
                waiting += self.used_by(path, name.partition(".")[0])
            elif not chooses:
                waiting += self.imports(path)
        while waiting:
            path = (self.find(waiting.pop()) or ("",))[0]
            if path and path not in found and not path.startswith(without):
                found.add(path)
                waiting += () if path.startswith(choosing) else self.imports(path)
        return sorted(path for path in found if not path.startswith(without))

    def _entry(self, entry: Path | str) -> tuple[str, str]:
        if isinstance(entry, Path) or entry.endswith(".py"):
            path = self.path(entry)
            if self.place(path).is_file():
                return path, ""
        elif found := self.find(entry):
            return found
        raise ValueError(f"{entry} is neither a file nor a name in {self.root}")


def _that_run(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that stand under ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) in CHECKING:
            for other in child.orelse:
                yield other
                yield from _that_run(other)
        else:
            yield child
            yield from _that_run(child)


def _definitions(tree: ast.Module) -> dict[str, list[ast.stmt]]:
    """The statements at the top of a module that make each of its names."""
    made: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        if isinstance(node, DEFINITIONS):
            made.setdefault(node.name, []).append(node)
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            for name in _stored(node):
                made.setdefault(name, []).append(node)
    return made


def _needed(node: ast.stmt) -> set[str]:
    """The names of its module that a statement at the top reads, however deep."""
    top = symtable.symtable(ast.unparse(node), "", "exec")
    found = {symbol.get_name() for symbol in top.get_symbols()}
    waiting = list(top.get_children())
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        symbols = table.get_symbols()
        found |= {symbol.get_name() for symbol in symbols if symbol.is_global()}
    return found


def _stored(node: ast.AST) -> Iterator[str]:
    """The names that a statement gives a value; not a comprehension's own."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.comprehension):
            yield from _stored(child)
