"""Formulas as the site writes them."""

from xml.etree import ElementTree

import pytest
from docutils import nodes

from coursekit.book.extensions.formulas import AFTER, BEFORE, keep_together, mathml


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
