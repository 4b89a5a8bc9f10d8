"""Terms: found in a text, and listed with what they mean."""

from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.utils import new_document

from coursekit.book.extensions import glossary
from coursekit.chapters.terms import Term, read_terms


def term(name):
    return Term(name, (f"{name}(s)",), "", "ch", f"what {name} is", "词")


HEAD, ATTENTION, WHOLE = term("head"), term("attention"), term("attention head")


def found(text, terms):
    return [(text[start:end], t.name) for start, end, t in glossary.uses(text, terms)]


def test_only_the_first_use_of_a_term_is_taken():
    assert found("heads, a head", [HEAD]) == [("heads", "head")]


def test_of_terms_that_meet_the_longer_is_taken():
    text = "An attention head is more than attention, and no head."
    terms = [HEAD, ATTENTION, WHOLE]
    assert found(text, terms) == [("attention head", "attention head")]
    assert found("No head, no attention.", terms) == [
        ("head", "head"),
        ("attention", "attention"),
    ]


def test_a_part_of_a_word_is_no_use():
    assert found("ahead, headless", [HEAD]) == []


def test_words_carry_their_meaning_and_the_text_stays():
    page = new_document("page", get_default_settings())
    page += nodes.paragraph("", "", nodes.Text("A head, then "), nodes.literal("", "b"))
    page += nodes.title("", "Attention")
    page += nodes.paragraph("", "", nodes.emphasis("", "attention"), nodes.Text("s"))
    page += nodes.paragraph("", "", nodes.Text("Attention, at last; a head again."))
    before = page.astext()
    glossary.mark_page(page, [HEAD, ATTENTION])
    assert page.astext() == before
    uses = [(use.astext(), use["meaning"]) for use in page.findall(glossary.TermUse)]
    assert uses == [("head", "what head is 词"), ("Attention", "what attention is 词")]


def test_every_term_has_a_place_of_its_own():
    places = [glossary.anchor(term) for term in read_terms()]
    assert len(set(places)) == len(places) and "term-" not in places
