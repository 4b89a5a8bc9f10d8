"""What a chapter numbers, and how the page names it: figures, equations, exercises.

A chapter carries the number of its file; Sphinx counts each kind in the order of the
page (`coursekit.book.extensions.numbering`). The same numbers are found here from the
text alone, for notebooks: "Fig. 11.3", "(11.1)", "Exercise 11.2".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from coursekit import paths
from coursekit.chapters.myst import LISTINGS, Fence, fences, lines_of

NUMBERED = re.compile(r"(?:.*/)?(\d\d)_[^/]*$")
#: A heading, and the label above it.
TITLED = re.compile(r"^\(([\w-]+)\)=[ \t]*\n+#+[ \t]+(.+?)[ \t]*$", re.M)
#: A displayed formula between dollars, and its label.
DISPLAYED = re.compile(r"^\$\$(.*?)\$\$ *\(([\w-]+)\)[ \t]*$", re.M | re.S)
FORMS = {"figure": "Fig. {}", "equation": "({})", "exercise": "Exercise {}"}


@dataclass(frozen=True)
class Label:
    """One numbered thing.

    ``number`` is the page's, "" in a file that has none. ``body`` is a figure's
    caption or an equation's formula, ``alt`` a figure's description. ``line``, from 1,
    is that of its fence or formula.
    """

    kind: str
    name: str
    line: int
    body: str = ""
    alt: str = ""
    number: str = ""

    @property
    def words(self) -> str:
        """What a reference to it reads; "" without a number."""
        return FORMS[self.kind].format(self.number) if self.number else ""


def chapter_number(name: str) -> int | None:
    """The number at the head of a chapter's file name, or None."""
    found = NUMBERED.fullmatch(name)
    return int(found.group(1)) if found else None


def labels(text: str, name: str) -> dict[str, Label]:
    """The labeled things of the chapter in the file called `name`, by label."""
    chapter, count, found = chapter_number(name), Counter(), {}
    for thing in _things(text):
        count[thing.kind] += 1
        if chapter is not None:
            thing = replace(thing, number=f"{chapter}.{count[thing.kind]}")
        if thing.name:
            found[thing.name] = thing
    return found


def references(text: str, name: str) -> dict[str, str]:
    """What references read that the chapter called `name` may make: label to words.

    A numbered thing is named by its number, a heading by its title.
    """
    found = dict(book_references())
    found |= dict(TITLED.findall(text))
    found |= {key: label.words for key, label in labels(text, name).items()}
    return {key: words for key, words in found.items() if words}


@cache
def book_references() -> dict[str, str]:
    """The same for all pages of the table of contents."""
    found = {}
    for page in paths.pages():
        text = page.read_text("utf-8")
        found |= dict(TITLED.findall(text))
        found |= {k: label.words for k, label in labels(text, page.stem).items()}
    return found


def _things(text: str, above: int = 0) -> Iterator[Label]:
    """Everything that Sphinx counts, in order; `above` lines lie above `text`."""
    lines, at = lines_of(text), 0
    for fence in fences(text):
        yield from _displayed("".join(lines[at : fence.start]), above + at)
        at = fence.end
        yield from _fenced(fence, above + fence.start)
    yield from _displayed("".join(lines[at:]), above + at)


def _displayed(text: str, above: int) -> Iterator[Label]:
    for found in DISPLAYED.finditer(text):
        line = above + text.count("\n", 0, found.start()) + 1
        yield Label("equation", found[2], line, found[1].strip())


def _fenced(fence: Fence, above: int) -> Iterator[Label]:
    options, line = fence.options, above + 1
    label = str(options.get("label", ""))
    if fence.is_cell:
        yield from _drawn(options.get("mystnb"), line)
    elif fence.directive == "math" and label:
        yield Label("equation", label, line, fence.body.strip())
    elif fence.directive == "figure":
        name, alt = str(options.get("name", "")), str(options.get("alt", ""))
        yield Label("figure", name, line, fence.body.strip(), alt)
    elif fence.directive == "exercise-start":
        yield Label("exercise", label, line, fence.argument)
    elif fence.directive and fence.directive not in LISTINGS:
        yield from _things(fence.body, above)


def _drawn(options: object, line: int) -> Iterator[Label]:
    """The figure that a code cell draws, if its options make it one."""
    options = options if isinstance(options, dict) else {}
    if figure := options.get("figure"):
        alt = str((options.get("image") or {}).get("alt", ""))
        caption = str(figure.get("caption", "")).strip()
        yield Label("figure", str(figure.get("name", "")), line, caption, alt.strip())
