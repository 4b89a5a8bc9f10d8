"""Which chapter teaches a name, and which use it: computed from the pages.

A name is taught in the chapter that the docstring of its file, or of the package that
hands it on, names ("chapter 18"). Where none does: in the first that speaks of it, or
of its module, by its full name; else in the first that writes one of that name and
uses the library's beside it; else in the first, in reading order, that uses it. What
no chapter uses is taught with what lies in the same file; or on a page without a
number that uses it; or with what is imported from the same place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from coursekit import paths
from coursekit.book.api.entries import TREE, Entry, home, read_entries
from coursekit.book.api.uses import SPOKEN, used_names, written_names
from coursekit.book.editions import page as in_edition
from coursekit.chapters.exercises import read_chapter
from coursekit.chapters.labels import chapter_number
from coursekit.chapters.myst import has_gates

NAMED = re.compile(r"\bchapters? (\d+)\b", re.I)
#: "(Griewank and Walther 2008, chapter 3)" is a chapter of a book.
CITED = re.compile(r"\d{4}, chapter \d+")


class Page:
    """A page: what it uses of the library, and what it writes itself."""

    def __init__(self, path: Path, text: str):
        self.name, self.number = paths.name_of(path), chapter_number(path.stem)
        self.names = used_names(text, path.parent)
        self.spoken = frozenset(SPOKEN.findall(text))
        self.written = written_names(text)

    @cached_property
    def uses(self) -> frozenset[tuple[str, str]]:
        """Where each name is made that it uses."""
        return frozenset(filter(None, map(home, self.names)))


class Reference:
    """All entries and all pages, in an edition."""

    def __init__(self, pages: Iterable[Path] | None = None, edition: str = ""):
        pages = paths.pages() if pages is None else list(pages)
        self.pages = [Page(path, _text(path, edition)) for path in pages]
        self.chapters = [page for page in self.pages if page.number is not None]
        self.entries = read_entries({n for page in self.pages for n in page.names})
        self._taught: dict[Entry, Page | None] = {}

    def users(self, entry: Entry) -> list[Page]:
        """The chapters that use a name, in reading order."""
        return [chapter for chapter in self.chapters if _place(entry) in chapter.uses]

    def teacher(self, entry: Entry) -> Page | None:
        """The page that teaches a name; None where none has to do with it."""
        if entry not in self._taught:
            self._taught[entry] = next(filter(None, self._teachers(entry)), None)
        return self._taught[entry]

    def _teachers(self, entry: Entry) -> Iterator[Page | None]:
        """The chapter that each rule finds, the strongest first."""
        users = self.users(entry)
        yield self._numbered(_said(entry))
        yield self._speaking(entry)
        yield next((c for c in users if entry.short in c.written), None)
        yield next(iter(users), None)
        yield self._using(e for e in self.entries if e.path == entry.path)
        yield next((p for p in self.pages if _place(entry) in p.uses), None)
        yield self._using(e for e in self.entries if e.module == entry.module)

    def _numbered(self, number: int | None) -> Page | None:
        return next((c for c in self.chapters if c.number == number), None)

    def _speaking(self, entry: Entry) -> Page | None:
        """The first that speaks of the name, else of its module."""
        for name in (entry.name, entry.module, TREE.module(entry.path)):
            if found := [c for c in self.chapters if name in c.spoken]:
                return found[0]
        return None

    def _using(self, entries: Iterable[Entry]) -> Page | None:
        places = {_place(entry) for entry in entries}
        return next((c for c in self.chapters if c.uses & places), None)

    def taught_in(self, chapter: Page) -> list[Entry]:
        """What a chapter teaches, by the alphabet of modules."""
        return [entry for entry in self.entries if self.teacher(entry) is chapter]

    def used_in(self, chapter: Page) -> list[Entry]:
        """What else it uses."""
        mine = [e for e in self.entries if _place(e) in chapter.uses]
        return [entry for entry in mine if self.teacher(entry) is not chapter]


def _place(entry: Entry) -> tuple[str, str]:
    return entry.path, getattr(entry.node, "name", entry.short)


def _said(entry: Entry) -> int | None:
    """The chapter that the entry's file or package names, if one does."""
    for path in (entry.path, TREE.file(entry.module)):
        docstring = CITED.sub("", ast.get_docstring(TREE.parsed(path)) or "")
        if found := NAMED.search(docstring):
            return int(found[1])
    return None


def _text(path: Path, edition: str) -> str:
    """A page as the edition shows it; without one, as it is."""
    text = path.read_text("utf-8")
    if edition and has_gates(text):
        return in_edition(read_chapter(path, text), edition)
    return text
