"""Pages are found: descriptions, days, what a machine reads of the course."""

import json

import html5lib
import pytest

from coursekit import paths

CHAPTERS = [paths.name_of(page) for page in paths.notebooks()]


def head(site, name):
    """The head of a page as a tree: all that is not shown stands there."""
    text = (site / f"{name}.html").read_text("utf-8")
    before, end, _ = text.partition("</head>")
    assert end
    return html5lib.parse(before + end, namespaceHTMLElements=False)


def metas(tree):
    """The page's meta elements: name or property, and content."""
    found = tree.iter("meta")
    return {m.get("name") or m.get("property"): m.get("content") for m in found}


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_describes_itself(site, name):
    found = metas(head(site, name))
    assert 20 <= len(found["description"]) <= 160
    assert found["og:title"] and found["og:description"] == found["description"]


def test_no_two_chapters_have_one_description(site):
    found = [metas(head(site, name))["description"] for name in CHAPTERS]
    assert len(set(found)) == len(found)


def test_the_first_page_says_what_course_this_is(site):
    root = paths.name_of(paths.pages()[0])
    scripts = head(site, root).iter("script")
    data = [s.text for s in scripts if s.get("type") == "application/ld+json"]
    course = json.loads(data[0])
    assert course["@type"] == "Course" and course["name"] and course["description"]


def test_there_is_a_page_for_404_and_a_word_to_robots(site):
    assert "no such page" in (site / "404.html").read_text("utf-8")
    assert "User-agent: *" in (site / "robots.txt").read_text("utf-8")


def test_the_sites_own_address_leads_to_the_first_page(site):
    root = paths.name_of(paths.pages()[0])
    text = (site / "index.html").read_text("utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert f"url={root}.html" in text


def test_an_index_without_entries_is_not_there(site):
    assert not (site / "genindex.html").exists()
