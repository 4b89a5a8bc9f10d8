"""Sphinx: the glossary, and what a term means where it occurs.

The directive ``{terms}`` lists every term of `chapters/terms.yml` by the alphabet:
its Chinese name, its meaning, and a link to the page that defines it. On every other
page the first use of a term carries its meaning, which shows when a reader points at
the word, reaches it by the keyboard or taps it (`_static/terms.js` hides it again).
"""

from __future__ import annotations

from collections.abc import Iterable

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from coursekit.chapters.terms import TERMS, Term, read_terms

#: What has a look or a purpose of its own: a meaning would disturb it.
APART = (
    nodes.literal,
    nodes.literal_block,
    nodes.FixedTextElement,
    nodes.math,
    nodes.reference,
    nodes.title,
    nodes.caption,
    nodes.table,
    nodes.emphasis,
    nodes.raw,
)


class TermUse(nodes.inline):
    """The first use of a term on a page, with its `meaning`."""


def visit_use(self, node: TermUse) -> None:
    """Open a word that says what it means."""
    meaning = node["meaning"]
    said = {"data-meaning": meaning, "aria-description": meaning}
    reach = {"role": "button", "tabindex": "0"}
    self.body.append(self.starttag(node, "span", "", CLASS="term", **said, **reach))


def depart_use(self, node: TermUse) -> None:
    """Close it."""
    self.body.append("</span>")


class Terms(Directive):
    """``{terms}``: all terms, in the order of the alphabet."""

    def run(self) -> list[nodes.Node]:
        """A list of definitions."""
        env = self.state.document.settings.env
        env.note_dependency(str(TERMS))
        found = sorted(read_terms(), key=lambda term: term.name.casefold())
        entries = [_entry(term, env.docname) for term in found]
        return [nodes.definition_list("", *entries, classes=["terms"])]


def _entry(term: Term, docname: str) -> nodes.definition_list_item:
    """A term with its Chinese name; below it, its meaning and its page."""
    name = nodes.term("", "", nodes.Text(f"{term.name} {term.chinese}"))
    name["ids"] = [anchor(term)]
    page = addnodes.pending_xref(
        "",
        nodes.inline(),
        refdomain="std",
        reftype="ref",
        reftarget=term.label,
        refdoc=docname,
        refexplicit=False,
        refwarn=True,
    )
    said = nodes.paragraph("", "", nodes.Text(f"{term.meaning} "), page)
    return nodes.definition_list_item("", name, nodes.definition("", said))


def anchor(term: Term) -> str:
    """The place of a term in the glossary."""
    return f"term-{nodes.make_id(term.name)}"


def uses(text: str, terms: Iterable[Term]) -> list[tuple[int, int, Term]]:
    """(start, end, term) of the first use of each term in a text, none within another.

    Of two that begin or meet at one place the longer is taken.
    """
    firsts = [(term.pattern.search(text), term) for term in terms]
    found = [(use.start(), use.end(), term) for use, term in firsts if use]
    found.sort(key=lambda use: (use[0] - use[1], use[0]))
    kept: list[tuple[int, int, Term]] = []
    for start, end, term in found:
        if all(end <= other or start >= stop for other, stop, _ in kept):
            kept.append((start, end, term))
    return sorted(kept, key=lambda use: use[0])


class MeaningWhereUsed(SphinxPostTransform):
    """Give the first use of every term of another page its meaning."""

    default_priority = 700  # links are resolved, cells have their outputs
    formats = ("html",)

    def run(self, **kwargs) -> None:
        """Replace words by words with a meaning, each term once."""
        labels = self.env.domains["std"].anonlabels
        waiting = [
            term
            for term in read_terms()
            if labels.get(term.label, ("",))[0] not in ("", self.env.docname)
        ]
        mark_page(self.document, waiting)


def mark_page(page: nodes.document, terms: list[Term]) -> None:
    """Give the first use of each of these terms its meaning."""
    for text in list(page.findall(nodes.Text)):
        if _is_prose(text):
            found = uses(text.astext(), terms)
            _mark(text, found)
            met = {term.name for *_, term in found}
            terms = [term for term in terms if term.name not in met]


def _is_prose(text: nodes.Text) -> bool:
    """Whether it stands in a paragraph, and in nothing that stands apart."""
    above, prose = text.parent, False
    while above is not None:
        classes = above.get("classes", ())
        if isinstance(above, APART) or "cell" in classes or "terms" in classes:
            return False
        prose = prose or isinstance(above, nodes.paragraph)
        above = above.parent
    return prose


def _mark(text: nodes.Text, found: list[tuple[int, int, Term]]) -> None:
    """Put words with a meaning into the place of plain ones."""
    said, at, parts = text.astext(), 0, []
    for start, end, term in found:
        meaning = f"{term.meaning} {term.chinese}"
        parts += [nodes.Text(said[at:start])]
        parts += [TermUse("", said[start:end], meaning=meaning)]
        at = end
    if found:
        text.parent.replace(text, [*parts, nodes.Text(said[at:])])


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_node(TermUse, html=(visit_use, depart_use))
    app.add_directive("terms", Terms)
    app.add_post_transform(MeaningWhereUsed)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
