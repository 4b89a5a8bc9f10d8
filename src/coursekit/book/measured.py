"""A page says which of its recorded numbers are of an earlier state of the code.

A record may be marked as measured at a commit, since when code that it depends on has
changed (`n2t.ledger.Record.measured_at`). A page that reads such a record ends with a
note, and so does the notebook made from it. Which records a page reads is found here,
in its ``{ledger}`` roles and in its cells' calls of `n2t.ledger.result` and
`n2t.data.cards.facts`, so no author has to remember; a call whose record cannot be told
from the text stops the build.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from coursekit.book.ledger_text import ROLE, USE
from coursekit.chapters.myst import blocks
from n2t import ledger

READERS = {  # what reads a record, and the start of the record's name
    "n2t.ledger.result": "",
    "n2t.ledger.records.result": "",
    "n2t.data.cards.facts": "data/",
}
SAID = (
    "Some numbers of this page are from runs of an earlier state of the code, which "
    "have not been repeated since: "
)


class Use(NamedTuple):
    """A record, or several, that a page reads: for the reader, and as a pattern."""

    shown: str
    pattern: str


def uses(text: str) -> list[Use]:
    """The records that a page of MyST Markdown reads, each once.

    Raises:
        ValueError: a line that reads a record whose name is not in it.
    """
    roles = (USE.fullmatch(role.strip()) for role in ROLE.findall(text))
    found = [Use(m["name"], re.escape(m["name"])) for m in roles if m]
    cells = [block for block in blocks(text) if block.kind == "code"]
    trees = [_parsed(cell.source) for cell in cells]
    bound = {name: what for tree in trees for name, what in _bound(tree)}
    for cell, tree in zip(cells, trees, strict=True):
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                child.parent = node
        for node in ast.walk(tree):
            if (reader := _meaning(node, bound)) in READERS:
                try:
                    found.append(_use(node, READERS[reader]))
                except ValueError as error:
                    line = cell.source.splitlines()[node.lineno - 1].strip()
                    where = _line(text, cell.line, line)
                    raise ValueError(f"line {where}: {error}: {line}") from None
    return list(dict.fromkeys(found))


def marked(found: list[Use], root: Path | str | None = None) -> dict[str, list[str]]:
    """commit: names of the records that are read, were measured there, and are marked.

    A pattern may fit more records than the page reads; then they are named too.
    """
    commits: dict[str, list[str]] = defaultdict(list)
    for name in ledger.names(root):
        read = any(re.fullmatch(use.pattern, name) for use in found)
        if read and (commit := ledger.result(name, root=root).measured_at):
            commits[commit[:7]].append(name)
    return dict(commits)


def note(commits: dict[str, list[str]]) -> str:
    """A sentence in Markdown: "... ``toy/`` a, b (commit 0123456); ..."; "" if none."""
    said = []
    for commit, names in commits.items():
        rooms = groupby(names, lambda name: name[: name.rfind("/") + 1])
        parts = (
            f"`{room}` {', '.join(name.removeprefix(room) for name in some)}"
            for room, some in rooms
        )
        said.append(f"{', '.join(parts)} (commit {commit})")
    return f"{SAID}{'; '.join(said)}." if said else ""


def _parsed(source: str) -> ast.Module:
    """A cell's syntax tree, without lines that are IPython's own."""
    lines = ("" if re.match(r"\s*[%!]", line) else line for line in source.split("\n"))
    return ast.parse("\n".join(lines))


def _bound(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each name that an import binds, and what it means."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield alias.asname or first, alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _meaning(node: ast.AST, bound: dict[str, str]) -> str:
    """What a name, or names joined by dots, mean; "" for anything else."""
    if isinstance(node, ast.Attribute):
        before = _meaning(node.value, bound)
        return before and f"{before}.{node.attr}"
    return bound.get(node.id, "") if isinstance(node, ast.Name) else ""


def _use(reader: ast.expr, start: str) -> Use:
    """The record that the call of a reader names."""
    call = reader.parent
    given = isinstance(call, ast.Call) and call.func is reader and call.args
    name = call.args[0] if given else None
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return Use(start + name.value, re.escape(start + name.value))
    if not isinstance(name, ast.JoinedStr):
        raise ValueError("a record's name must stand where it is read, as text")
    parts = [isinstance(p, ast.Constant) and p.value for p in name.values]
    shown = start + "".join("…" if part is False else part for part in parts)
    pattern = "".join(".+" if part is False else re.escape(part) for part in parts)
    return Use(shown, re.escape(start) + pattern)


def _line(text: str, start: int, line: str) -> int:
    """The number of a cell's line in its page; the cell's own if it is not found."""
    lines = [each.strip() for each in text.splitlines()[start - 1 :]]
    return start + lines.index(line) if line in lines else start
