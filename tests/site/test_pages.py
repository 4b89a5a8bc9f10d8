"""Every page of the site in a real browser, in light and in dark."""

import pytest
from quick_axe import each_kind_once, quick_axe
from site_pages import PAGES
from visits import WINDOWS, Visit

SCROLLS = """() => [...document.querySelectorAll('div.cell_input pre')]
    .filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"""
NARROW = 360
SPILLS = """() => {
    const wide = e => e.getBoundingClientRect().right > innerWidth + 1;
    const clips = e => e && (getComputedStyle(e).overflowX !== 'visible'
                             ? e.tagName !== 'HTML' : clips(e.parentElement));
    return [...document.querySelectorAll('main *')]
        .filter(e => wide(e) && !clips(e.parentElement))
        .slice(0, 3).map(e => e.outerHTML.slice(0, 120));
}"""
STILL = (
    "*, *::before, *::after { animation: none !important; transition: none !important }"
)
AXE = {"resultTypes": ["violations"], "preload": False}
#: The dark page is the light one in other colors.
IN_DARK = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


def _why(node):
    """What axe says is wrong with an element."""
    return " ".join(check["message"] for check in node["any"] + node["all"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_cleanly_and_is_accessible(visited, name, scheme):
    visit = visited(name, scheme)
    visit.page.add_style_tag(content=STILL)
    visit.unfold()
    options = {**AXE, "runOnly": IN_DARK} if scheme == "dark" else AXE
    with each_kind_once(visit.page):
        found = quick_axe().run(visit.page, options=options).response["violations"]
    for violation in found:
        for node in violation["nodes"][:3]:
            visit.note(f"axe {violation['id']}", f"{node['html']} {_why(node)}")
    without = visit.page.locator("img:not([alt]), main img[alt='']")
    if without.count():
        visit.note("no alternative text", without.first.get_attribute("src"))
    for code in visit.page.evaluate(SCROLLS):
        visit.note("code that needs a scroll bar", code)
    visit.page.set_viewport_size({"width": NARROW, "height": 740})
    width = visit.page.evaluate("document.documentElement.scrollWidth")
    if width > NARROW:
        visit.note(f"{width} wide at {NARROW}", visit.page.evaluate(SPILLS))
    assert not visit.problems, "\n".join(visit.problems)


def test_the_search_finds_a_word_of_a_chapter(browser, address):
    visit = Visit(browser, address, WINDOWS["light"])
    visit.page.goto(f"{address}search.html?q=attention")
    visit.page.wait_for_selector("#search-results li a")
    assert visit.page.locator("#search-results li").count() > 0
    assert not visit.problems
    visit.context.close()
