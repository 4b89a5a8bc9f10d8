"""What readers do with a page: keys, a screen reader's names, paper."""

from html.parser import HTMLParser

import pytest

from coursekit import paths

CHAPTERS = [paths.name_of(page) for page in paths.notebooks()]
PAGE = CHAPTERS[-1]
LONG = next(name for name in CHAPTERS if "11_scaled" in name)
BUTTONS = [".theme-switch-button", ".primary-toggle", ".search-button-field"]
PALE = """() => [...document.querySelectorAll('.bd-article *')].filter(e => {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    const [r, g, b] = getComputedStyle(e).color.match(/\\d+/g).map(Number);
    return own && e.getClientRects().length && (2 * r + 5 * g + b) / 8 > 170;
}).map(e => e.outerHTML.slice(0, 100))"""
GROUNDS = """() => [...document.querySelectorAll('body, main, .bd-article *')]
    .filter(e => {
        const [r, g, b, a = 1] = getComputedStyle(e).backgroundColor
            .match(/[\\d.]+/g).map(Number);
        return e.getClientRects().length && a > 0.5 && (r + g + b) / 3 < 128;
    }).map(e => e.outerHTML.slice(0, 100))"""
NAMES = """() => [...document.querySelectorAll('summary, .toggle-button')]
    .map(e => e.getAttribute('aria-label') || e.textContent.trim())"""
TIGHT = """() => [...document.querySelectorAll('main table tr')].flatMap(row =>
    [...row.cells].slice(1).filter(cell =>
        parseFloat(getComputedStyle(cell).paddingLeft)
        + parseFloat(getComputedStyle(cell.previousElementSibling).paddingRight) < 8)
    ).map(cell => cell.outerHTML.slice(0, 80))"""

WIDE = """() => [...document.querySelectorAll('.cell_output .text_html > table')]
    .filter(e => e.getClientRects().length
        && e.scrollWidth > e.parentElement.clientWidth + 1)
    .map(e => e.textContent.slice(0, 60))"""


@pytest.fixture(params=["light", "dark"])
def page(request, browser):
    """A page of a reader who prefers light or dark."""
    context = browser.new_context(color_scheme=request.param)
    context.set_default_timeout(120_000)
    yield context.new_page()
    context.close()


def opened(page, address, name):
    """The page with a chapter in it, all scripts done."""
    page.goto(f"{address}{name}.html")
    page.wait_for_load_state("networkidle")
    return page


@pytest.mark.parametrize("selector", BUTTONS)
def test_a_button_keeps_the_focus(page, address, selector):
    opened(page, address, PAGE)
    button = page.locator(selector).first
    button.focus()
    page.keyboard.press("Enter")
    if "search" in selector:
        page.wait_for_selector("#pst-search-dialog[open]")
        page.keyboard.press("Escape")
    assert button.evaluate("e => e === document.activeElement")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_printed_page_is_dark_on_white_and_bears_its_number(visited, name, scheme):
    page = visited(name, scheme).page
    page.emulate_media(media="print")
    page.wait_for_function("document.documentElement.dataset.theme === 'light'")
    assert not page.evaluate(PALE) and not page.evaluate(GROUNDS)
    titles = page.locator("h1:visible")
    assert titles.count() == 1
    number = name.rsplit("/", 1)[1][:2]
    if number.isdigit():
        assert titles.inner_text().startswith(f"{int(number)}.")


def test_after_printing_the_page_is_as_it_was(page, address):
    opened(page, address, PAGE)
    theme = "document.documentElement.dataset.theme"
    before = page.evaluate(theme)
    page.pdf()
    assert page.evaluate(theme) == before


@pytest.mark.parametrize("name", CHAPTERS)
def test_no_two_folds_have_one_name_and_tables_are_whole(visited, name):
    page = visited(name, "light").page
    names = page.evaluate(NAMES)
    assert "Toggle hidden content" not in names
    assert sorted(names) == sorted(set(names))
    assert not page.evaluate(TIGHT)
    assert not page.evaluate(WIDE)


def test_a_slash_opens_the_search(page, address):
    opened(page, address, PAGE)
    page.keyboard.press("/")
    page.wait_for_selector("#pst-search-dialog[open]")
    page.keyboard.type("a/b")
    assert page.evaluate("document.activeElement.value") == "a/b"


SECTIONS = """() => [...document.querySelectorAll('.bd-article > section > section')]
    .map(e => [e.id, e.getBoundingClientRect().height])"""
ALL_DRAWN = ".bd-article > section > section { content-visibility: visible !important }"


@pytest.mark.parametrize("width", [360, 1280])
def test_sections_not_yet_drawn_are_about_as_high_as_they_will_be(
    browser, address, width
):
    """Else the scroll bar lies, and a page that is loaded again has moved."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    opened(page, address, LONG)
    said = dict(page.evaluate(SECTIONS))
    page.add_style_tag(content=ALL_DRAWN)
    heights = dict(page.evaluate(SECTIONS))
    page.close()
    assert len(heights) > 5
    assert sum(said.values()) == pytest.approx(sum(heights.values()), rel=0.15)
    for name, height in heights.items():
        assert 0.5 < said[name] / height < 2, name


TITLES = """() => [...document.querySelectorAll('section section > h2')]
    .map(e => e.parentElement.id)"""


@pytest.mark.parametrize("width", [360, 1280])
def test_a_link_into_a_page_leads_to_its_place(browser, address, width):
    """Sections above it are not laid out yet, and must not push it away later."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    opened(page, address, PAGE)
    names = page.evaluate(TITLES)
    page.close()
    for name in names[2::5]:
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.goto(f"{address}{PAGE}.html#{name}")
        for place in (name, names[1], names[-2]):  # loaded, then followed
            page.evaluate("name => { location.hash = name; }", place)
            page.wait_for_timeout(800)
            top = page.locator(f"#{place} > h2").bounding_box()["y"]
            assert 0 <= top < 200, (name, place)
        page.close()


def test_all_sections_are_drawn_on_paper(page, address):
    opened(page, address, PAGE).emulate_media(media="print")
    styles = page.evaluate("""() => [...document.querySelectorAll('section section')]
        .map(e => getComputedStyle(e).contentVisibility)""")
    assert set(styles) == {"visible"}


class Languages(HTMLParser):
    """Text of a page that says it is of another language, by language."""

    def __init__(self, text):
        super().__init__()
        self.found, self._open = {}, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        """Remember what is open."""
        self._open.append((tag, dict(attributes).get("lang")))

    def handle_endtag(self, tag):
        """Forget it."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        """Keep what stands in an element of another language."""
        if self._open and self._open[-1][1] not in (None, "en"):
            self.found.setdefault(self._open[-1][1], []).append(data)


def test_words_of_other_languages_say_so(site):
    page = site / "chapters/4_transformer/17_training_a_translator.html"
    found = Languages(page.read_text("utf-8")).found
    assert {"einundzwanzig", "Schnee"} <= set(found["de"])
    assert "万" in found["zh"]
