"""MyST Markdown as plain Markdown, for readers' notebooks in JupyterLab.

JupyterLab draws headings, lists, tables and formulas; the course's directives
and roles it would show as they are typed. Each becomes the nearest plain thing.
"""

from __future__ import annotations

import re

DIRECTIVE = re.compile(r"^(`{3,}|:{3,})\{([\w:-]+)\}\s*(.*)$")
OPTION = re.compile(r"^:[\w-]+:")
TARGET = re.compile(r"^\([\w-]+\)=\s*$")
CITED = re.compile(r"([a-z]+)(\d{4})\w*")
ROLE = re.compile(r"\{([\w:]+)\}`([^`]*)`")
MATH_LABEL = re.compile(r"^(\$\$.*\$\$|\$\$) *\([\w-]+\)\s*$", re.M)
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)[^)]*\)")


def plain(text: str, values: dict[str, str] | None = None) -> str:
    """A markdown cell without MyST.

    `values` gives glued values by name, as text; one that is not there shows
    as "…". Directives become quotations, references become words.
    """
    text = "\n".join(_without_directives(text.splitlines()))
    text = MATH_LABEL.sub(r"\1", text)
    text = LINK.sub(r"*\1*", text)
    return ROLE.sub(lambda match: _role(*match.groups(), values or {}), text).strip()


def _without_directives(lines: list[str]) -> list[str]:
    """Directives as quotations with their title in bold; targets taken out."""
    shown, fence, options, close = [], "", False, ""
    for line in lines:
        match = DIRECTIVE.match(line)
        if match and not fence:
            fence, options = match.group(1), True
            close = {"code-block": "```", "math": "$$"}.get(match[2], "")
            first = f"```{match[3]}" if close == "```" else close
            shown += [first] if close else _heading(match[2], match[3])
        elif fence and line.strip() == fence:
            fence = ""
            shown.append(close)
        elif fence and options and OPTION.match(line):
            continue
        elif fence:
            options = False
            shown.append(line if close else f"> {line}".rstrip())
        elif not TARGET.match(line):
            shown.append(line)
    return shown


def _heading(name: str, title: str) -> list[str]:
    """The first line of what a directive becomes."""
    if name == "exercise-start":
        return [f"### Exercise: {title}"]
    if name in ("exercise-end", "solution-start", "solution-end"):
        return []
    if name in ("figure", "image"):
        return ["> *Figure: see the page.*", ">"]
    word = title if name in ("admonition", "card", "dropdown") else name.capitalize()
    return [f"> **{word or 'Note'}**", ">"]


def _role(name: str, content: str, values: dict[str, str]) -> str:
    """What a role shows, in words."""
    kind = name.split(":")[0]
    if kind == "glue":
        return _glued(content, values)
    if kind == "cite":
        cited = ", ".join(map(_cited, content.split(",")))
        return cited if name == "cite:t" else f"({cited})"
    if kind in ("ref", "doc", "numref", "eq"):
        named = re.match(r"(.*)<.*>$", content)
        words = {"numref": "the figure", "eq": "(above)"}
        return named.group(1).strip() if named else words.get(kind, f"*{content}*")
    if kind == "ledger":
        return _recorded(content)
    return f"${content}$" if kind == "math" else f"`{content}`"


def _glued(content: str, values: dict[str, str]) -> str:
    """A glued value in its format; "…" if the page was not built."""
    name, _, form = content.partition(":")
    value = values.get(name)
    if value is None:
        return "…"
    try:
        return format(float(value), form)
    except ValueError:
        return value.strip("'\"")


def _cited(key: str) -> str:
    """`vaswani2017attention` as "Vaswani 2017"."""
    found = CITED.match(key.strip())
    return f"{found.group(1).capitalize()} {found.group(2)}" if found else key


def _recorded(content: str) -> str:
    """A recorded number; "…" where there is no such record."""
    from coursekit.book.ledger_text import ledger_text

    try:
        return ledger_text(content, None)
    except (LookupError, ValueError):
        return "…"
