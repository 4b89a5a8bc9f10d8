"""What a chapter's page gives its exercises, for a notebook that has no page.

References get the page's numbers. The equations that a statement names are restated
with the sentence that they stand in; its figures are drawn again where that is cheap,
else described; the code that it names comes along; works are cited in full.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from coursekit.book.citations import source
from coursekit.book.plain import plain_markdown
from coursekit.chapters.carrying import (
    carried,
    defined,
    mentioned,
    trainers,
    trains,
    variables,
)
from coursekit.chapters.exercises import Cell, Chapter, Exercise
from coursekit.chapters.labels import Label, labels, references
from coursekit.chapters.myst import blocks
from coursekit.chapters.slicing import needed_cells, parsed, used

REFERRED = re.compile(r"\{(?:eq|numref)\}`([^`<>]+)`")
CITED = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")
#: A paragraph that begins a sentence, and one that no sentence goes on from.
BEGINS = re.compile(r"[A-Z*_\[{]")
APART = re.compile(r"#|\([\w-]+\)=|\||[-*] |:::|```\{(?!math)")


@dataclass(frozen=True)
class Restated:
    """What the notebook adds to one exercise: a text, and code that runs before it."""

    text: str = ""
    code: list[Cell] = field(default_factory=list)


class Page:
    """A chapter, asked for what its exercises take from it."""

    def __init__(self, chapter: Chapter):
        self.chapter = chapter
        self.words = references(chapter.text, chapter.name)
        self.labels = labels(chapter.text, chapter.name)
        self.trained = trainers(chapter)
        self.setup = needed_cells(chapter, chapter.exercises)
        self.restated: dict[str, Restated] = {}
        for exercise in chapter.exercises:
            self.restated[exercise.label] = self._restate(exercise)

    def plain(self, text: str) -> str:
        """`text` as plain Markdown, with the page's numbers."""
        return plain_markdown(text, self.words)

    def heading(self, exercise: Exercise) -> str:
        """Number and title: "Exercise 11.3: Attention in small pieces"."""
        number = self.words.get(exercise.label)
        return f"{number}: {exercise.title}" if number else exercise.title

    def sources(self) -> list[str]:
        """What the notebook cites, a line each, in its order."""
        texts = [exercise.statement for exercise in self.chapter.exercises]
        texts += [self._raw(label) for label in self._referred("\n".join(texts))]
        keys = [key for keys in CITED.findall("\n".join(texts)) for key in _split(keys)]
        return [source(key) for key in dict.fromkeys(keys)]

    def _referred(self, text: str) -> list[Label]:
        found = dict.fromkeys(REFERRED.findall(text))
        return [self.labels[name] for name in found if name in self.labels]

    def _raw(self, label: Label) -> str:
        """The chapter's own words on a labeled thing."""
        whole = label.kind == "equation"
        return sentence(self.chapter, label) if whole else label.body

    def _restate(self, exercise: Exercise) -> Restated:
        names = mentioned(exercise) & self._known(exercise)
        code, said = self._carry(names, exercise.line, []), []
        for label in self._referred(exercise.statement):
            drawn = self._drawn(label, code) if label.kind == "figure" else []
            code += drawn
            said.append(self._said(label, bool(drawn)))
        return Restated("\n\n".join(said), code)

    def _known(self, exercise: Exercise) -> set[str]:
        """Names that a statement can mean; where tests ask, variables are its own."""
        own = defined(self.chapter)
        return own if exercise.grading == "auto" else own | variables(self.chapter)

    def _carry(self, names: set[str], before: int, code: list[Cell]) -> list[Cell]:
        """What defines `names`, without what the notebook, or `code`, has already."""
        given = [cell for found in self.restated.values() for cell in found.code]
        return carried(self.chapter, names, [*self.setup, *given, *code], before)

    def _drawn(self, label: Label, code: list[Cell]) -> list[Cell]:
        """The cells that draw a figure; none where it takes training or is no code."""
        found = [cell for cell in self.chapter.cells if cell.line == label.line]
        for cell in found:
            if any(trains(node, self.trained) for node in parsed(cell.source).body):
                return []
            try:
                return [*self._carry(used(cell.source), cell.line, code), cell]
            except LookupError:
                return []
        return []

    def _said(self, label: Label, drawn: bool) -> str:
        text = self.plain(self._raw(label))
        if label.kind == "equation":
            return _quoted(f"**From the chapter, equation {label.words}.** {text}")
        if drawn:
            return _quoted(f"**{label.words}**, drawn by the code below. {text}")
        where = "drawn in the chapter after a longer training"
        alt = f" *What it shows:* {label.alt}" if label.alt else ""
        return _quoted(f"**{label.words}**, {where}. {text}{alt}")


def _split(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",")]


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def sentence(chapter: Chapter, label: Label) -> str:
    """The paragraphs around a displayed formula, from one that begins a sentence.

    The paragraph before the formula is always taken, the one after it where the
    formula does not end the sentence.
    """
    for piece in blocks(chapter.text):
        if piece.line <= label.line <= piece.end:
            parts = re.split(r"\n\s*\n", piece.source.strip("\n"))
            at = next(i for i, part in enumerate(parts) if label.name in part)
            return "\n\n".join(parts[_first(parts, at) : _last(parts, at, label) + 1])
    return label.body


def _first(parts: list[str], at: int) -> int:
    first = at
    while first and not APART.match(parts[first - 1]):
        first -= 1
        if BEGINS.match(parts[first]):
            break
    return first


def _last(parts: list[str], at: int, label: Label) -> int:
    ended = label.body.rstrip().removesuffix("\\end{aligned}").rstrip().endswith(".")
    more = at + 1 < len(parts) and not APART.match(parts[at + 1])
    return at + 1 if more and not ended else at
