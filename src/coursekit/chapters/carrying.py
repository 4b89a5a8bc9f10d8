"""Code that an exercise's words need, beside what its answer and tests use.

A statement that says "take `learn` and `tables`" needs the cells that define them, and
a figure that is drawn again needs its data. The statements that define them are carried
without what else their cells do; training itself is never carried.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from coursekit.chapters.exercises import Cell, Chapter, Exercise, bare
from coursekit.chapters.myst import blocks, fences, lines_of
from coursekit.chapters.slicing import BUILTIN, assigned, parsed, used

#: Inline code that is no role's content.
SPAN = re.compile(r"(?<![`}\w])`([^`\n]+)`(?!`)")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)


def mentioned(exercise: Exercise) -> set[str]:
    """Names that the statement takes from the chapter, as its inline code has them.

    Not those that it introduces itself, with a signature, a listing or the answer's
    starter; nor single letters, which are mathematics.
    """
    trees = [tree for text in _spans(exercise.statement) if (tree := _tree(text))]
    own = introduced(exercise)
    for tree in (*trees, *trees):  # twice: a function may be named before its argument
        for call in _nodes(tree, ast.Call):
            if isinstance(call.func, ast.Name) and call.func.id in own:
                own |= _names(call)
    found = set().union(*map(_names, trees))
    return {name for name in found - own - BUILTIN if len(name) > 1}


def defined(chapter: Chapter) -> set[str]:
    """Functions, classes and imports of the chapter's own cells, by name."""
    return set().union(*map(_defined, _sources(chapter)))


@lru_cache(2048)
def _defined(source: str) -> frozenset[str]:
    """The same of one cell."""
    return frozenset(
        name
        for node in parsed(source).body
        if isinstance(node, (*DEFINITIONS, *IMPORTS))
        for name in assigned(ast.unparse(node))
    )


def variables(chapter: Chapter) -> set[str]:
    """Every other name that they assign."""
    return set().union(*map(assigned, _sources(chapter))) - defined(chapter)


def _sources(chapter: Chapter) -> tuple[str, ...]:
    """The chapter's cells, without solutions and checks."""
    own = _kept_out(chapter)
    return tuple(cell.source for cell in chapter.cells if cell.line not in own)


def _spans(statement: str) -> list[str]:
    """The inline code outside listings."""
    lines = lines_of(statement)
    for fence in fences(statement):
        lines[fence.start : fence.end] = ["\n"] * (fence.end - fence.start)
    return SPAN.findall("".join(lines))


def introduced(exercise: Exercise) -> set[str]:
    """What the answer's code and the statement's listings define, arguments too."""
    sources = [bare(exercise.solution)]
    sources += [fence.body for fence in fences(exercise.statement)]
    found: set[str] = set()
    for tree in filter(None, map(_tree, sources)):
        found |= assigned(ast.unparse(tree))
        found |= {node.arg for node in _nodes(tree, ast.arg)}
        found |= {node.name for node in _nodes(tree, *DEFINITIONS)}
    return found


def _tree(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def _nodes(tree: ast.AST, *kinds: type) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree) if isinstance(node, kinds))


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in _nodes(tree, ast.Name)}


def trainers(chapter: Chapter) -> set[str]:
    """Functions of the chapter that train, themselves or by calling one that does."""
    return set(_trainers(_sources(chapter)))


@lru_cache(64)
def _trainers(sources: tuple[str, ...]) -> frozenset[str]:
    nodes = [node for source in sources for node in parsed(source).body]
    bodies = [node for node in nodes if isinstance(node, DEFINITIONS)]
    found, before = {"fit"}, set()
    while found != before:
        before = set(found)
        found |= {node.name for node in bodies if _calls(node, found)}
    return frozenset(found)


def _calls(tree: ast.AST, trained: set[str]) -> bool:
    """Whether it calls one of those functions, or goes backward itself."""
    for call in _nodes(tree, ast.Call):
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if name in trained if isinstance(call.func, ast.Name) else name == "backward":
            return True
    return False


def trains(node: ast.stmt, trained: set[str]) -> bool:
    """Whether running this statement trains, and does not only say how."""
    return not isinstance(node, DEFINITIONS) and _calls(node, trained)


def carried(
    chapter: Chapter, wanted: Iterable[str], given: Iterable[Cell], before: int
) -> list[Cell]:
    """The parts of cells that define the `wanted` names, in order.

    Nothing that the cells `given` define already; nothing from below the line
    `before`, from solutions or checks. Raises `LookupError` naming what only training
    could define.
    """
    wanted, given, asked = set(wanted), list(given), None
    while wanted != asked:
        asked = set(wanted)
        found = list(_walk_back(chapter, asked, given, before))
        wanted |= _called_later(chapter, found, given)
    return found[::-1]


def _called_later(chapter: Chapter, found: list[Cell], given: list[Cell]) -> set[str]:
    """Names that functions use though a cell further down defines them."""
    sources = [cell.source for cell in (*found, *given)]
    inside = [
        ast.unparse(node)
        for cell in found
        for node in parsed(cell.source).body
        if isinstance(node, DEFINITIONS)
    ]
    missing = set().union(*map(used, inside)) - set().union(*map(assigned, sources))
    return missing & (defined(chapter) | variables(chapter))


def _walk_back(
    chapter: Chapter, wanted: set[str], given: list[Cell], before: int
) -> Iterator[Cell]:
    """The cells from the last to the first; `wanted` follows what is still missing."""
    trained, own, fixed = trainers(chapter), _kept_out(chapter), defined(chapter)
    known: dict[int, set[str]] = {}
    for cell in given:
        known.setdefault(cell.line, set()).update(cell.source.splitlines())
    for cell in reversed(chapter.cells):
        if cell.line >= before or cell.line in own:
            continue
        source = _part(cell.source, wanted, trained, fixed)
        wanted = wanted - _bound(parsed(source))
        if not set(source.splitlines()) <= known.get(cell.line, set()):
            wanted |= used(source)
            yield replace(cell, source=source)


def _kept_out(chapter: Chapter) -> set[int]:
    """Lines of the cells that belong to a solution or a check."""
    pieces = [piece for piece in blocks(chapter.text) if piece.kind == "code"]
    return {p.line for p in pieces if p.in_solution or "check" in p.tags}


def _part(source: str, wanted: set[str], trained: set[str], fixed: set[str]) -> str:
    """The statements of a cell that define the wanted names; "" for nothing.

    Functions, classes and modules are `fixed`: calling their methods changes nothing.
    """
    wanted, kept, lines = set(wanted), set(), source.splitlines()
    for node in reversed(parsed(source).body):
        place = range(_first_line(node) - 1, node.end_lineno)
        text = "\n".join(lines[i] for i in place)
        if hit := (assigned(text) | _changed(node) - fixed) & wanted:
            if trains(node, trained):
                raise LookupError(f"only training defines {', '.join(sorted(hit))}")
            wanted = (wanted - _bound(parsed(text))) | used(text)
            kept |= set(place)
    shown = [x for i, x in enumerate(lines) if i in kept or not x.strip()]
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(shown)).strip("\n")


def _changed(node: ast.stmt) -> set[str]:
    """Names whose methods it calls for their effect alone, as in `x.append(1)`."""
    if isinstance(node, DEFINITIONS):
        return set()
    calls = (expression.value for expression in _nodes(node, ast.Expr))
    bases = (getattr(getattr(call, "func", None), "value", None) for call in calls)
    return {base.id for base in bases if isinstance(base, ast.Name)}


def _first_line(node: ast.stmt) -> int:
    """Where a statement begins, its decorators included."""
    above = getattr(node, "decorator_list", ())
    return min([node.lineno, *(decorator.lineno for decorator in above)])


def _bound(tree: ast.Module) -> set[str]:
    """Names that it binds anew, whatever they were before."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, DEFINITIONS):
            found.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign, *IMPORTS)):
            text = ast.unparse(node)
            found |= assigned(text) - used(text)
    return found
