"""Every page parses strictly, its ids are unique, nothing stands where it may not."""

from collections import Counter

import html5lib
import pytest
from html5lib.constants import E as ERRORS
from site_pages import PAGES

#: What only words may stand in, and what is no word.
PHRASES = {"summary", "button", "label", "p", "h1", "h2", "h3", "h4", "h5", "h6"}
PHRASES |= {"span", "em", "strong", "code"}
BLOCKS = {"p", "div", "section", "ul", "ol", "table", "pre", "figure", "details"}
BLOCKS |= {"h1", "h2", "h3", "h4", "h5", "h6", "nav", "article"}


def faults(text):
    """What is wrong with an HTML document, a line each."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(text)
    for (line, _), code, values in parser.errors:
        yield f"line {line}: {ERRORS[code] % values}"
    ids = Counter(element.get("id") for element in tree.iter())
    yield from (f"id {name} {n} times" for name, n in ids.items() if name and n > 1)
    for element in (e for e in tree.iter() if e.tag in PHRASES):
        inside = {child.tag for child in element.iter()} - {element.tag}
        yield from (f"{tag} in {element.tag}" for tag in inside & BLOCKS)


def said(site, page):
    """What is wrong with a page of the site."""
    found = faults(page.read_text("utf-8"))
    return [f"{page.relative_to(site)}: {fault}" for fault in found]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_parses_strictly_and_has_unique_ids(site, name):
    assert said(site, site / f"{name}.html") == []


def test_so_do_all_others_but_the_themes_templates(site):
    named = {site / f"{name}.html" for name in PAGES}
    others = set(site.rglob("*.html")) - named
    assert named and others
    assert not [
        fault
        for page in sorted(others)
        if "_static" not in page.parts
        for fault in said(site, page)
    ]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<p id="a">x<p id="a">y', "id a 2 times"),
        ("<details><summary><p>x</p></summary></details>", "p in summary"),
        ("<p><b>x</p>", "Unexpected end tag"),
        ("<button><div>x</div></button>", "div in button"),
    ],
)
def test_a_fault_is_seen(body, fault):
    start = '<!DOCTYPE html><html lang="en"><title>t</title><body>'
    assert any(fault in found for found in faults(start + body))
    assert not list(faults(f"{start}<p>well</p>"))


def test_a_missing_doctype_is_seen():
    assert any("DOCTYPE" in fault for fault in faults("<p>x</p>"))
