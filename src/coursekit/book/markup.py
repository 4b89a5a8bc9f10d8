"""The body of a page mended: ids that are unique, names that say what they name.

Each function takes a page's body as a tree of BeautifulSoup and changes it in place.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from copy import copy

from bs4 import BeautifulSoup, NavigableString, Tag

from coursekit.book.colors.roles import color_roles

#: Chinese characters, and the numbers and marks between them.
_ONE = r"[\u2e80-\u9fff\uf900-\ufaff]"
HAN = re.compile(rf"[0-9]*{_ONE}(?:(?:{_ONE}|[0-9])*{_ONE})?")
HEADING = re.compile(r"h[1-6]$")
#: Where no element may be put around a piece of text.
OPAQUE = ["script", "style", "math", "svg", "title"]
#: What takes no room before a reader opens it.
FOLDED = "details.hide, div.solution > .admonition-title ~ *"
LIVE = 460  # pixels: about how high a figure that computes is on a wide screen
#: What a page's first cell does beside its imports: seeds, and how figures look.
SET_UP = re.compile(r"\b(?:seed_everything|use_style)\(")
DEFINED = re.compile(r"^(?:def|class)\s+(\w+)", re.MULTILINE)


def mended(
    body: str,
    spoken: Sequence[Mapping[str, str]] = (),
    letters: Collection[str] | None = None,
) -> str:
    """A page's body, mended in every way that is known here.

    `spoken` says of each cell what in its outputs is of which language, as
    `mark_outputs` wants it; `letters`, on a page about attention, which of its letters
    stand for a query, a key or a value, as `color_roles` wants them.
    """
    soup = BeautifulSoup(body, "html.parser")
    mark_outputs(soup, spoken)
    if letters is not None:
        color_roles(soup, letters)
    for mend in (
        unique_ids,
        name_summaries,
        make_headings,
        mark_chinese,
        load_late,
        say_heights,
    ):
        mend(soup)
    return soup.decode(formatter="minimal")


def unique_ids(soup: BeautifulSoup) -> None:
    """Take ids that stand on several elements off all of them but the first.

    The contents of all exercises bear one id, and so do those of all solutions:
    nothing can refer to them, and none keeps it.
    """
    for box in soup.select("#exercise-content, #solution-content"):
        del box["id"]
        box.name = "div"
    seen = Counter()
    for element in soup.find_all(id=True):
        seen[element["id"]] += 1
        if seen[element["id"]] > 1:
            del element["id"]


def name_summaries(soup: BeautifulSoup) -> None:
    """Let every folded cell say in one line what it hides.

    That is its imports, how a figure is drawn, the code of a function, or an output.
    """
    told = Counter()
    for fold in soup.select("details.hide"):
        summary = fold.find("summary", recursive=False)
        summary.attrs.pop("aria-label", None)
        what = _hidden(fold)
        told[what] += 1
        what += f" ({told[what]})" if told[what] > 1 else ""
        line = summary.find(class_="collapsed")
        line.name, line.string, line["class"] = "span", what, "fold-name"
        summary.find(class_="expanded").decompose()


def _hidden(fold: Tag) -> str:
    """What a folded part of a cell is, in words."""
    code = fold.find(class_="cell_input")
    if code is None:
        return f"The output{_below(fold)}"
    if only_imports(code.get_text()):
        return "Imports"
    cell = fold.find_parent(class_="cell")
    if number := cell.select_one("figcaption .caption-number") if cell else None:
        return f"How {number.get_text().strip()} is drawn"
    if cell and cell.select(".cell_output :is(svg.drawing, img)"):
        return f"How this figure is drawn{_below(fold)}"
    if defined := DEFINED.findall(code.get_text()):
        return f"The code of {' and '.join(defined[:2])}"
    return f"The code{_below(fold)}"


def only_imports(code: str) -> bool:
    """Whether code does nothing but import, and what a page begins with."""
    try:
        lines = ast.parse(code).body
    except SyntaxError:  # a line for the notebook's own commands
        return False
    imports = [isinstance(line, ast.Import | ast.ImportFrom) for line in lines]
    others = [line for line, one in zip(lines, imports, strict=True) if not one]
    return any(imports) and all(SET_UP.search(ast.unparse(line)) for line in others)


def _below(element: Tag) -> str:
    """Where something stands: `, "What it costs"`; "" above all headings."""
    heading = element.find_previous(HEADING)
    return f", “{_words(heading)}”" if heading else ""


def _words(heading: Tag) -> str:
    """A heading's text, without its number and the link to it."""
    parts = (
        str(text)
        for text in heading.find_all(string=True)
        if not text.find_parent(class_=["headerlink", "section-number"])
    )
    return "".join(parts).strip()


def make_headings(soup: BeautifulSoup) -> None:
    """Titles of exercises and solutions are headings, one below their section's."""
    for title in soup.select(":is(.exercise, .solution) > .admonition-title"):
        above = title.find_previous(HEADING)
        title["role"] = "heading"
        title["aria-level"] = str(int(above.name[1]) + 1 if above else 2)


def mark_chinese(soup: BeautifulSoup) -> None:
    """Say of Chinese text that it is Chinese, wherever it stands."""
    for text in soup.find_all(string=HAN):
        if type(text) is NavigableString and not text.find_parent([*OPAQUE, _spoken]):
            text.replace_with(*_split(soup, str(text), HAN, "zh"))


def mark_outputs(soup: BeautifulSoup, spoken: Sequence[Mapping[str, str]]) -> None:
    """Say of words in the outputs of cells which language they are of.

    `spoken` has for each cell of the page patterns by language; what the first group
    of a pattern matches is of its language, in lines of text and in tables.

    Raises `ValueError` for a pattern that matches nothing.
    """
    for cell, patterns in zip(soup.select("div.cell"), spoken, strict=False):
        for language, pattern in patterns.items():
            found = 0
            for text in cell.select_one(".cell_output").find_all(string=True):
                if type(text) is NavigableString and not text.find_parent(OPAQUE):
                    pieces = _split(soup, str(text), re.compile(pattern), language)
                    text.replace_with(*pieces)
                    found += len(pieces) // 2
            if not found:
                raise ValueError(f"{pattern!r} matches no output in {language!r}")


def _spoken(tag: Tag) -> bool:
    return tag.has_attr("lang")


def _split(soup: BeautifulSoup, text: str, pattern: re.Pattern, language: str) -> list:
    """Pieces of a text; every second is what was found, marked as of a language.

    What is found is a pattern's first group, or the whole where it has none.
    """
    pieces, at = [], 0
    for found in pattern.finditer(text):
        start, end = found.span(1 if pattern.groups else 0)
        span = soup.new_tag("span", lang=language)
        span.string = text[start:end]
        pieces += [NavigableString(text[at:start]), span]
        at = end
    return [*pieces, NavigableString(text[at:])]


def load_late(soup: BeautifulSoup) -> None:
    """Let images wait until a reader comes near, but for a page's first."""
    for image in soup.find_all("img")[1:]:
        image["loading"] = "lazy"


def say_heights(soup: BeautifulSoup) -> None:
    """Say of each section of a page about how much is in it.

    The style sheet makes a height of it, for sections that a browser has not drawn yet:
    lines of code, characters of text, and pixels of pictures.
    """
    for section in soup.select("section > section"):
        if section.find_parent("section").find_parent("section"):
            continue  # a part of a section
        seen = copy(section)
        for hidden in seen.select(FOLDED):
            hidden.decompose()
        code = [pre.extract() for pre in seen.find_all("pre")]
        lines = sum(pre.get_text().strip().count("\n") + 3 for pre in code)
        pixels = sum(int(image.get("height", 0)) for image in seen.find_all("img"))
        pixels += LIVE * len(seen.select("div.live"))
        letters = len(seen.get_text())
        section["style"] = f"--lines: {lines}; --letters: {letters}; --drawn: {pixels}"
