"""Cut a MyST Markdown chapter into blocks: code cells, gates and text between.

Only the few constructions that the course uses are known here: ``{code-cell}`` with
its two ways of writing options, and the gates ``exercise-start``/``-end`` and
``solution-start``/``-end``. Every block remembers its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

GATE = re.compile(r"^(`{3,})\{(exercise|solution)-(start|end)\}\s*(.*?)\s*$")
CODE = re.compile(r"^(`{3,})\{code-cell\}.*$")
FENCE = re.compile(r"^(`{3,}|~{3,})")
OPTION = re.compile(r"^:([\w-]+):\s*(.*)$")


@dataclass
class Block:
    """One piece of a chapter.

    ``kind`` is ``text``, ``code`` or a gate's name; ``line`` counts from 1 and ``end``
    is its last line. ``exercise`` is the label of the exercise that the block belongs
    to; on a start gate ``body`` is the text up to the end gate.
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


def blocks(text: str) -> list[Block]:
    """Cut `text` into blocks, in order. Never fails: what is odd stays text."""
    lines = text.splitlines()
    found: list[Block] = []
    at = _after_header(lines)
    while at < len(lines):
        block = _code(lines, at) or _gate(lines, at) or _plain(lines, at)
        found.append(block)
        at = block.end
    return found


def _after_header(lines: list[str]) -> int:
    if lines[:1] != ["---"]:
        return 0
    return lines.index("---", 1) + 1 if "---" in lines[1:] else 0


def _closing(lines: list[str], at: int, fence: str) -> int:
    """Index of the line that closes `fence`, or the number of lines."""
    for index in range(at + 1, len(lines)):
        line = lines[index].rstrip()
        if line.startswith(fence) and not line.strip(fence[0]):
            return index
    return len(lines)


def _code(lines: list[str], at: int) -> Block | None:
    match = CODE.match(lines[at])
    if not match:
        return None
    end = _closing(lines, at, match.group(1))
    body, options = lines[at + 1 : end], {}
    if body[:1] == ["---"] and "---" in body[1:]:
        stop = body.index("---", 1)
        options = yaml.safe_load("\n".join(body[1:stop])) or {}
        body = body[stop + 1 :]
    while body and (option := OPTION.match(body[0])):
        options[option.group(1)] = yaml.safe_load(option.group(2))
        body = body[1:]
    tags = options.get("tags") or ()
    tags = (tags,) if isinstance(tags, str) else tuple(tags)
    return Block("code", "\n".join(body).strip("\n"), at + 1, end + 1, tags)


def _gate(lines: list[str], at: int) -> Block | None:
    match = GATE.match(lines[at])
    if not match:
        return None
    fence, what, side, argument = match.groups()
    end = _closing(lines, at, fence)
    options = {}
    for line in lines[at + 1 : end]:
        if option := OPTION.match(line):
            options[option.group(1)] = option.group(2).strip()
    label = options.get("label", "") if what == "exercise" else argument
    return Block(
        f"{what}-{side}",
        "\n".join(lines[at : end + 1]),
        at + 1,
        end + 1,
        label=label,
        title=argument,
        classes=options.get("class", ""),
    )


def _plain(lines: list[str], at: int) -> Block:
    """Text up to the next cell or gate; a fence inside it is passed over whole."""
    end = at
    while end < len(lines) and not (CODE.match(lines[end]) or GATE.match(lines[end])):
        fence = FENCE.match(lines[end])
        end = _closing(lines, end, fence.group(1)) + 1 if fence else end + 1
    end = min(end, len(lines))
    return Block("text", "\n".join(lines[at:end]), at + 1, end)
