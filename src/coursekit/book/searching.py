"""What the search looks through: the sections of the written pages.

A section is found by its heading, its words, the terms that it defines (in bold or
italics) and its code. Formulas and printed numbers are left out: nobody searches for
TeX, nor for 0.4183.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, SoupStrainer, Tag

#: Code, and the elements in it: thousands of colored words, which say nothing here.
LISTING, COLORED = re.compile(r"<pre>.*?</pre>", re.S), re.compile(r"</?span[^>]*>")
#: Formulas, which are left out but in a heading, and headings.
FORMULA = re.compile(r"(<h[1-4][ >].*?</h[1-4]>)|<math[ >].*?</math>", re.S)
#: The shapes of a drawing: thousands, and no words.
SHAPE = re.compile(r"</?(?:defs|g|path|rect|use)(?: [^>]*)?>")
#: All that is looked at of a page.
ARTICLE = SoupStrainer("article", class_="bd-article")
#: Descriptions of the library; they are found by their names alone.
ENTRIES = "dl.py"
HEADINGS = ["h1", "h2", "h3", "h4"]
#: What no one reads as text.
SILENT = (
    "math, .math, .formula, .headerlink, .eqno, script, style, summary, nav, "
    ".cell_output pre"  # what code printed
)
SHORT = ":is(h1, h2, h3, h4) math"
DEFINING = ["strong", "em", "dfn"]
#: What stands apart from what follows it, though no blank says so.
APART = ["td", "th", "li", "dt", "dd", "p", "figcaption"]


def sections(html: str) -> Iterator[dict]:
    """The sections of a page, from the last to the first: `h`eading, `a`nchor,
    `t`ext, `d`efined terms and `c`ode. Entries of the API reference come first."""
    plain = LISTING.sub(lambda listing: COLORED.sub("", listing[0]), html)
    plain = FORMULA.sub(lambda found: found[1] or "", SHAPE.sub("", plain))
    article = BeautifulSoup(plain, "html.parser", parse_only=ARTICLE).article
    if article and (entries := article.select(f"section > {ENTRIES}")):
        yield from map(_named, reversed(entries))
        for silent in article.select("section > :not(section, h1, h2)"):
            silent.decompose()
    for formula in article.select(SHORT) if article else ():
        formula.replace_with(_spelled(formula))
    for silent in article.select(SILENT) if article else ():
        silent.decompose()
    found = article.find_all("section") if article else []
    for section in reversed(found):
        heading = section.find(HEADINGS, recursive=False)
        if heading is not None:
            yield _record(section, heading)
            section.extract()


def _named(entry: Tag) -> dict:
    """What is known of a name of the library: how it is imported."""
    name = entry.find("dt")["id"]
    return {"h": name, "a": name, "d": [], "t": "", "c": ""}


def _spelled(formula: Tag) -> str:
    """A heading's formula as text: d_k under a root is √dk."""
    for root in formula.find_all("msqrt"):
        root.insert(0, "√")
    return formula.get_text()


def _record(section: Tag, heading: Tag) -> dict:
    """What is known of a section; those inside it have been taken out."""
    record = {"h": _words(heading.extract()), "a": section.get("id", "")}
    code = [pre.extract() for pre in section.find_all("pre")]
    for block in section.find_all(APART):
        block.append(" ")
    defined = {_words(term).lower() for term in section.find_all(DEFINING)}
    record["d"] = sorted(defined)
    record["t"] = _words(section)
    record["c"] = " ".join(_words(pre, "") for pre in code)
    return record


def _words(element: Tag, between: str = "") -> str:
    """An element's text, every run of white space a blank."""
    return " ".join(element.get_text(between).split())
