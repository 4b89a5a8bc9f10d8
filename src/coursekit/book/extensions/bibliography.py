"""Sphinx: a work is called the same in the text and in the list of works.

Both say who wrote it and when, "Abadi et al., 2016", with a letter where two works
would be called the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pybtex.plugin import register_plugin as register_with_pybtex
from pybtex.style.formatting.plain import Style
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.template import node
from sphinx.application import Sphinx
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import GroupReferenceStyle, PersonStyle
from sphinxcontrib.bibtex.style.referencing.basic_author_year import (
    BasicAuthorYearTextualReferenceStyle,
)
from sphinxcontrib.bibtex.style.referencing.basic_label import (
    BasicLabelParentheticalReferenceStyle,
)
from sphinxcontrib.bibtex.style.template import join, reference

from coursekit.book import citations

NAME = "named"  # in `_config.yml`


class Labels(BaseLabelStyle):
    """Authors and year; a, b, ... where they are the same for several works."""

    def format_labels(self, entries) -> Iterator[str]:
        """A label for each entry, in their order."""
        names = [(citations.authors(e.key), citations.year(e.key)) for e in entries]
        plain = [", ".join(pair) for pair in names]
        seen: dict[str, int] = {}
        for label in plain:
            seen[label] = seen.get(label, 0) + 1
            letter = chr(ord("a") + seen[label] - 1) if plain.count(label) > 1 else ""
            yield label + letter


class Works(Style):
    """The list of works, by author."""

    default_label_style = Labels


@node
def year_of_label(children, data) -> str:
    """The year, with its letter."""
    return data["formatted_entry"].label.rsplit(", ", 1)[-1]


@dataclass
class Textual(BasicAuthorYearTextualReferenceStyle):
    """Part of a sentence: "Abadi et al. [2016]"."""

    def inner(self, role_name: str):
        """Authors, then the year as the link."""
        return join(sep=self.text_reference_sep)[
            self.person.author_or_editor_or_title(full="s" in role_name),
            join[self.bracket.left, reference[year_of_label], self.bracket.right],
        ]


@dataclass
class Named(GroupReferenceStyle):
    """In brackets what the list of works says; in a sentence authors and year."""

    person: PersonStyle = field(default_factory=PersonStyle)

    def __post_init__(self) -> None:
        self.styles += [
            BasicLabelParentheticalReferenceStyle(),
            Textual(person=self.person),
        ]
        super().__post_init__()


def setup(app: Sphinx) -> dict:
    """Register both styles under one name."""
    register_with_pybtex("pybtex.style.formatting", NAME, Works)
    register_plugin("sphinxcontrib.bibtex.style.referencing", NAME, Named)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
