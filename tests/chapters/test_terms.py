"""A page uses no technical term before the page that defines it, or links there.

The terms and their pages are those of `chapters/terms.yml`.
"""

import re
from collections import Counter
from pathlib import Path

import pytest
from chapters.exceptions import EARLY_TERMS

from coursekit.chapters.terms import (
    Page,
    Term,
    chapters,
    early_uses,
    read_terms,
    sentences,
)

TERMS = read_terms()
PAGES = [Page(path, path.read_text("utf-8")) for path in chapters()]
HOMES = {label: page for page in PAGES for label in page.names}
EARLY = {(page, term): said for page, term, said in early_uses(PAGES, TERMS)}
FEWEST_TERMS, MOST_EXCEPTIONS = 120, 10
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_there_are_terms_enough_and_none_twice():
    assert len(TERMS) >= FEWEST_TERMS
    names = Counter(term.name.lower() for term in TERMS)
    words = Counter(word.lower() for term in TERMS for word in term.words)
    for count in (names, words):
        assert not [word for word, times in count.items() if times > 1]


def test_each_term_has_one_sentence_of_meaning_and_a_chinese_name():
    assert not [
        term.name
        for term in TERMS
        if not re.fullmatch(r"[A-Z\"0-9].{15,118}[^.]\.", term.meaning)
        or re.search(r"[.!?] ", term.meaning)
        or not CHINESE.search(term.chinese)
    ]


def test_each_term_is_printed_in_italics_or_a_title_by_the_chapter_that_defines_it():
    unknown = {term.label for term in TERMS} - set(HOMES)
    assert not unknown, "no chapter of the contents has this label"
    assert not [t.name for t in TERMS if not t.is_defined_in(HOMES[t.label].text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_a_page_uses_no_term_of_a_later_page_without_a_link_there(page):
    stem = page.path.stem
    early = {term: said for (where, term), said in EARLY.items() if where == stem}
    assert not {t: said for t, said in early.items() if (stem, t) not in EARLY_TERMS}


def test_without_their_links_many_pages_would_fail():
    bare = [Page(p.path, re.sub(r"\]\([^)]*\)", "](x)", p.text)) for p in PAGES]
    assert len({page for page, _, _ in early_uses(bare, TERMS)}) > len(PAGES) / 2


def test_exceptions_are_few_and_needed_and_have_a_reason():
    assert len(EARLY_TERMS) <= MOST_EXCEPTIONS
    assert set(EARLY_TERMS) <= set(EARLY)
    assert all(EARLY_TERMS.values())


LATER = """(ch-later)=
# Later

The *widget* turns.
"""
WIDGET = Term("widget", ("widget(s)",), "", "ch-later", "", "")


def found(text, term=WIDGET, later=LATER):
    """Whether a page before the term's is reported."""
    pages = [Page(Path("01_first.md"), text), Page(Path("02_later.md"), later)]
    return bool(list(early_uses(pages, [term])))


FIGURE = """```{figure} a.svg
:name: fig-a
:alt: "A widget on a table."
A caption.
```
"""
CELL = """```{code-cell} ipython3
---
mystnb:
  figure: {name: fig-b, caption: "%s"}
  image: {alt: "%s"}
---
plot()
```
"""
EXERCISE = """```{exercise-start} Title
:label: ex-a
```
Write a widget.
```{exercise-end}
```
"""


@pytest.mark.parametrize(
    "text",
    [
        "The widget turns.",
        "Widgets turn.",
        "Two *widgets*, and a [wheel](ch-wheel).",
        "A widget turns. It is explained [later](ch-later).",
        "A widget (see [the map](../index.md)).",
        "| a | widget |\n|---|---|\n| [b](ch-later) | c |",
        "- a widget\n- [later](ch-later)",
        "## A widget\n\n[Later](ch-later).",
        FIGURE,
        FIGURE.replace("widget", "box").replace("caption", "widget"),
        CELL % ("A widget.", "A box."),
        CELL % ("A box.", "A widget."),
        EXERCISE,
        EXERCISE.replace("widget", "box").replace("Title", "A widget"),
        "````{note}\nA widget.\n````",
    ],
)
def test_an_early_use_without_a_link_in_its_sentence_is_found(text):
    assert found(text)


@pytest.mark.parametrize(
    "text",
    [
        "A [widget](ch-later) turns. The widget stops.",
        "A widget: [Later](ch-later) explains it.",
        "A widget ([*Later*](../2_part/02_later.md#more)).",
        "A widget, of {ref}`ch-later`.",
        "A {ref}`widget <ch-later>`.",
        "The `widget`, $widget$ and [wheel](widget-wheel).",
        "$$\nwidget\n$$",
        "(widget)=\n",
        "<!-- A widget. -->",
        "```python\nwidget\n```",
        "```{code-cell} ipython3\nwidget  # a widget\n```",
        EXERCISE.replace("exercise", "solution").replace("Title", "ex-a"),
        "A gadget, midget, widgetry or super-widget.",
    ],
)
def test_a_use_with_a_link_and_what_is_no_use_are_let_pass(text):
    assert not found(text)


def test_a_use_on_the_terms_page_and_after_it_is_let_pass():
    pages = [Page(Path("02_later.md"), LATER), Page(Path("03_x.md"), "A widget.")]
    assert not list(early_uses(pages, [WIDGET]))


def test_phrases_count_and_their_words_alone_do_not():
    term = Term(
        "head", ("attention head(s)", "heads of attention"), "", "ch-later", "", ""
    )
    assert found("Two attention-heads.", term) and found("Heads of attention.", term)
    assert not found("Attention makes heads turn.", term)


def test_a_word_with_a_capital_is_taken_as_it_is_written():
    term = Term("Adam", ("Adam",), "", "ch-later", "", "")
    assert found("By Adam.", term) and not found("An adam.", term)


def test_endings_and_what_may_be_missing():
    term = Term("x", ("mask(s/ed/ing)", "per(-)plexity"), "", "ch-later", "", "")
    for text in ("Mask", "masked.", "masking,", "perplexity", "per-plexity"):
        assert found(text, term), text
    assert not found("maskable", term)


def test_a_definition_is_what_stands_in_italics_bold_or_a_title():
    said = [f"{open_}widgets{close}" for open_, close in (("*", "*"), ("**", "**"))]
    assert all(
        WIDGET.is_defined_in(f"So {text} are.") for text in [*said, "\n# A widget"]
    )
    assert not WIDGET.is_defined_in("A widget, `*widget*`, and *others*.")
    other = Term("widget", ("widget",), "thing", "ch-later", "", "")
    assert other.is_defined_in("A *thing*.") and not other.is_defined_in("*widget*")


def test_sentences_end_where_a_reader_stops():
    text = 'One; two: [three](a). *Four* "five." Six?\n\nSeven\n- eight\n'
    assert [words for words, _ in sentences(text)] == [
        "One; two: three.",
        'Four "five.',
        "Six?",
        "Seven",
        "- eight",
    ]
