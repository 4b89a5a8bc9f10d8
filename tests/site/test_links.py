"""No link of the site leads nowhere; addresses of other hosts are not fetched."""

from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

LINKS = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src"}


class Page(HTMLParser):
    """The places a page has, and the places it links to."""

    def __init__(self, path):
        super().__init__()
        self.places, self.links = {""}, []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        """Collect ids and addresses."""
        found = dict(attributes)
        self.places |= {found.get("id", ""), found.get("name", "")}
        if found.get(LINKS.get(tag)):
            self.links.append(found[LINKS[tag]])


def dead_links(folder):
    """`page -> address` for every internal link that leads nowhere."""
    pages = {
        path.resolve(): Page(path)
        for path in folder.rglob("*.html")
        if "_static" not in path.parts  # the theme's templates lie there
    }
    dead = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = _target(folder.resolve(), path, unquote(parts.path))
            known = pages.get(target)
            place = unquote(parts.fragment)
            if not target.is_file() or (known and place not in known.places):
                dead.append(f"{path.relative_to(folder.resolve())} -> {link}")
    return sorted(set(dead))


def _target(folder, page, link):
    """The file that a link of a page leads to; `/` is the root of the site."""
    if not link:
        return page
    if link == "/":
        return folder / "index.html"
    start = folder if link.startswith("/") else page.parent
    return (start / link.lstrip("/")).resolve()


def test_no_internal_link_or_anchor_is_dead(site):
    assert not dead_links(site)


def test_a_dead_link_and_a_dead_anchor_are_seen(tmp_path):
    (tmp_path / "b.html").write_text('<p id="here"><a href="b.html#gone">x</a>')
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">1</a><a href="c.html">2</a><img src="no.svg">'
    )
    assert dead_links(tmp_path) == [
        "a.html -> c.html",
        "a.html -> no.svg",
        "b.html -> b.html#gone",
    ]
