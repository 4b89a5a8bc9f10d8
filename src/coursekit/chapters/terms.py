"""The course's technical terms, and the pages that use one before its page.

The terms lie in `chapters/terms.yml`: what each means, in English and in Chinese, and
the page that defines it. A page may use a term of a later page where its first use
stands in a sentence with a link there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import yaml

from coursekit import paths
from coursekit.chapters.labels import chapter_number
from coursekit.chapters.myst import LISTINGS, Fence, blocks, fences, lines_of

TERMS = paths.CHAPTERS / "terms.yml"
#: What a reader does not read as words: comments, formulas, targets of links.
UNREAD = re.compile(
    r"<!--.*?-->|\$\$.*?\$\$|^\([\w-]+\)=[ \t]*$|^\+\+\+.*$", re.M | re.S
)
#: A link and a role, in which the words may lie apart from the target; code; formulas.
LINK = re.compile(r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]*)\)")
ROLE = re.compile(r"\{([\w:]+)\}`([^`]*)`")
WORDED = re.compile(r"(.*?)\s*<([^<>]*)>", re.S)
SILENT = re.compile(r"``.*?``|`[^`]*`|(?<!\\)\$[^$]+\$", re.S)
REFERS = ("ref", "numref", "eq", "prf:ref", "doc")
#: A link, between the words of a text that was made plain.
MARK = re.compile(r"\x00([^\x00]*)\x00")
LABEL = re.compile(r"^\(([\w-]+)\)=|^\s*:?(?:name|label): *([\w-]+) *$", re.M)
EMPHASIZED = re.compile(r"(?<![\w*])(\*{1,2})(?![\s*])((?:(?!\n\n)[^*])+?)\1(?![\w*])")
HEADING = re.compile(r"^#+ .*$", re.M)
#: Where a piece of text ends whatever stands there: a blank line, an item, a row.
PIECE = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*] |\d+\. |\||#))")
STOP = re.compile(r"(?<=[.!?])[\"”’')*_]*\s+(?=[^a-z\s])")


@dataclass(frozen=True)
class Term:
    """One term: how it is written, what it means, and the label of its page.

    ``words`` are the phrases that count as its use, itself included, if any does. In
    one, a space is a space or a hyphen, what stands in parentheses may be missing,
    and ``a/b`` is one of several endings. One with a capital is taken as it is
    written, the others in any case. ``shown`` is what its page prints in italics where
    it defines it; empty: one of its words.
    """

    name: str
    words: tuple[str, ...]
    shown: str
    label: str
    meaning: str
    chinese: str

    @cached_property
    def pattern(self) -> re.Pattern:
        """What finds a use of it in a plain text."""
        return _whole(self.words)

    def is_defined_in(self, text: str) -> bool:
        """Whether a page prints it, or what it shows of it, in italics or a title."""
        shown = _whole((self.shown,)) if self.shown else self.pattern
        return bool(shown.search(emphasized(text)))


def _whole(words: tuple[str, ...]) -> re.Pattern:
    """What finds any of these, as words of their own."""
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(_pattern, words))})(?!\w)")


def _pattern(word: str) -> str:
    """A regular expression for one entry of a term's words."""
    found = re.escape(word).replace(r"\ ", r"[\s-]+").replace(r"\-", r"[\s-]*")
    found = re.sub(r"\\\(([^()]*?)\\\)", _optional, found)
    return found if re.search(r"[A-Z]", word) else f"(?i:{found})"


def _optional(found: re.Match) -> str:
    return f"(?:{found[1].replace('/', '|')})?"


def read_terms(path: Path = TERMS) -> list[Term]:
    """Every term, in the order of the file; `ValueError` names an entry that is odd."""
    return list(_terms(path.read_text("utf-8")))


@lru_cache(4)
def _terms(text: str) -> tuple[Term, ...]:
    found = []
    for label, entries in yaml.safe_load(text).items():
        for entry in entries:
            if set(entry) - {"words", "shown"} != {"term", "en", "zh"}:
                raise ValueError(
                    f"{entry} must have term, en, zh; perhaps words, shown"
                )
            name, shown = entry["term"], entry.get("shown", "")
            words = tuple(entry.get("words") or (f"{name}(s)",))
            found.append(Term(name, words, shown, label, entry["en"], entry["zh"]))
    return tuple(found)


def chapters() -> list[Path]:
    """The pages with a number, in reading order."""
    return [page for page in paths.pages() if chapter_number(page.stem) is not None]


def labels_of(text: str) -> set[str]:
    """Every name by which a page, or a part of it, can be linked to."""
    return {name for pair in LABEL.findall(text) for name in pair if name}


def sentences(text: str) -> Iterator[tuple[str, set[str]]]:
    """What a reader reads of a page, one sentence at a time, and where its links lead.

    Text, captions and descriptions of figures, statements of exercises; no code, no
    formula, no solution. A title, an item and a row of a table are sentences too.
    """
    for piece in _pieces(text):
        for sentence in STOP.split(_plain(piece)):
            words = " ".join(MARK.sub("", sentence).split())
            if words:
                yield words, set(MARK.findall(sentence))


def _pieces(text: str) -> Iterator[str]:
    """The texts of a page in the order in which they stand, cut at every paragraph."""
    for block in blocks(text):
        if block.in_solution or block.kind.endswith("-end"):
            continue
        if block.kind == "text":
            yield from _of_text(block.source)
        elif block.kind == "code":
            if "remove-cell" not in block.tags:
                yield from _of_cell(block.raw)
        elif block.kind == "exercise-start":
            yield block.title


def _of_text(text: str) -> Iterator[str]:
    lines, at = lines_of(text), 0
    for fence in fences(text):
        yield from PIECE.split(UNREAD.sub(" ", "".join(lines[at : fence.start])))
        yield from _of_fence(fence)
        at = fence.end
    yield from PIECE.split(UNREAD.sub(" ", "".join(lines[at:])))


def _of_fence(fence: Fence) -> Iterator[str]:
    if fence.directive and fence.directive not in LISTINGS:
        if fence.directive not in ("figure", "image"):
            yield fence.argument
        yield str(fence.options.get("alt", ""))
        yield from _of_text(fence.body)


def _of_cell(raw: str) -> Iterator[str]:
    """The description and the caption of the figure that a cell draws."""
    for fence in fences(raw):
        options = fence.options.get("mystnb")
        options = options if isinstance(options, dict) else {}
        for name, key in (("image", "alt"), ("figure", "caption")):
            part = options.get(name)
            yield str(part.get(key, "")) if isinstance(part, dict) else ""


def _plain(text: str) -> str:
    """The words of a piece, each link as its words and a mark with its target."""

    def role(found: re.Match) -> str:
        name, inside = found.groups()
        worded = WORDED.fullmatch(inside)
        words, target = worded.groups() if worded else ("…", inside)
        return f"{words}\0{target}\0" if name in REFERS else "…"

    text = LINK.sub(lambda found: f"{found[1]}\0{found[2]}\0", text)
    return SILENT.sub("…", ROLE.sub(role, text)).replace("*", "")


def emphasized(text: str) -> str:
    """The titles of a page and what it prints in italics or bold, a line each."""
    found = []
    for block in blocks(text):
        if block.kind == "text" and not block.in_solution:
            source = SILENT.sub("…", "\n".join(_of_text(block.source)))
            found += [match[2] for match in EMPHASIZED.finditer(source)]
            found += HEADING.findall(source)
    return "\n".join(_plain(piece) for piece in found)


@dataclass(frozen=True)
class Page:
    """A page: what it says, and every name by which it is linked to."""

    path: Path
    text: str

    @cached_property
    def names(self) -> set[str]:
        """Its labels, and its file's name."""
        return labels_of(self.text) | {self.path.name}

    def leads_here(self, target: str) -> bool:
        """Whether a link's target is this page or a place on it."""
        name = target.split("/")[-1]
        return name in self.names or name.split("#")[0] in self.names - {""}


def early_uses(pages: list[Page], terms: list[Term]) -> Iterator[tuple[str, str, str]]:
    """(page, term, sentence) of every first use before the term's page without a link.

    `pages` are in reading order.
    """
    home = {label: page for page in pages for label in page.names}
    place = {page.path: number for number, page in enumerate(pages)}
    for page in pages:
        said = list(sentences(page.text))
        for term in terms:
            where = home.get(term.label)
            if where is None or place[where.path] <= place[page.path]:
                continue
            first = next((s for s in said if term.pattern.search(s[0])), None)
            if first and not any(map(where.leads_here, first[1])):
                yield page.path.stem, term.name, first[0]
