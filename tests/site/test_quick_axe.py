"""The quicker axe finds what axe finds: what passes, what fails, and why."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from quick_axe import quick_axe

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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_quicker_axe_says_what_axe_says(browser, address, scheme):
    context = browser.new_context(color_scheme=scheme)
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(f"{address}search.html")
    page.wait_for_load_state("networkidle")
    blocks = [FAULTS.format(color=c, opacity=o) for c in COLORS for o in (1, 0.4)]
    page.evaluate(
        "html => { document.querySelector('main').innerHTML += html }", "".join(blocks)
    )
    wanted, found = said(Axe(), page), said(quick_axe(), page)
    again = said(quick_axe(), page)
    context.close()
    faults = {rule["id"] for rule in wanted["violations"]}
    assert {"color-contrast", "image-alt", "button-name"} <= faults
    assert len(wanted["passes"]) > 20
    assert found == wanted and again == wanted
