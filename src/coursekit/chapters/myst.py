"""The one parser of chapters: MyST Markdown cut into fences and into blocks.

What is a fence, and where it ends, is decided by markdown-it-py, as it is for the page
and the notebook. `blocks` cuts a whole chapter into code cells, gates
(``exercise-start``/``-end``, ``solution-start``/``-end``) and the text between them,
and says of each block whether it lies in a solution and to which exercise it belongs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin

CELL = "{code-cell}"
LISTINGS = ("code", "code-block", "math")  # directives that show what is in them
GATE = re.compile(r"(exercise|solution)-(start|end)")
OPTION = re.compile(r"\s*:([\w-]+):\s*(.*)")
LINE = re.compile(r".*?(?:\r\n|\r|\n)|.+\Z", re.S)
#: How many texts are remembered: those of a chapter, which are asked for many times.
REMEMBERED = 512


@dataclass
class Block:
    """One piece of a chapter.

    ``kind`` is ``header``, ``text``, ``code`` or a gate's name. ``source`` is a cell's
    code without its options, else the lines as they are; ``raw`` is always the lines
    as they are, line ends included. ``line`` counts from 1 and ``end`` is the last.
    ``exercise`` is the label of the exercise that the block belongs to: it lies
    between gates of that exercise, is one of them, or is a check that follows them.
    ``in_solution`` holds from a solution's start gate to its end gate, both included.
    On a start gate ``body`` is the text up to the end gate.
    """

    kind: str
    source: str
    line: int
    end: int
    tags: tuple[str, ...] = ()
    label: str = ""
    title: str = ""
    classes: str = ""
    exercise: str = ""
    body: str = ""
    in_solution: bool = False
    raw: str = ""


@dataclass(frozen=True)
class Fence:
    """A fenced piece that lies in no list, quotation or other fence.

    Its lines are ``start`` (from 0) up to, without, ``end``. ``directive`` is the name
    in braces, "" for a listing; ``argument`` is what follows it on the line. ``body``
    are the lines inside after those that state ``options``.
    """

    start: int
    end: int
    directive: str
    argument: str
    options: dict[str, object]
    body: str
    is_cell: bool


def lines_of(text: str) -> list[str]:
    """The lines of `text` with their ends; joined, they are the text again.

    A line ends where Markdown ends it: not at a form feed, as `str.splitlines` does.
    """
    return LINE.findall(text)


def blocks(text: str) -> list[Block]:
    """Cut `text` into blocks, in order; their ``raw``, joined, is the text again.

    Never fails: what is odd stays text. The blocks are the caller's own.
    """
    return [replace(block) for block in _blocks(text)]


@lru_cache(REMEMBERED)
def _blocks(text: str) -> tuple[Block, ...]:
    lines, found, at = lines_of(text), [], 0
    for token in _tokens(text, header=True):
        if token.type == "front_matter":
            at = token.map[1]
            found.append(_block("header", lines, 0, at))
        elif (fence := _fence(token)) and (kind := _kind(fence)):
            found += _text(lines, at, fence.start)
            at = min(fence.end, len(lines))
            found.append(_fenced(kind, fence, lines, at))
    found += _text(lines, at, len(lines))
    _place(found)
    return tuple(found)


def fences(text: str) -> Iterator[Fence]:
    """The fences of `text`, a part of a chapter, in order; not to be changed."""
    return iter(_fences(text))


@lru_cache(REMEMBERED)
def _fences(text: str) -> tuple[Fence, ...]:
    return tuple(filter(None, map(_fence, _tokens(text, header=False))))


def listing(source: str, info: str) -> str:
    """`source` between fences longer than any run of backticks in it."""
    longest = max(map(len, re.findall("`+", source)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{info}\n{source}\n{fence}\n"


def has_gates(text: str) -> bool:
    """Whether a page has a gate of an exercise or solution, be it in a wrong place."""
    gates = any(GATE.fullmatch(piece.kind) for piece in blocks(text))
    return gates or bool(nested_gates(text))


def nested_gates(text: str) -> list[int]:
    """Lines, from 0, of gates inside a list, quotation or directive.

    They are no blocks, so what they should hide would be shown.
    """
    found = []
    for token in _parser(header=False).parse(text + "\n"):
        fence = _fence(token)
        if not fence or fence.is_cell or fence.directive in ("", *LISTINGS):
            continue
        if GATE.fullmatch(fence.directive):
            found += [fence.start] if token.level else []
            continue
        inside = blocks(token.content)
        own = [p.line - 1 for p in inside if GATE.fullmatch(p.kind)]
        found += [fence.start + 1 + at for at in own + nested_gates(token.content)]
    return sorted(found)


@cache
def _parser(header: bool) -> MarkdownIt:
    """The syntax that decides about fences, as the page's and notebook's parser."""
    parser = MarkdownIt("commonmark").enable("table").use(myst_block_plugin)
    parser.use(colon_fence_plugin).disable("inline")
    return parser.use(front_matter_plugin) if header else parser


def _tokens(text: str, header: bool) -> list[Token]:
    """The tokens that lie in no other; a last line break, for plugins that want it."""
    tokens = _parser(header).parse(text + "\n")
    return [token for token in tokens if token.level == 0 and token.map]


def _fence(token: Token) -> Fence | None:
    if token.type not in ("fence", "colon_fence"):
        return None
    name, argument = [*token.info.split(maxsplit=1), "", ""][:2]
    directive = name[1:-1] if name.startswith("{") and name.endswith("}") else ""
    # As Jupytext has it: no colons, no space before, perhaps none after.
    is_cell = token.type == "fence" and token.info.startswith(CELL)
    options, body = {}, token.content
    if directive or is_cell:
        options, body = _options(token.content)
    body = body.removesuffix("\n")
    return Fence(*token.map, directive, argument.strip(), options, body, is_cell)


def _options(content: str) -> tuple[dict[str, object], str]:
    """A directive's options, in either way of writing them, and the lines below."""
    if content.startswith("---"):
        inside = content.partition("\n")[2]
        stop = re.search(r"^-{3,}", inside, re.M)
        head = inside[: stop.start()] if stop else inside
        rest = inside[stop.end() :].partition("\n")[2] if stop else ""
        values = _yaml(head)
        return (values if isinstance(values, dict) else {}), rest
    options, lines = {}, content.split("\n")
    while option := OPTION.fullmatch(lines[0]):
        options[option[1]] = option[2].strip()
        lines = lines[1:] or [""]
    return options, "\n".join(lines)


def _yaml(text: str) -> object:
    """What `text` says; None where it is no YAML, which Jupytext refuses, naming it."""
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return None


def _kind(fence: Fence) -> str:
    """What block a fence is; "" if it belongs to the text around it."""
    if fence.is_cell:
        return "code"
    return fence.directive if GATE.fullmatch(fence.directive) else ""


def _text(lines: list[str], start: int, end: int) -> list[Block]:
    return [_block("text", lines, start, end)] if start < end else []


def _block(kind: str, lines: list[str], start: int, end: int, **facts) -> Block:
    raw = lines[start:end]
    facts = {"source": "\n".join(line.rstrip("\r\n") for line in raw)} | facts
    return Block(kind, line=start + 1, end=end, raw="".join(raw), **facts)


def _fenced(kind: str, fence: Fence, lines: list[str], end: int) -> Block:
    if kind == "code":
        facts = {"source": fence.body.strip("\n"), "tags": _tags(fence.options)}
    else:
        own = kind.startswith("exercise")
        label = fence.options.get("label", "") if own else fence.argument
        classes = str(fence.options.get("class", ""))
        facts = {"label": str(label), "title": fence.argument, "classes": classes}
    return _block(kind, lines, fence.start, end, **facts)


def _tags(options: dict[str, object]) -> tuple[str, ...]:
    tags = options.get("tags")
    tags = (_yaml(tags) if isinstance(tags, str) else tags) or ()
    return tuple(map(str, tags)) if isinstance(tags, (list, tuple)) else (str(tags),)


def _place(pieces: list[Block]) -> None:
    """Write into each block where it lies, and into each start gate its body."""
    opened: Block | None = None
    last, solving = "", False
    for piece in pieces:
        if piece.kind.endswith("-start"):
            opened, last = piece, piece.label
        elif opened and not piece.kind.endswith("-end"):
            opened.body += _shown(piece)
        if opened or "check" in piece.tags:
            piece.exercise = last
        solving = piece.in_solution = solving or piece.kind == "solution-start"
        if piece.kind.endswith("-end"):
            opened, solving = None, solving and piece.kind != "solution-end"


def _shown(piece: Block) -> str:
    """A block as it stands in a gate's body."""
    is_code = piece.kind == "code"
    return listing(piece.source, "python") if is_code else piece.source + "\n"
