"""Code and its outputs, as the page colors them, in light and in dark."""

import re

import pytest
from contrast import contrast

PAGE = "chapters/3_attention/11_scaled_dot_product"
#: Of every element chosen: its color, its ground, the ground around its cell.
COLORS = """(selector) => {
    const ground = element => {
        const color = getComputedStyle(element).backgroundColor;
        return /^rgba\\(.*, 0\\)$/.test(color) ? ground(element.parentElement) : color;
    };
    return [...document.querySelectorAll(selector)].map(element => [
        getComputedStyle(element).color, ground(element),
        ground(element.closest('.cell').parentElement)]);
}"""
LEAST = 4.5  # WCAG 2, level AA


def told_apart(colors):
    """Contrast of a color and its ground, as the browser writes them."""
    written = [re.findall(r"\d+", color)[:3] for color in colors[:2]]
    return contrast(*([int(part) / 255 for part in parts] for parts in written))


@pytest.fixture(params=["light", "dark"])
def page(request, browser, address):
    """A chapter with code, in one of the two schemes."""
    context = browser.new_context(color_scheme=request.param)
    page = context.new_page()
    page.goto(f"{address}{PAGE}.html")
    page.wait_for_load_state("networkidle")
    yield page
    context.close()


def test_comments_can_be_read_and_stand_back_from_the_code(page):
    comments = page.evaluate(COLORS, ".cell_input .highlight .c1")
    names = page.evaluate(COLORS, ".cell_input .highlight .n")
    assert comments and names
    assert min(map(told_apart, comments)) >= LEAST
    assert max(map(told_apart, comments)) < 0.6 * min(map(told_apart, names))


def test_outputs_stand_on_the_ground_of_the_text_around_them(page):
    outputs = page.evaluate(COLORS, "article .cell_output pre")
    assert outputs
    for color, ground, around in outputs:
        assert told_apart((color, ground)) >= LEAST
        assert ground == around


def test_contrast_is_computed_as_wcag_does():
    assert told_apart(("rgb(0, 0, 0)", "rgb(255, 255, 255)")) == pytest.approx(21)
    pair = ("rgb(119, 119, 119)", "rgb(255, 255, 255)")
    assert told_apart(pair) == pytest.approx(4.478, abs=1e-3)
