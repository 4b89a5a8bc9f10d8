"""The quicker axe finds what axe finds: what passes, what fails, and why."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from quick_axe import each_kind_once, quick_axe

KINDS = ("violations", "passes", "incomplete", "inapplicable")
OPTIONS = {"preload": False}
#: Colors in several notations, see-through and stacked; some can be read, some not.
FAULTS = """<div style="background: #ffd; color: {color}; opacity: {opacity}">
    <p style="background: rgba(0, 0, 90, {opacity})">some text</p>
    <img src="x.png"><button></button><a href="#y" role="none">more</a></div>"""
COLORS = ("#777", "rgb(200 200 200 / 0.5)", "hsl(120 60% 20%)", "oklch(0.5 0.2 30)")


def said(axe, page):
    """All that axe says of a page, without its clock."""
    found = axe.run(page, options=OPTIONS).response
    return {kind: found[kind] for kind in KINDS}


@pytest.fixture
def page(request, browser, address):
    """A small page of the site, to add faults to."""
    context = browser.new_context(color_scheme=request.param)
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(f"{address}search.html")
    page.wait_for_load_state("networkidle")
    yield page
    context.close()


def add(page, html):
    """More in the page's main part."""
    script = "html => { document.querySelector('main').innerHTML += html }"
    page.evaluate(script, html)


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_the_quicker_axe_says_what_axe_says(page):
    add(
        page,
        "".join(FAULTS.format(color=c, opacity=o) for c in COLORS for o in (1, 0.4)),
    )
    wanted, found = said(Axe(), page), said(quick_axe(), page)
    again = said(quick_axe(), page)
    faults = {rule["id"] for rule in wanted["violations"]}
    assert {"color-contrast", "image-alt", "button-name"} <= faults
    assert len(wanted["passes"]) > 20
    assert found == wanted and again == wanted


WORD = '<span class="k" style="{style}">word</span> '
LISTING = '<div class="highlight"><pre style="background: {ground}">{words}</pre></div>'
MANY = WORD.format(style="color: #111") * 50
PALE = WORD.format(style="color: #999")
STYLED = WORD.format(style="color: #111; opacity: 0.2")


@pytest.mark.parametrize("page", ["light"], indirect=True)
@pytest.mark.parametrize(
    ("words", "ground", "bad"),
    [
        (MANY, "#fff", 0),
        (MANY + PALE + MANY + PALE, "#fff", 1),
        (MANY + STYLED, "#fff", 1),
        (MANY, "#222", 1),
    ],
    ids=["none", "one color", "see-through", "on its ground alone"],
)
def test_a_word_of_code_that_cannot_be_read_is_found_among_many(
    page, words, ground, bad
):
    add(page, LISTING.format(ground="#fff", words=MANY))
    add(page, LISTING.format(ground=ground, words=words))
    before = page.content()
    with each_kind_once(page):
        assert page.locator("pre span").count() < 5
        found = said(quick_axe(), page)["violations"]
    nodes = [
        n for rule in found if rule["id"] == "color-contrast" for n in rule["nodes"]
    ]
    assert len([node for node in nodes if ">word<" in node["html"]]) == bad
    assert page.content() == before
