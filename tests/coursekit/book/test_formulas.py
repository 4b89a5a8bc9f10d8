"""Formulas as the site writes them."""

import re
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup
from docutils import nodes

from coursekit import paths
from coursekit.book.colors.roles import color_roles
from coursekit.book.extensions.formulas import AFTER, BEFORE, keep_together, mathml

CONFIG = yaml.safe_load((paths.ROOT / "_config.yml").read_text("utf-8"))
ROLES = CONFIG["sphinx"]["config"]["coursekit_roles"]


class Html:
    """The part of a Sphinx application that `keep_together` looks at."""

    class builder:
        """Writes HTML."""

        format = "html"


def paragraph(*parts):
    """A paragraph in a document; a part is text or a node."""
    document = nodes.document(None, None)
    made = nodes.paragraph()
    made += [nodes.Text(part) if isinstance(part, str) else part for part in parts]
    document += made
    return document


def test_a_formula_becomes_mathml_that_names_its_functions_and_fractions():
    written = mathml(r"\operatorname{softmax}\left(\frac{Q K^\top}{\sqrt{d_k}}\right)V")
    tree = ElementTree.fromstring(written.replace("&ApplyFunction;", ""))
    assert tree.tag == "math"
    assert [node.text for node in tree.iter("mi")][:2] == ["softmax", "Q"]
    assert len(list(tree.iter("mfrac"))) == len(list(tree.iter("msqrt"))) == 1


def test_what_is_not_understood_is_named():
    with pytest.raises(ValueError, match=r"'\\\\softmacks x' is not understood"):
        mathml(r"\softmacks x")


@pytest.mark.parametrize(
    "text, kept",
    [
        (", and", ","),
        (").\nNext", ")."),
        ("-gram models", "-gram"),
        ("-dimensional, or", "-dimensional,"),
        ("s, often", "s,"),
        ("th place", "th"),
        (" and", ""),
        ("—a dash", ""),
        ("/", ""),
        ("some", ""),
    ],
)
def test_what_stands_against_a_formula_stays_with_it(text, kept):
    assert AFTER.match(text).group() == kept


def test_an_opening_sign_stays_with_the_formula_behind_it():
    assert BEFORE.search("of width (").group() == "("
    assert BEFORE.search("of width ") is None


def test_signs_are_taken_from_the_text_out_of_bold_too():
    formula = nodes.math("", "x")
    bold = nodes.strong()
    bold += formula
    document = paragraph("see (", bold, "), then")
    keep_together(Html, document, "page")
    assert formula["after"] == "),"
    assert formula["before"] == "("
    assert document.astext() == "see x then"


def test_two_formulas_keep_the_comma_between_them_once():
    first, second = nodes.math("", "a"), nodes.math("", "b")
    document = paragraph(first, ", ", second, ".")
    keep_together(Html, document, "page")
    assert (first["after"], second["after"]) == (",", ".")
    assert document.astext() == "a b"


COLORED = {
    "QK^\\top": "Q:query K:key",
    "q_i \\cdot k_j": "q:query k:key",
    "\\mathbf{q}": "𝐪:query",
    "W^Q_h": "Q:query",
    "\\sqrt{d_k}": "",
    "T_q": "",
    "2^k": "",
    "k^2": "k:key",
    "V": "",
    "\\hat q": "q:query",
}


@pytest.mark.parametrize("tex", COLORED)
def test_letters_of_roles_are_colored_but_not_below_others(tex):
    soup = BeautifulSoup(mathml(tex), "html.parser")
    color_roles(soup, "QKqkv")
    found = soup.select("[class]")
    said = [f"{e.get_text()}:{e['class'].removeprefix('role-')}" for e in found]
    assert " ".join(said) == COLORED[tex]


def test_words_are_colored_in_italics_alone_and_never_in_links():
    page = "<p>A key, a <em>key</em>, <em>Values</em>, <a><em>query</em></a></p>"
    soup = BeautifulSoup(page, "html.parser")
    color_roles(soup, "")
    assert [e.get_text() for e in soup.select("[class]")] == ["key", "Values"]
    assert soup.get_text() == "A key, a key, Values, query"


@pytest.mark.parametrize("name, letters", ROLES.items())
def test_a_letter_of_a_role_has_no_other_meaning_on_its_page(name, letters):
    """The page's own table of letters says what it stands for."""
    page = (paths.ROOT / f"{name}.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| $")]
    for row in rows:
        named = re.findall(r"\$([QKVqkv])\$", row.split("|")[1])
        for letter in set(named) & set(letters.split()):
            assert re.search(r"quer|key|value", row), (letter, row)
