"""How an entry is called: its signature, as it is written in its file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from coursekit.book.api.entries import FUNCTIONS, Entry

#: A value that is longer says nothing at a glance.
LONGEST_VALUE = 60
#: Methods without a name of their own that are worth an entry, if they say something.
SPECIAL = ("__call__", "__len__", "__iter__", "__getitem__")
PROPERTIES = ("property", "cached_property", "functools.cached_property")


class Shown(NamedTuple):
    """What Sphinx is told of a name: directive, signature, options, docstring."""

    directive: str
    signature: str
    options: dict[str, str]
    docstring: str


def shown(entry: Entry) -> Shown:
    """An entry itself."""
    signature, options = entry.name, {}
    if entry.kind == "function":
        signature += _called(entry.node)
    elif entry.kind == "class":
        signature += _constructed(entry.node)
    else:
        options = _valued(entry.node, entry.short)
    return Shown(entry.kind, signature, options, entry.docstring)


def methods(entry: Entry) -> Iterator[Shown]:
    """The public methods of a class that say what they do."""
    body = entry.node.body if entry.kind == "class" else ()
    for node in body:
        public = isinstance(node, FUNCTIONS) and (
            node.name[0] != "_" or node.name in SPECIAL
        )
        docstring = ast.get_docstring(node) if public else ""
        if docstring:
            yield _method(node, docstring)


def bases(entry: Entry) -> list[str]:
    """What a class is made from, but for what all are."""
    found = entry.node.bases if entry.kind == "class" else ()
    names = (ast.unparse(base) for base in found)
    return [name for name in names if name.partition("[")[0] not in ("object", "ABC")]


def _method(node: ast.FunctionDef, docstring: str) -> Shown:
    marks = {ast.unparse(mark) for mark in node.decorator_list}
    if marks & set(PROPERTIES):
        options = {"type": ast.unparse(node.returns)} if node.returns else {}
        return Shown("property", node.name, options, docstring)
    options = {mark: "" for mark in ("classmethod", "staticmethod") if mark in marks}
    own = "staticmethod" not in options
    return Shown("method", f"{node.name}{_called(node, own)}", options, docstring)


def _called(node: ast.FunctionDef, own: bool = False) -> str:
    """Arguments and result; without the first argument where that is the object."""
    arguments = ast.parse(f"def f({ast.unparse(node.args)}): 0").body[0].args
    if own:
        (arguments.posonlyargs or arguments.args).pop(0)
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"({ast.unparse(arguments)}){result}"


def _constructed(node: ast.ClassDef) -> str:
    """What a class is made with; "" where it does not say."""
    for inside in node.body:
        if isinstance(inside, FUNCTIONS) and inside.name == "__init__":
            return _called(inside, own=True).removesuffix(" -> None")
    marks = " ".join(ast.unparse(mark) for mark in node.decorator_list)
    kinds = " ".join(ast.unparse(base) for base in node.bases)
    if "dataclass" not in marks and "NamedTuple" not in kinds:
        return ""
    fields = [_field(inside) for inside in node.body if _is_field(inside)]
    star = ["*"] if "kw_only=True" in marks and fields else []
    return f"({', '.join(star + fields)})"


def _is_field(node: ast.stmt) -> bool:
    is_field = isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    return is_field and "ClassVar" not in ast.unparse(node.annotation)


def _field(node: ast.AnnAssign) -> str:
    value = "" if node.value is None else ast.unparse(node.value)
    if value.startswith("field("):
        value = "..."
    default = f" = {value}" if value else ""
    return f"{node.target.id}: {ast.unparse(node.annotation)}{default}"


def _valued(node: ast.Assign | ast.AnnAssign, name: str) -> dict[str, str]:
    """Type and value of a constant, where they are short."""
    kind = getattr(node, "annotation", None)
    options = {"type": ast.unparse(kind)} if kind else {}
    value = ast.unparse(_value(node, name)) if node.value else ""
    return options | ({"value": value} if 0 < len(value) <= LONGEST_VALUE else {})


def _value(node: ast.Assign | ast.AnnAssign, name: str) -> ast.expr:
    """A constant's value; its own part, where several get theirs at once."""
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
        pairs = zip(target.elts, node.value.elts, strict=True)
        return next(value for each, value in pairs if ast.unparse(each) == name)
    return node.value
