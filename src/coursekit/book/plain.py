"""MyST Markdown as plain Markdown, for readers' notebooks in JupyterLab.

JupyterLab draws headings, lists, tables and formulas; the course's directives
and roles it would show as they are typed. Each becomes the nearest plain thing.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from coursekit.book.citations import cited
from coursekit.book.ledger_text import ledger_text, substitute
from coursekit.chapters.labels import DISPLAYED
from coursekit.chapters.myst import Fence, fences, lines_of, listing

TARGET = re.compile(r"^\([\w-]+\)=\s*$")
#: Directives whose argument is the title that they show.
TITLED = ("admonition", "card", "grid-item-card", "dropdown")
#: What a reference reads where nothing is known of what it refers to.
VAGUE = {"numref": "the figure", "eq": "(above)"}
#: Code and mathematics stay as they are; roles and links are what there is between.
INLINE = re.compile(
    r"\{(?P<role>[\w:]+)\}`(?P<content>[^`]*)`"
    r"|(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
    r"|\$\$.+?\$\$|(?<!\\)\$[^$\n]+\$"
    r"|(?<![!\]])\[(?P<shown>[^\]\[]*)\]\((?!https?:|#|\w+://)(?P<target>[^)\s]*)\)",
    re.S,
)
#: Roles that mark words of another language, and its code.
LANGUAGES = {"german": "de", "french": "fr", "spanish": "es", "hungarian": "hu"}


def plain(
    text: str,
    values: dict[str, str] | None = None,
    words: dict[str, str] | None = None,
    folder: Path | None = None,
) -> str:
    """A markdown cell without MyST.

    `values` gives glued values by name, as text; one that is not there shows
    as "…". Directives become quotations, references become `words`: what each
    label's reads, as `coursekit.chapters.labels.references` finds them. `folder` is
    where the page lies that `text` is from: what it includes is read from there.
    """
    values, words = values or {}, words or {}
    text = _without_directives(text, words, folder)
    text = DISPLAYED.sub(lambda match: _formula(*match.groups(), words), text)
    return INLINE.sub(lambda match: _inline(match, values, words), text).strip()


def glued_names(text: str) -> set[str]:
    """The names of the glued values that `text` shows."""
    found = INLINE.finditer(text)
    glued = [m["content"] for m in found if (m["role"] or "").startswith("glue")]
    return {content.partition(":")[0] for content in glued}


def plain_markdown(text: str, words: dict[str, str] | None = None) -> str:
    """`text` without MyST, recorded numbers put in; for notebooks and scripts.

    Raises `LookupError` for a missing or stale record.
    """
    return plain(substitute(text), words=words)


def _without_directives(
    text: str, words: dict[str, str], folder: Path | None = None
) -> str:
    """Directives as quotations with their title in bold; targets taken out."""
    lines, shown, at = lines_of(text), [], 0
    for fence in fences(text):
        shown += [x for x in lines[at : fence.start] if not TARGET.match(x)]
        at = fence.end
        raw = "".join(lines[fence.start : at])
        shown.append(_directive(fence, words, folder) if fence.directive else raw)
    return "".join([*shown, *(x for x in lines[at:] if not TARGET.match(x))])


def _directive(fence: Fence, words: dict[str, str], folder: Path | None) -> str:
    """What a directive becomes: its lines, each with its end."""
    if fence.directive == "code-block":
        return listing(fence.body, fence.argument)
    if fence.directive == "include" and folder:
        included = folder / fence.argument
        text = included.read_text("utf-8")
        return _without_directives(text, words, included.parent)
    if fence.directive == "math":
        label = str(fence.options.get("label", ""))
        return _formula(f"\n{fence.body}\n", label, words) + "\n"
    body = _without_directives(fence.body, words, folder).splitlines()
    if fence.directive == "live":  # it moves on the page alone
        seen = str(fence.options.get("alt", "")).strip('"')
        body = [f"*{seen}*", "", *body]
    quoted = [f"> {line}".rstrip() for line in body]
    named = words.get(str(fence.options.get("label", "")), "Exercise")
    head = _heading(fence.directive, fence.argument, named)
    return "".join(f"{line}\n" for line in [*head, *quoted, ""])


def _inline(match: re.Match, values: dict[str, str], words: dict[str, str]) -> str:
    """What one piece of a line becomes: a role its words, a link of the site its own.

    A notebook lies outside the site, so such a link leads nowhere from there.
    """
    if match["role"]:
        return _role(match["role"], match["content"], values, words)
    if match["target"] is None:
        return match[0]
    shown = match["shown"] or words.get(match["target"]) or match["target"]
    return f"*{shown}*"


def _formula(body: str, label: str, words: dict[str, str]) -> str:
    """A displayed formula, with its number where that is known."""
    if number := words.get(label, "").strip("()"):
        end = "\n" if body.endswith("\n") else ""
        body = f"{body.rstrip()} \\tag{{{number}}}{end}"
    return f"$${body}$$"


def _heading(name: str, title: str, exercise: str) -> list[str]:
    """The first line of what a directive becomes; `exercise` names one."""
    if name == "exercise-start":
        return [f"### {exercise}: {title}"]
    if name in ("exercise-end", "solution-start", "solution-end"):
        return []
    if name in ("figure", "image"):
        return ["> *Figure: see the page.*", ">"]
    if name == "margin":
        return [f"> **{title}**", ">"] if title else []
    if name == "live":
        return ["> **A figure that moves, on the chapter's page**", ">"]
    word = title if name in TITLED else name.capitalize()
    return [f"> **{word or 'Note'}**", ">"]


def _role(
    name: str, content: str, values: dict[str, str], words: dict[str, str]
) -> str:
    """What a role shows, in words."""
    kind = name.split(":")[0]
    if kind == "glue":
        return _glued(content, values)
    if kind == "cite":
        return cited(content, textual=name == "cite:t")
    if kind in ("ref", "doc", "numref", "eq"):
        named = re.match(r"(.*)<.*>$", content)
        known = words.get(content) or VAGUE.get(kind, f"*{content}*")
        return named.group(1).strip() if named else known
    if kind == "ledger":
        return _recorded(content)
    if kind in LANGUAGES:
        return f"*{content}*"
    return f"${content}$" if kind == "math" else f"`{content}`"


def _glued(content: str, values: dict[str, str]) -> str:
    """A glued value in its format; "…" if the page was not built."""
    name, _, form = content.partition(":")
    value = values.get(name)
    if value is None:
        return "…"
    for number in (int, float):  # a count has no ".0"
        with suppress(ValueError):
            return format(number(value), form)
    return value.strip("'\"")


def _recorded(content: str) -> str:
    """A recorded number; "…" where there is no such record."""
    try:
        return ledger_text(content, None)
    except (LookupError, ValueError):
        return "…"
