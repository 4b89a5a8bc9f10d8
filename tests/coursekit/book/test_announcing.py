"""What a site says beside its pages: map, feed, robots, page for 404, picture."""

from xml.etree import ElementTree

import html5lib

from coursekit.book import announcing

BASE = "https://example.org/a/"
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def test_the_map_has_every_page_and_only_known_days():
    text = announcing.sitemap(BASE, {"x & y.html": "2026-01-02", "z.html": ""})
    urls = list(ElementTree.fromstring(text.encode()))
    assert [[part.text for part in url] for url in urls] == [
        ["https://example.org/a/x & y.html", "2026-01-02"],
        ["https://example.org/a/z.html"],
    ]


def test_the_feed_has_an_entry_a_change_and_each_its_own_name():
    entries = announcing.changes("# Changes\n\n- **New.** `a` < b\n- Two.\n\ntext\n")
    assert entries == ["New. a < b", "Two."]
    text = announcing.feed(BASE, "T", entries, "2026-01-02")
    root = ElementTree.fromstring(text.encode())
    titles = [found.text for found in root.findall("a:entry/a:title", ATOM)]
    names = {found.text for found in root.findall("a:entry/a:id", ATOM)}
    assert titles == ["New.", "Two."] and len(names) == 2
    assert root.find("a:updated", ATOM).text == "2026-01-02T00:00:00Z"


def test_robots_name_the_map_where_there_is_one():
    assert "Sitemap: https://example.org/a/sitemap.xml" in announcing.robots(BASE)
    assert "Sitemap" not in announcing.robots("")


def test_the_page_for_404_asks_for_nothing_and_links_from_the_root():
    text = announcing.not_found("T & U", "/a/")
    html5lib.HTMLParser(strict=True).parse(text)
    tree = html5lib.parse(text, namespaceHTMLElements=False)
    assert not tree.findall(".//link") and not tree.findall(".//script")
    links = [link.get("href") for link in tree.iter("a")]
    assert links == ["/a/", "/a/search.html"]


def test_a_picture_of_a_page_has_the_size_that_links_show(tmp_path):
    from matplotlib.image import imread

    path = tmp_path / announcing.picture_of("chapters/part/07_name")
    announcing.draw(path, "Costs $5 and x_1", "The course")
    assert path.name == "card-07_name.png"
    assert imread(path).shape[:2] == (630, 1200)
