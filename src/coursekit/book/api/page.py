"""The reference as a page's Markdown: a section a room, an entry a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import groupby

from coursekit.book.api.docstrings import markdown
from coursekit.book.api.entries import TREE, Entry
from coursekit.book.api.signatures import Shown, bases, methods, shown
from coursekit.book.api.teaching import Page, Reference
from coursekit.chapters.myst import listing


def text(reference: Reference) -> str:
    """All rooms, by the alphabet."""
    parts = []
    for room, entries in groupby(reference.entries, key=lambda entry: entry.room):
        parts += [f"## `{room}`", _introduced(room)]
        parts += [_entry(entry, reference) for entry in entries]
    return "\n\n".join(parts) + "\n"


def _introduced(room: str) -> str:
    """What a room says of itself."""
    return markdown(ast.get_docstring(TREE.parsed(TREE.file(room))) or "")


def _entry(entry: Entry, reference: Reference) -> str:
    """An entry: what it says, its methods, its chapters."""
    said = shown(entry)
    parts = [_place(entry, reference), markdown(said.docstring)]
    if made_from := bases(entry):
        parts.append(f"*Made from* {', '.join(f'`{name}`' for name in made_from)}.\n")
    for method in methods(entry):
        parts.append(_directive(method, markdown(method.docstring)))
    return _directive(said, "\n".join(parts))


def _directive(said: Shown, body: str) -> str:
    """A description, as Sphinx's Python domain takes it."""
    options = "".join(f":{key}: {value}\n" for key, value in said.options.items())
    return listing(f"{options}\n{body}", f"{{py:{said.directive}}} {said.signature}")


def _place(entry: Entry, reference: Reference) -> str:
    """The page that teaches a name, and the chapters that use it."""
    teacher = reference.teacher(entry)
    if teacher is None:
        return "*A tool of the library's own; no chapter needs it.*\n"
    others = [page for page in reference.users(entry) if page is not teacher]
    used = f" Used in {', '.join(_numbers(others))}." if others else ""
    return f"*See* {_link(teacher)}.{used}\n"


def _numbers(pages: list[Page]) -> Iterator[str]:
    """Links of two digits."""
    return (_link(page, f"{page.number:02d}") for page in pages)


def _link(page: Page, words: str = "") -> str:
    """A link to a page; without words, by its title."""
    return f"[{words}](/{page.name}.md)"
