"""Query, key and value wear their figures' colors in formulas and in words.

`_config.yml` (`coursekit_roles`) says of a page which of the letters Q, K, V, q, k and
v stand for these roles on it, and for nothing else. Such a letter is colored where it
is what a formula speaks of: not as a subscript, as in the width of a key, and above
another letter only as a capital, as in the matrix that makes queries. So is a word in
italics that is the name of a role. Formulas keep their letters, and the letters say
what the color says.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from bs4 import BeautifulSoup, Tag

ROLES = {"q": "query", "k": "key", "v": "value"}
WORDS = {
    word: role
    for role, words in {
        "query": ("query", "queries"),
        "key": ("key", "keys"),
        "value": ("value", "values"),
    }.items()
    for word in words
}
#: Which child of an element of MathML stands below, and which above.
BELOW = {"msub": 1, "msubsup": 1, "munder": 1, "munderover": 1}
ABOVE = {"msup": 1, "msubsup": 2, "mover": 1, "munderover": 2}
#: What has a color of its own, or none.
APART = ["a", "pre", "h1", "h2", "h3", "h4", "summary", "svg"]


def color_roles(soup: BeautifulSoup, letters: Collection[str]) -> None:
    """Give letters and words that stand for a role of attention its class."""
    for letter in soup.select("math mi"):
        name = unicodedata.normalize("NFKC", letter.get_text())
        if name in letters and _spoken_of(letter, name) and not _apart(letter):
            letter["class"] = f"role-{ROLES[name.lower()]}"
    for word in soup.find_all("em"):
        role = WORDS.get(word.get_text().strip().lower())
        if role and not _apart(word):
            word["class"] = f"role-{role}"


def _apart(element: Tag) -> bool:
    return element.find_parent(APART) is not None


def _spoken_of(letter: Tag, name: str) -> bool:
    """Whether a letter of a formula is no subscript, and if raised then a capital."""
    inner = letter
    for outer in letter.parents:
        if outer.name == "math":
            return True
        place = [child for child in outer.children if isinstance(child, Tag)]
        at = next(n for n, child in enumerate(place) if child is inner)
        if BELOW.get(outer.name) == at:
            return False
        if ABOVE.get(outer.name) == at and not name.isupper():
            return False
        inner = outer
    return True
