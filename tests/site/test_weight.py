"""What a page asks of a phone: bytes, and a page that does not move while it loads."""

import gzip

import pytest
from site_pages import PAGES, WITH_FORMULAS

CHAPTER_BYTES = 600_000  # compressed, all that the page asks for
PART_BYTES = 150_000  # compressed, what the search knows of a part
PAGE_BYTES = 600_000  # of the whole site, for each of its pages
WEIGHTS = "_static/live/weights"  # trained weights, which a page loads when it is asked
WEIGHTS_BYTES = 6_000_000
UNWANTED = ("searchindex", "searchtools", "fontawesome", "mathjax")
STEPS = """async () => {
    for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
        scrollTo({top: y, behavior: 'instant'});
        await new Promise(done => requestAnimationFrame(() => setTimeout(done, 30)));
    }
    return window.moved;
}"""


@pytest.fixture
def loaded(name, visited):
    """A page as a phone loads it, and the answers that it got."""
    visit = visited(name, "phone")
    return visit.page, visit.answers


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light_and_asks_for_nothing_it_does_not_need(loaded):
    page, answers = loaded
    found = {answer.url.partition("?")[0]: answer for answer in answers}
    packed = {url: len(gzip.compress(answer.body())) for url, answer in found.items()}
    largest = sorted(packed.items(), key=lambda item: -item[1])[:5]
    assert sum(packed.values()) <= CHAPTER_BYTES, largest
    styles = [url for url in found if url.endswith(".css")]
    assert len(styles) <= 2, styles
    assert not [url for url in found if WEIGHTS in url]
    if not page.url.endswith("search.html"):
        assert not [url for url in found for word in UNWANTED if word in url.lower()]


@pytest.mark.parametrize("name", WITH_FORMULAS)
def test_nothing_moves_while_a_page_loads(loaded):
    page, _ = loaded
    assert page.evaluate(STEPS) < 0.02


def test_the_site_is_small(site):
    """What a reader asks for by a button is counted apart."""
    files = {path for path in site.rglob("*") if path.is_file()}
    weights = {path for path in files if path.is_relative_to(site / WEIGHTS)}
    assert sum(path.stat().st_size for path in weights) <= WEIGHTS_BYTES
    assert sum(path.stat().st_size for path in files - weights) <= PAGE_BYTES * len(
        PAGES
    )


def test_the_site_brings_no_file_that_no_page_asks_for(site):
    kinds = {path.suffix for path in site.rglob("*")}
    assert not kinds & {".map", ".mo", ".po"}


def test_the_site_has_one_search_index(site):
    """That of the course; Sphinx's would be one more, which no page loads."""
    named = [path.name for path in site.rglob("*.js")]
    parts = [path for path in site.rglob("sections-*.js")]
    assert len(parts) > 5 and (site / "_static/search/parts.js").is_file()
    assert max(len(gzip.compress(path.read_bytes())) for path in parts) <= PART_BYTES
    assert not [name for name in named for word in UNWANTED if word in name.lower()]


def test_the_search_asks_for_sections_only_when_somebody_searches(browser, address):
    page, asked = browser.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}search.html")
    assert not [url for url in asked if "/sections-" in url]
    page.goto(f"{address}search.html?q=softmax")
    page.wait_for_function("document.querySelector('#search-results > li')")
    assert [url for url in asked if "/sections-" in url]
    page.close()


def test_every_icon_is_drawn(browser, address):
    """A sign of the theme that `icons.css` does not draw would be an empty box."""
    page = browser.new_page()
    page.goto(f"{address}chapters/3_attention/11_scaled_dot_product.html")
    masks = page.evaluate("""() => [...document.querySelectorAll('.fa-solid')].map(e =>
        [e.className, getComputedStyle(e, '::before').maskImage,
         getComputedStyle(e, '::before').content])""")
    page.close()
    assert len(masks) > 8
    for name, mask, content in masks:
        assert mask.startswith("url(") and content == '""', name
