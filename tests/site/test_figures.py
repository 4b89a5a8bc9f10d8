"""Figures on the built pages: legible in light, in dark, on paper and on a phone.

What is measured is what the browser shows: the colors that it computed, against the
ground behind the figure, and the size of the smallest text on a phone.
"""

import pytest
from site_pages import PAGES

from coursekit import paths
from coursekit.chapters.reading import code_cells

PHONE = 360
SMALLEST = 9  # pixels
TEXT, GRAPHICS = 4.5, 3.0  # contrast, WCAG 2.2
#: Every color that a figure shows: what it is, and its contrast to what is behind it.
#: What stands in a filled box, cell or tone is measured by `tests/plots`. What shows
#: through is a grid or a shade, and tones of a color map are told from one another.
COLORS = """() => {
    document.querySelectorAll('details').forEach(e => e.open = true);
    const numbers = c => c.match(/[\\d.]+/g).map(Number);
    const light = c => {
        const [r, g, b] = numbers(c).slice(0, 3).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => {
        const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
        return (high + 0.05) / (low + 0.05);
    };
    const ground = e => {
        for (; e; e = e.parentElement) {
            const color = getComputedStyle(e).backgroundColor;
            if ((numbers(color)[3] ?? 1) > 0.99) return color;
        }
        return 'rgb(255, 255, 255)';
    };
    const inFill = (shape, fills) => {
        const box = shape.getBoundingClientRect();
        const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
        return fills.some(([e, f]) => e !== shape && f.width > box.width
            && f.left <= x && x <= f.right && f.top <= y && y <= f.bottom);
    };
    // Whether an area is the ground of something.
    const holds = (area, shapes) => {
        const own = [[area, area.getBoundingClientRect()]];
        return ['rect', 'circle'].includes(area.tagName)
            && shapes.some(e => e !== area && inFill(e, own));
    };
    const found = [];
    for (const svg of document.querySelectorAll('.drawing')) {
        const behind = ground(svg);
        const shapes = [...svg.querySelectorAll(
            'path, use, circle, rect, line, image, text')]
            .filter(e => !e.closest('defs, clipPath') && e.getClientRects().length);
        const isText = e => e.tagName === 'text'
            || (e.tagName === 'use' && e.closest('.text') && e.parentElement
                .getAttribute('transform')?.includes('scale'));
        const isFilled = e => !['use', 'line', 'text'].includes(e.tagName)
            && (e.tagName === 'image' || getComputedStyle(e).fill !== 'none');
        const fills = shapes.filter(isFilled).map(e => [e, e.getBoundingClientRect()]);
        for (const shape of shapes) {
            const style = getComputedStyle(shape), text = isText(shape);
            if (shape.closest('image, .tones') || inFill(shape, fills)
                || holds(shape, shapes)) continue;
            const fill = shape.tagName === 'line' ? 'none' : style.fill;
            const paints = [];  // a hollow dot is seen by its edge
            for (const [paint, opacity] of [[fill, style.fillOpacity],
                                            [style.stroke, style.strokeOpacity]]) {
                if (paint === 'none' || style.opacity * opacity < 0.95) continue;
                paints.push([text ? 'text' : 'graphics', paint,
                             contrast(paint, behind), svg.getAttribute('aria-label')]);
            }
            found.push(...paints.sort((a, b) => b[2] - a[2]).slice(0, 1));
        }
    }
    return found;
}"""
#: The size of every character as it is shown, and the figure that it is in.
SIZES = """() => {
    document.querySelectorAll('details').forEach(e => e.open = true);
    return [...document.querySelectorAll('.drawing .text use, .drawing text')]
        .filter(e => !e.closest('defs') && e.getClientRects().length
                && (e.tagName === 'text' || e.parentElement
                    .getAttribute('transform')?.includes('scale')))
        .map(e => {
            const m = e.getScreenCTM(), scale = Math.hypot(m.a, m.b);
            const size = e.tagName === 'text'
                ? parseFloat(getComputedStyle(e).fontSize) : 100;
            return [scale * size, e.closest('svg').getAttribute('aria-label')];
        });
}"""
#: The figures of these names that are wider than their place.
TOO_WIDE = """names => {
    document.querySelectorAll('details').forEach(e => e.open = true);
    return names.filter(name => {
        const box = document.getElementById(name)?.querySelector('.drawing-box');
        return !box?.clientWidth || box.scrollWidth > box.clientWidth + 1;
    });
}"""
BOXES = """() => [...document.querySelectorAll('.drawing-box')]
    .filter(e => e.clientWidth)
    .map(e => [e.scrollWidth > e.clientWidth + 1, e.tabIndex, e.getAttribute('role'),
               e.getAttribute('aria-label')])"""
SHOWN = """() => [...document.querySelectorAll('.drawing image')].map(e =>
    [e.getAttribute('class'), getComputedStyle(e).display])"""
NO_TEXT = """() => [...document.querySelectorAll('.drawing')]
    .filter(e => e.getAttribute('role') !== 'img' || !e.getAttribute('aria-label'))
    .map(e => e.outerHTML.slice(0, 120))"""
PICTURES = """() => [...document.querySelectorAll('.cell_output img')]
    .map(e => e.src)"""


each = pytest.mark.parametrize("name", PAGES)


@pytest.fixture
def page(name, visited):
    """The page as it is on a screen, whatever the test before did with it."""
    return visited(name, "light").page


def drawings(source):
    """The names of a page's figures that are drawn on a canvas."""
    if not source.is_file() or not paths.is_notebook(source):
        return []
    cells = [c for c in code_cells(source) if "plots.canvas(" in c["source"]]
    found = [c["metadata"].get("mystnb", {}).get("figure", {}) for c in cells]
    return [figure["name"] for figure in found if figure]


def dressed(page, theme):
    """The page in light or in dark."""
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    return page


@each
def test_every_color_of_a_figure_stands_out_from_its_ground(page):
    for theme in ("light", "dark"):
        for kind, color, contrast, name in dressed(page, theme).evaluate(COLORS):
            least = TEXT if kind == "text" else GRAPHICS
            assert contrast >= least, f"{theme}: {kind} {color} {contrast:.2f} {name}"


@each
def test_paper_is_light_whatever_the_page_was(page):
    dressed(page, "dark")
    page.emulate_media(media="print")
    page.wait_for_function("document.documentElement.dataset.theme === 'light'")
    for kind, color, contrast, name in page.evaluate(COLORS):
        least = TEXT if kind == "text" else GRAPHICS
        assert contrast >= least, f"{kind} {color} {contrast:.2f} {name}"
    assert set(map(tuple, page.evaluate(SHOWN))) <= {
        ("on-light", "inline"),
        ("on-dark", "none"),
        (None, "inline"),
    }


@each
def test_the_smallest_text_of_a_figure_can_be_read_on_a_phone(page):
    page.set_viewport_size({"width": PHONE, "height": 740})
    small = [(size, name) for size, name in page.evaluate(SIZES) if size < SMALLEST]
    assert not small, min(small)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


@each
def test_a_drawing_fits_a_phone_and_does_not_scroll(page, name):
    """A plot may: what stands on `plots.canvas` is laid out for a phone."""
    drawn = drawings(paths.ROOT / f"{name}.md")
    page.set_viewport_size({"width": PHONE, "height": 740})
    assert page.evaluate(TOO_WIDE, drawn) == []


@each
def test_a_figure_that_scrolls_is_reached_by_the_keyboard_and_named(page):
    page.set_viewport_size({"width": PHONE, "height": 740})
    page.wait_for_timeout(200)
    for scrolls, stop, role, name in page.evaluate(BOXES):
        assert (stop == 0) == scrolls
        assert not scrolls or (role == "group" and name.endswith("scrolls sideways"))
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_timeout(200)
    assert not [name for _, stop, _, name in page.evaluate(BOXES) if stop == 0]


@each
def test_figures_are_drawings_and_say_what_they_show(page):
    assert page.evaluate(NO_TEXT) == []
    assert page.evaluate(PICTURES) == []


def test_there_are_figures_to_look_at(site):
    text = (site / "chapters/3_attention/11_scaled_dot_product.html").read_text("utf-8")
    assert text.count('class="drawing"') > 4
    assert "light-dark(" in text
