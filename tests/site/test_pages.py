"""Every page of the site in a real browser, in light and in dark."""

import pytest
from quick_axe import quick_axe
from site_pages import PAGES

SCROLLS = """() => [...document.querySelectorAll('div.cell_input pre')]
    .filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"""
NARROW, WIDE = 360, 1280
PATIENCE = 120_000  # milliseconds, for a slow and busy machine
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
UNFOLD = """() => {
    document.querySelectorAll('details').forEach(e => e.open = true);
    document.querySelectorAll('.toggle-hidden')
        .forEach(e => e.classList.remove('toggle-hidden'));
    dispatchEvent(new Event('resize'));
    return new Promise(done => setTimeout(done, 400));
}"""


class Visit:
    """One visit to one page: what went wrong while it loaded."""

    def __init__(self, browser, address, scheme):
        self.context = browser.new_context(
            color_scheme=scheme, viewport={"width": WIDE, "height": 900}
        )
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.address, self.problems = address, []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.note("error", error))
        self.page.on("request", self._request)
        self.page.on("requestfailed", lambda r: self.note("request failed", r.url))
        self.page.on("response", self._response)

    def note(self, what, detail):
        """Remember a problem."""
        self.problems.append(f"{what}: {detail}")

    def _console(self, message):
        if message.type == "error":
            self.note("console", message.text)

    def _request(self, request):
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.note("another host", request.url)

    def _response(self, response):
        if response.status >= 400:
            self.note(f"status {response.status}", response.url)

    def go(self, name):
        """Open a page and wait until it has loaded."""
        self.page.goto(f"{self.address}{name}.html")
        self.page.wait_for_load_state("networkidle")


def _why(node):
    """What axe says is wrong with an element."""
    return " ".join(check["message"] for check in node["any"] + node["all"])


@pytest.fixture(params=["light", "dark"])
def visit(request, browser, address):
    """A fresh visitor with a preference for light or dark."""
    visit = Visit(browser, address, request.param)
    yield visit
    visit.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_cleanly_and_is_accessible(visit, name):
    visit.go(name)
    visit.page.add_style_tag(content=STILL)
    visit.page.evaluate(UNFOLD)
    for violation in quick_axe().run(visit.page, options=AXE).response["violations"]:
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
    visit = Visit(browser, address, "light")
    visit.page.goto(f"{address}search.html?q=attention")
    visit.page.wait_for_selector("#search-results li a")
    assert visit.page.locator("#search-results li").count() > 0
    assert not visit.problems
    visit.context.close()
