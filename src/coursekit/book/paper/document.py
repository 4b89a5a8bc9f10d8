"""The pages of the built site as one HTML document, for paper.

Links from page to page become links within the document. What the site folds is open;
solutions stand at the end of their chapter, so that nobody reads one by accident.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

STYLE = Path(__file__).parents[1] / "static" / "paper.css"
HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
#: What a screen has and paper has not.
ON_SCREEN = ".headerlink, .only-dark, .pst-only-dark, script, noscript, button"
#: Attributes that name an element of the same page, or several.
REFERS = ("for", "aria-labelledby", "aria-describedby", "aria-controls")
HREFS = ("href", "xlink:href")  # of a drawing: a part of it, or a picture's own data
FILES = ("src", "srcset", "data")
URL = re.compile(r"url\((['\"]?)#")
START = """<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light">
<head>
<meta charset="utf-8">
<title>{title}</title>
{styles}
<style>
{style}
</style>
</head>
<body>
<div class="bd-main"><div class="bd-content"><div class="bd-article-container">
"""
END = "</div></div></div>\n</body>\n</html>\n"


class Page(NamedTuple):
    """A page of the site: its name, its article, its style sheets."""

    name: str
    article: Tag
    styles: list[str]


def read(site: Path, names: Iterable[str]) -> list[Page]:
    """The pages of those names, made ready for paper, in their order."""
    names = list(names)
    return [_read(site, name, names) for name in names]


def _read(site: Path, name: str, names: list[str]) -> Page:
    text = (site / f"{name}.html").read_text("utf-8")
    soup = BeautifulSoup(text, "html.parser")
    article = soup.select_one("article.bd-article")
    styles = [link["href"] for link in soup.select('head link[rel="stylesheet"]')]
    for element in article.select(ON_SCREEN):
        element.decompose()
    open_folds(soup, article)
    move_solutions(soup, article)
    rename(article, name)
    lead(article, name, names)
    for element in article.find_all(True):
        element.attrs.pop("loading", None)
        for kind in FILES:
            if kind in element.attrs:
                element[kind] = _file(site, name, element[kind])
    return Page(name, article, [_file(site, name, style) for style in styles])


def open_folds(soup: BeautifulSoup, article: Tag) -> None:
    """Show folded cells, in small type, under a line that says what they are."""
    for fold in article.select("details"):
        summary = fold.find("summary", recursive=False)
        line = soup.new_tag("p", attrs={"class": "fold-title"})
        line.string = " ".join(summary.get_text().split())
        summary.replace_with(line)
        fold.name = "div"
        fold.attrs = {"class": "fold"}


def move_solutions(soup: BeautifulSoup, article: Tag) -> None:
    """Gather the solutions at the chapter's end; each exercise links to its own."""
    solutions = article.select("div.solution")
    if not solutions:
        return
    section = soup.new_tag("section", attrs={"class": "solutions", "id": "solutions"})
    heading = soup.new_tag("h2")
    heading.string = "Solutions"
    section.append(heading)
    for number, solution in enumerate(solutions, 1):
        place = solution.attrs.setdefault("id", f"solution-{number}")
        back = solution.select_one(".admonition-title a[href^='#']")
        exercise = back and article.find(id=back["href"][1:])
        if exercise:
            line = soup.new_tag("p", attrs={"class": "to-solution"})
            link = soup.new_tag("a", href=f"#{place}")
            link.string = "Solution"
            line.append(link)
            exercise.append(line)
        section.append(solution.extract())
    (article.find("section") or article).append(section)


def place_of(name: str, fragment: str = "") -> str:
    """The id, in the document, of a place of a page; of the page without one."""
    return f"{name.replace('/', '.')}--{fragment}"


def rename(article: Tag, name: str) -> None:
    """Make ids unique in the whole document, with what refers to them in the page.

    The page's drawings may be SVG, whose parts refer to each other too.
    """
    for element in article.find_all(True):
        if "id" in element.attrs:
            element["id"] = place_of(name, element["id"])
        for kind in REFERS:
            if kind in element.attrs:
                value = element[kind]
                words = value.split() if isinstance(value, str) else value
                element[kind] = " ".join(place_of(name, word) for word in words)
        for kind, value in element.attrs.items():
            if isinstance(value, str) and "url(" in value:
                element[kind] = URL.sub(rf"url(\1#{place_of(name)}", value)
            elif kind in HREFS and element.name != "a" and value.startswith("#"):
                element[kind] = f"#{place_of(name, value[1:])}"


def lead(article: Tag, name: str, names: list[str]) -> None:
    """Let links lead to places of the document; one that leads to none is text."""
    for link in article.find_all("a", href=True):
        target = _target(name, link["href"], names)
        if target is None:
            link.unwrap()
        else:
            link["href"] = target


def _target(name: str, href: str, names: list[str]) -> str | None:
    """Where a link of a page leads on paper."""
    parts = urlsplit(href)
    if parts.scheme or parts.netloc:
        return href
    path = unquote(parts.path)
    folder = posixpath.dirname(name)
    page = posixpath.normpath(posixpath.join(folder, path)) if path else f"{name}.html"
    found = page.removesuffix(".html")
    if found == page or found not in names:
        return None
    return f"#{place_of(found, unquote(parts.fragment))}"


def _file(site: Path, name: str, address: str) -> str:
    """A file that a page names, by its full address."""
    if urlsplit(address).scheme:
        return address
    path = unquote(urlsplit(address).path)
    return (site / posixpath.dirname(name) / path).resolve().as_uri()


def title_of(page: Page) -> Tag:
    """A page's first heading."""
    return page.article.find("h1")


def document(title: str, pages: list[Page], front: str) -> str:
    """The document: the front matter, then every page, each on a new sheet.

    A page's title runs along the head of its sheets.
    """
    sheets = list(dict.fromkeys(style for page in pages for style in page.styles))
    links = "\n".join(f'<link rel="stylesheet" href="{sheet}">' for sheet in sheets)
    rules = [_running_head(number, page) for number, page in enumerate(pages)]
    style = STYLE.read_text("utf-8") + "\n".join(rules)
    parts = [START.format(title=title, styles=links, style=style), front]
    for number, page in enumerate(pages):
        article = page.article
        article["class"] = [*article.get("class", []), "leaf"]
        article["id"] = place_of(page.name)
        article["style"] = f"page: leaf-{number}"
        parts.append(article.decode(formatter="minimal"))
    return "\n".join([*parts, END])


def _running_head(number: int, page: Page) -> str:
    """The rule that puts a page's title at the head of its sheets."""
    text = " ".join(title_of(page).get_text().split())
    said = json.dumps(text, ensure_ascii=False)  # quoted as CSS quotes
    return f"@page leaf-{number} {{ @top-left {{ content: {said}; }} }}"
