"""Every page parses strictly, its ids are unique, nothing stands where it may not."""

from collections import Counter

import html5lib
import pytest
from html5lib.constants import E as ERRORS

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


def pages(site):
    """Every page of the site, not the theme's templates."""
    return [p for p in sorted(site.rglob("*.html")) if "_static" not in p.parts]


def test_every_page_parses_strictly_and_has_unique_ids(site):
    found = [
        f"{page.relative_to(site)}: {fault}"
        for page in pages(site)
        for fault in faults(page.read_text("utf-8"))
    ]
    assert not found, "\n".join(found)


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
