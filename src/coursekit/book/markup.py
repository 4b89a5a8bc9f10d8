"""The body of a page mended: ids that are unique, names that say what they name.

Each function takes a page's body as a tree of BeautifulSoup and changes it in place.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from bs4 import BeautifulSoup, CData, NavigableString, Tag
from bs4.element import PageElement

from coursekit.book.colors.roles import color_roles

#: Chinese characters, and the numbers and marks between them.
_ONE = r"[\u2e80-\u9fff\uf900-\ufaff]"
HAN = re.compile(rf"[0-9]*{_ONE}(?:(?:{_ONE}|[0-9])*{_ONE})?")
HEADING = re.compile(r"h[1-6]$")
#: The id that the contents of all exercises bear, and that of all solutions'.
CONTENTS = ("exercise-content", "solution-content")
#: Where no element may be put around a piece of text.
OPAQUE = ["script", "style", "math", "svg", "title"]
#: Listings, but for what a cell printed, and the words in them: half of a page's
#: elements, and nothing here looks at their colors.
LISTING = re.compile(
    r'(<div class="highlight-(?!myst-ansi)[\w-]+ notranslate"><div class="highlight">)'
    r"<pre>(.*?)</pre>",
    re.DOTALL,
)
ASIDE = re.compile(r'<pre data-listing="([0-9]+)">.*?</pre>', re.DOTALL)
COLORED = re.compile(r"</?span[^>]*>")
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
    plain, listings = _set_aside(body)
    soup = BeautifulSoup(plain, "html.parser")
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
    return _put_back(soup.decode(formatter="minimal"), listings)


def _set_aside(body: str) -> tuple[str, list[str]]:
    """A page's body with its listings in one color, and the listings as they were.

    A listing is left alone if it holds Chinese, or an id that others may bear too.
    """
    listings = []

    def plain(found: re.Match) -> str:
        before, code = found.groups()
        if HAN.search(code) or ' id="' in code:
            return found[0]
        listings.append(code.replace("&quot;", '"').replace("&#39;", "'"))
        number = len(listings) - 1
        return f'{before}<pre data-listing="{number}">{COLORED.sub("", code)}</pre>'

    return LISTING.sub(plain, body), listings


def _put_back(body: str, listings: Sequence[str]) -> str:
    """The body with its listings in their colors again."""
    return ASIDE.sub(lambda found: f"<pre>{listings[int(found[1])]}</pre>", body)


def unique_ids(soup: BeautifulSoup) -> None:
    """Take ids that stand on several elements off all of them but the first.

    The contents of all exercises bear one id, and so do those of all solutions:
    nothing can refer to them, and none keeps it.
    """
    seen = Counter()
    for element in soup.find_all(id=True):
        name = element["id"]
        seen[name] += 1
        if name in CONTENTS:
            element.name = "div"
        if name in CONTENTS or seen[name] > 1:
            del element["id"]


def name_summaries(soup: BeautifulSoup) -> None:
    """Let every folded cell say in one line what it hides.

    That is its imports, how a figure is drawn, the code of a function, or an output.
    """
    told = Counter()
    for fold in soup.find_all("details", class_="hide"):
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
    for title in soup.find_all(class_="admonition-title"):
        if not {"exercise", "solution"} & set(title.parent.get("class", ())):
            continue
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
    for section in soup.find_all("section"):
        if len(section.find_parents("section")) != 1:
            continue  # the page, or a part of a section
        lines = letters = pixels = 0
        for part in _unfolded(section):
            if type(part) in (NavigableString, CData):
                letters += len(part)
            elif isinstance(part, Tag):
                lines += _lines(part)
                pixels += _pixels(part)
        section["style"] = f"--lines: {lines}; --letters: {letters}; --drawn: {pixels}"


def _unfolded(element: Tag) -> Iterator[PageElement]:
    """What an element shows before a reader opens anything; listings as a whole."""
    for part in element.children:
        if isinstance(part, Tag):
            if _folded(part):
                continue
            if part.name != "pre":
                yield from _unfolded(part)
        yield part


def _folded(element: Tag) -> bool:
    """Whether an element takes no room before a reader opens it."""
    if element.name == "details":
        return "hide" in element.get("class", ())
    around = element.parent
    if around.name != "div" or "solution" not in around.get("class", ()):
        return False
    return element.find_previous_sibling(class_="admonition-title") is not None


def _lines(element: Tag) -> int:
    """How high a listing is, in lines of code."""
    if element.name != "pre":
        return 0
    return element.get_text().strip().count("\n") + 3


def _pixels(element: Tag) -> int:
    """How high a picture is, or a figure that computes."""
    if element.name == "img":
        return int(element.get("height", 0))
    return LIVE if element.name == "div" and "live" in element.get("class", ()) else 0
