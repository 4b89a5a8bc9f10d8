"""Citations in words: who wrote it and when, as `references.bib` has it."""

from __future__ import annotations

import re
from functools import cache

from coursekit import paths

KEY = re.compile(r"([a-z]+)(\d{4})\w*")


def cited(keys: str, textual: bool = False) -> str:
    """What a citation role shows: "(Sutskever et al., 2014)", keys joined by commas.

    A `textual` one is part of its sentence: "Sutskever et al. (2014)".
    """
    found = [(authors(key), year(key)) for key in map(str.strip, keys.split(","))]
    if textual:
        return ", ".join(f"{who} ({when})" if when else who for who, when in found)
    return "(" + "; ".join(", ".join(filter(None, pair)) for pair in found) + ")"


def authors(key: str) -> str:
    """The family names, two at most; a key that is not known is taken apart."""
    entry = entries().get(key)
    if entry is None:
        found = KEY.fullmatch(key)
        return found.group(1).capitalize() if found else key
    people = entry.persons.get("author") or entry.persons.get("editor") or ()
    names = [_family(person) for person in people] or [_text(entry.fields["title"])]
    if len(names) > 2 or names[-1] == "others":
        return f"{names[0]} et al."
    return " and ".join(names)


def year(key: str) -> str:
    """The year of publication, as text; "" where none is known."""
    if entry := entries().get(key):
        return entry.fields.get("year", "")
    found = KEY.fullmatch(key)
    return found.group(2) if found else ""


def source(key: str) -> str:
    """An entry of a list of sources: authors, year, title, address."""
    entry = entries().get(key)
    if entry is None:
        return f"{authors(key)} {year(key)}".strip()
    title = _text(entry.fields["title"])
    said = f"{authors(key)} ({year(key)}). *{title}*."
    return " ".join(filter(None, [said, _address(entry.fields)]))


def _address(fields: dict) -> str:
    """Where it can be read: its address, else its DOI's."""
    listed = re.search(r"https?://[^\s{}]+", fields.get("howpublished", ""))
    address = fields.get("url") or (listed and listed[0])
    doi = fields.get("doi")
    return f"<{address}>" if address else f"<https://doi.org/{doi}>" if doi else ""


@cache
def entries() -> dict:
    """The entries of `references.bib` by key; none where the file is not there."""
    from pybtex.database import parse_file

    file = paths.ROOT / "references.bib"
    return dict(parse_file(str(file)).entries) if file.is_file() else {}


def _family(person: object) -> str:
    return _text(" ".join([*person.prelast_names, *person.last_names]))


@cache
def _text(latex: str) -> str:
    """LaTeX as plain text: accents made letters, protecting braces gone."""
    from pybtex.backends.plaintext import Backend
    from pybtex.richtext import Text

    return Text.from_latex(latex).render(Backend()).replace("\u00a0", " ")
