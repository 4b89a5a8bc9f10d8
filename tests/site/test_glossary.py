"""The glossary has every term; pages say at a term's first use what it means."""

import html5lib
import pytest

from coursekit import paths
from coursekit.chapters.terms import labels_of, read_terms

PAGES = {paths.name_of(page): page for page in paths.pages()}
AFTER_OTHERS = "chapters/3_attention/11_scaled_dot_product"
MEANINGS = {f"{term.meaning} {term.chinese}": term for term in read_terms()}


def parsed(site, name):
    text = (site / f"{name}.html").read_text("utf-8")
    return html5lib.parse(text, namespaceHTMLElements=False)


def text_of(element):
    return " ".join("".join(element.itertext()).split())


def test_the_glossary_has_every_term_with_a_link_to_its_page(site):
    (listed,) = (
        found
        for found in parsed(site, "chapters/appendices/glossary").iter("dl")
        if "terms" in found.get("class", "").split()
    )
    names = [text_of(found).removesuffix("#") for found in listed.iter("dt")]
    terms = sorted(read_terms(), key=lambda term: term.name.casefold())
    assert names == [f"{term.name} {term.chinese}" for term in terms]
    for entry in listed.iter("dd"):
        assert entry.find(".//a").get("href").startswith("../")


@pytest.mark.parametrize("name", PAGES)
def test_a_term_says_what_it_means_once_a_page_and_never_on_its_own(site, name):
    tree = parsed(site, name)
    uses = [e for e in tree.iter("span") if e.get("class") == "term"]
    met = [MEANINGS[use.get("data-meaning")] for use in uses]
    assert len(set(met)) == len(met)
    own = labels_of(PAGES[name].read_text("utf-8"))
    for use, term in zip(uses, met, strict=True):
        assert term.pattern.fullmatch(text_of(use)) and term.label not in own


def test_pages_after_the_first_have_terms_of_those_before(site):
    tree = parsed(site, "chapters/3_attention/11_scaled_dot_product")
    uses = [e for e in tree.iter("span") if e.get("class") == "term"]
    assert len(uses) > 10
    apart = [*tree.iter("pre"), *tree.iter("code"), *tree.iter("h2"), *tree.iter("a")]
    assert not any(use in list(place.iter("span")) for place in apart for use in uses)


SHOWN = """term => {
    const said = getComputedStyle(term, '::after').content;
    return said !== 'none' && said.includes(term.dataset.meaning.slice(0, 20));
}"""


@pytest.fixture(params=[1280, 360])
def term(request, browser, address):
    """A term of a page, with the page, on a wide screen and on a phone."""
    context = browser.new_context(viewport={"width": request.param, "height": 800})
    page = context.new_page()
    page.goto(f"{address}{AFTER_OTHERS}.html")
    page.wait_for_load_state("networkidle")
    yield page, page.locator(".term").nth(2)
    context.close()


def test_a_meaning_shows_by_keyboard_and_goes_by_escape_and_by_leaving(term):
    page, word = term
    assert not word.evaluate(SHOWN)
    word.evaluate("e => e.focus()")
    assert word.evaluate(SHOWN)
    page.keyboard.press("Escape")
    assert not word.evaluate(SHOWN)
    assert word.evaluate("e => e === document.activeElement")
    page.keyboard.press("Enter")
    assert word.evaluate(SHOWN)
    page.keyboard.press("Tab")
    assert not word.evaluate(SHOWN)


def test_a_meaning_shows_by_a_tap_and_goes_by_another_and_says_itself(term):
    page, word = term
    for shown in (True, False, True):
        word.dispatch_event("pointerdown")
        word.dispatch_event("click")
        assert word.evaluate(SHOWN) is shown
    said = word.evaluate("e => [e.getAttribute('aria-description'), e.role]")
    assert said == [word.get_attribute("data-meaning"), "button"]
