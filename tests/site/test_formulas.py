"""Formulas on the built pages: read without scripts, whole at every width."""

import re

import pytest
from fontTools.ttLib import TTFont
from site_pages import WITH_FORMULAS

from coursekit.book.assets import mathfont

WIDTHS = [360, 768, 1280, 1920]
PHONE = 360
#: Formulas, of whatever renderer, whose ink leaves a box on the way up to the text.
CUT = """() => [...document.querySelectorAll(
    'article math, article mjx-container')].filter(formula => {
    if (!formula.getClientRects().length) return false;
    const parts = [formula, ...formula.querySelectorAll('*')];
    const right = Math.max(...parts.map(e => e.getBoundingClientRect().right));
    const left = Math.min(...parts.filter(e => e.getClientRects().length)
        .map(e => e.getBoundingClientRect().left));
    for (let box = formula.parentElement; box.tagName !== 'ARTICLE';
         box = box.parentElement) {
        if (getComputedStyle(box).display === 'inline') continue;
        const edge = box.getBoundingClientRect();
        if (right > edge.right + 1 || left < edge.left - 1) return true;
        if (box.tagName === 'ASIDE') break;  // a note in the margin
    }
    return false;
}).map(e => [e.closest('.equation-box') !== null, e.textContent.slice(0, 60)])"""
#: What a box that scrolls shows at its edge.
SHADES = """() => [...document.querySelectorAll('.equation-box')]
    .filter(e => e.scrollWidth > e.clientWidth + 1)
    .map(e => [getComputedStyle(e).overflowX,
               getComputedStyle(e).backgroundAttachment])"""
#: Punctuation right behind a formula that stands on another line than its end.
ORPHANS = r"""() => [...document.querySelectorAll(
    'article math, article mjx-container')]
    .filter(e => e.getClientRects().length).map(formula => {
    const walker = document.createTreeWalker(document.querySelector('article'),
                                             NodeFilter.SHOW_TEXT);
    walker.currentNode = formula;
    let text = walker.nextSibling() ?? walker.nextNode();
    while (text && formula.contains(text)) text = walker.nextNode();
    if (!text || !/^[.,;:!?)\]]/.test(text.data)) return null;
    const range = new Range();
    range.setStart(text, 0);
    range.setEnd(text, 1);
    const sign = range.getBoundingClientRect();
    const end = formula.getBoundingClientRect();
    return sign.top > end.bottom || sign.left < end.left
        ? formula.textContent.slice(-40) + text.data[0] : null;
}).filter(found => found)"""
EQUATION = re.compile(
    r'<div class="equation [^>]*id="([^"]*)">(?:(?!<div class="equation ).)*?'
    r'<span class="eqno">\(([\d.]+)\)',
    re.S,
)
TAB_STOPS = """() => [...document.querySelectorAll(
    'math, math *, mjx-container, mjx-container *, .equation-box')]
    .filter(e => e.tabIndex >= 0 && !e.closest('a')).length"""


each = pytest.mark.parametrize("name", WITH_FORMULAS)


@pytest.fixture
def page(name, visited):
    """A page that has formulas, all folds open."""
    return visited(name, "light").unfold()


@each
def test_no_formula_is_wider_than_its_box(page):
    """On a phone a formula on lines of its own may scroll, and shows that it does."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for on_its_own, formula in page.evaluate(CUT):
            assert on_its_own and width == PHONE, f"cut off at {width}: {formula}"
    page.set_viewport_size({"width": PHONE, "height": 900})
    for overflow, attachment in page.evaluate(SHADES):
        assert overflow == "auto"
        assert "local" in attachment


@each
def test_no_punctuation_is_parted_from_its_formula(page):
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(ORPHANS) == [], width


@each
def test_formulas_are_no_tab_stops(page):
    assert page.evaluate(TAB_STOPS) == 0


def test_no_page_loads_a_script_for_formulas(site):
    for path in site.rglob("*.html"):
        assert "mathjax" not in path.read_text("utf-8").lower(), path


@each
def test_formulas_are_there_without_scripts(browser, address, name):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}{name}.html")
    text = page.locator("article").inner_text()
    assert page.locator("article math").count() > 0
    assert not re.search(r"\\[(\[]|\\(frac|text|sum|operatorname)", text)
    context.close()


def test_an_equation_is_referred_to_by_the_number_beside_it(site):
    """Every `(12.1)` in a text leads to the equation that is so numbered."""
    seen = 0
    for path in site.rglob("chapters/**/*.html"):
        text = path.read_text("utf-8")
        places = dict(EQUATION.findall(text))
        pattern = r'href="#(equation-[^"]*)"[^>]*>(?:<[^>]*>)*\(([\d.]+)\)'
        for place, number in re.findall(pattern, text):
            assert places[place] == number
            seen += 1
    assert seen > 3


def test_the_font_has_every_character_of_every_formula(site):
    """`coursekit.book.assets.mathfont` says how a character is added."""
    have = set(TTFont(mathfont.FONT).getBestCmap())
    for path in site.rglob("chapters/**/*.html"):
        for formula in re.findall(r"<math.*?</math>", path.read_text("utf-8"), re.S):
            characters = set(re.sub(r"<[^>]*>|&\w+;|\s", "", formula))
            missing = {c for c in characters if ord(c) not in have}
            assert not missing, f"{path.name}: {missing}"
