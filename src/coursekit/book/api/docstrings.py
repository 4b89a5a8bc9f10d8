"""A docstring as a page's Markdown.

Docstrings are written in Markdown already, but for three things: examples that can be
run, sections such as ``Args:`` with an indented list, and roles such as ``:func:``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from coursekit.chapters.myst import listing

ROLE = re.compile(r":[a-z]+:`~?([^`]+)`")
SECTION = re.compile(r"(Args|Attributes|Raises|Returns|Yields):")
TITLES = {"Args": "Arguments"}
ITEM = re.compile(r"(\*{0,2}\w[\w., *]*): +(.*)")
CODE = re.compile(r"(``.*?``|`[^`]*`)", re.S)
#: What has a meaning in Markdown and none in a docstring.
MARKUP = re.compile(r"[<$]|(?<=\w)\.(?=py\b|md\b)")


def markdown(docstring: str) -> str:
    """The Markdown of a docstring whose indentation was taken off."""
    return "\n\n".join(filter(None, _pieces(docstring.splitlines()))) + "\n"


def _pieces(lines: list[str]) -> Iterator[str]:
    """Examples, sections, and the text between them."""
    text: list[str] = []
    while lines:
        size = _example(lines) or _section(lines)
        if not size:
            text.append(lines[0])
            lines = lines[1:]
            continue
        yield _text(text)
        text = []
        taken, lines = lines[:size], lines[size:]
        yield _listed(taken) if SECTION.fullmatch(taken[0]) else _run(taken)
    yield _text(text)


def _example(lines: list[str]) -> int:
    """How many lines an example has that begins here."""
    if not lines[0].lstrip().startswith(">>>"):
        return 0
    ends = (at for at, line in enumerate(lines) if not line.strip())
    return next(ends, len(lines))


def _section(lines: list[str]) -> int:
    """How many lines a section has that begins here."""
    if not SECTION.fullmatch(lines[0]):
        return 0
    inside = (1 + at for at, x in enumerate(lines[1:]) if x.strip() and x[0] != " ")
    return next(inside, len(lines))


def _run(lines: list[str]) -> str:
    """An example, as a listing."""
    margin = len(lines[0]) - len(lines[0].lstrip())
    return listing("\n".join(line[margin:] for line in lines), "{code-block} pycon")


def _listed(lines: list[str]) -> str:
    """A section: its title, then an item a name, or text."""
    title = lines[0].removesuffix(":")
    inside = [line for line in lines[1:] if line.strip()]
    margin = min(len(line) - len(line.lstrip()) for line in inside)
    items: list[str] = []
    for line in (line[margin:] for line in inside):
        if line[0] != " " and (found := ITEM.fullmatch(line)) and title != "Returns":
            items.append(f"- `{found[1]}`: {_text([found[2]])}")
        elif items:
            items[-1] += f"\n  {_text([line.strip()])}"
        else:
            items.append(_text([line.strip()]))
    return f"*{TITLES.get(title, title)}*\n\n" + "\n".join(items)


def _text(lines: list[str]) -> str:
    """Text without roles, and with nothing that Markdown would take for its own."""
    text = ROLE.sub(r"`\1`", "\n".join(lines).strip("\n"))
    parts = CODE.split(text)
    parts[::2] = [MARKUP.sub(r"\\\g<0>", part) for part in parts[::2]]
    return "".join(parts)
