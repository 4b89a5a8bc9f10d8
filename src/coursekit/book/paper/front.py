"""What stands before the first chapter: the cover, and what is on which page."""

from __future__ import annotations

import re
from copy import copy
from html import escape
from pathlib import Path
from typing import NamedTuple

from bs4 import BeautifulSoup

from coursekit.book.paper.document import Page, place_of, title_of

DAY = re.compile(r"\d{4}-\d\d-\d\d")
COVER = """<section class="cover">
<img src="{logo}" alt="">
<p class="cover-title">{title}</p>
<p class="cover-lead">{lead}</p>
<p class="cover-foot">{author}{day}</p>
</section>"""
NOTE = """<p class="copy">This copy was printed from the site. What the site folds is
printed in small type; solutions stand at the end of their chapters. {license}</p>"""


class Book(NamedTuple):
    """What the cover says, and the parts of the book: captions, and names of pages."""

    title: str
    author: str
    parts: list[tuple[str, list[str]]]

    @property
    def names(self) -> list[str]:
        """All pages, in their order."""
        return [name for _, names in self.parts for name in names]


def read_book(root: Path) -> Book:
    """What `_config.yml` and `_toc.yml` say of the book."""
    import yaml

    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    parts = [("", [toc["root"]])]
    parts += [
        (part.get("caption", ""), [chapter["file"] for chapter in part["chapters"]])
        for part in toc.get("parts", [])
    ]
    return Book(config["title"], config["author"], parts)


def front(site: Path, book: Book, pages: list[Page]) -> str:
    """The cover and the contents, whose page numbers are still empty."""
    return f"{_cover(site, book, pages[0])}\n{_contents(site, book, pages)}"


def _cover(site: Path, book: Book, first: Page) -> str:
    lead = first.article.select_one("h1 + p > strong")
    days = [day for name in book.names for day in DAY.findall(_foot(site, name))]
    return COVER.format(
        logo=(site / "_static/logo.svg").resolve().as_uri(),
        title=escape(book.title),
        lead=escape(" ".join(lead.get_text().split())) if lead else "",
        author=escape(book.author),
        day=f"<br>As of {max(days)}" if days else "",
    )


def _foot(site: Path, name: str, part: str = ".last-updated") -> str:
    """What the foot of a page of the site says."""
    text = (site / f"{name}.html").read_text("utf-8")
    found = BeautifulSoup(text, "html.parser").select_one(part)
    return " ".join(found.get_text().split()) if found else ""


def _contents(site: Path, book: Book, pages: list[Page]) -> str:
    """The chapters by part, with their sections, each a link with a page number."""
    by_name = {page.name: page for page in pages}
    lines = []
    for caption, names in book.parts:
        if caption:
            lines.append(f'<p class="part">{escape(caption)}</p>')
        for name in names:
            lines += _entries(by_name[name])
    said = NOTE.format(license=escape(_foot(site, book.names[0], ".extra_footer")))
    body = "\n".join(lines)
    heading = '<h1 id="contents">Contents</h1>'
    article = f'<article class="bd-article contents">{heading}\n{body}\n{said}'
    return f"{article}</article>"


def _entries(page: Page) -> list[str]:
    """The lines of a page: its title, then its sections."""
    found = [_entry("chapter", place_of(page.name), title_of(page))]
    for heading in page.article.select("h1 ~ section > h2"):
        found.append(_entry("section", heading.find_parent("section")["id"], heading))
    return found


def _entry(kind: str, place: str, heading) -> str:
    shown = copy(heading)
    for element in shown.find_all(["a", "span"]):
        element.unwrap()
    text = shown.decode_contents(formatter="minimal").strip()
    dots = '<span class="dots"></span><span class="on-page"></span>'
    return f'<p class="{kind}"><a href="#{place}"><span>{text}</span>{dots}</a></p>'
