"""The cover and what it gives to all pages: a path of links, parts, margins, paper."""

import pytest
from contrast import contrast

from coursekit.book.colors.parts import parts

COVER = "chapters/index"
CHAPTER = "chapters/3_attention/11_scaled_dot_product"
WITH_ASIDE = "chapters/1_neural_networks/03_autograd"
PLACES = """() => {
    const box = e => { const b = e.getBoundingClientRect(); return [b.left, b.right]; };
    return [...document.querySelectorAll('aside.margin')]
        .map(e => [box(e), box(document.querySelector('.bd-article h1'))]);
}"""
ROLES = """() => [...document.querySelectorAll('[class^=role-]')].map(e =>
    [e.textContent, e.getAttribute('class'), getComputedStyle(e).color])"""
SEEN = "e => e.getClientRects().length > 0"
GROUNDS = {"light": (1, 1, 1), "dark": (0x14 / 255, 0x18 / 255, 0x1E / 255)}


def test_every_station_is_reached_by_the_keyboard_and_leads_to_its_part(
    visited, address
):
    page = visited(COVER, "light").page
    stations = page.locator("nav.path a.station")
    assert stations.count() == len(parts())
    stations.first.focus()
    for part in parts():
        at = page.evaluate("document.activeElement.href.baseVal")
        assert part.first.removeprefix("chapters/") + ".html" == at
        page.keyboard.press("Tab")


@pytest.mark.parametrize("window", ["light", "phone"])
def test_the_sentence_stands_whole_on_the_cover(visited, window):
    page = visited(COVER, window).page
    box = page.locator(".drawing-box").first
    assert box.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    assert "Schnee" in box.inner_text()


def test_a_chapter_names_its_part_in_its_tint(visited):
    page = visited(CHAPTER, "light").page
    said = page.evaluate("""() => {
        const title = document.querySelector('.bd-article h1');
        const style = getComputedStyle(title, '::before');
        return [style.content, style.color];
    }""")
    assert "III. Attention" in said[0] and said[1] == "rgb(173, 74, 14)"


@pytest.mark.parametrize("window", ["light", "phone"])
def test_an_aside_stands_in_the_margin_or_where_there_is_none_in_the_text(
    visited, window
):
    page = visited(WITH_ASIDE, window).page
    places = page.evaluate(PLACES)
    assert places
    for (left, right), (start, end) in places:
        assert right <= page.viewport_size["width"]
        if window == "light":
            assert left >= end
        else:
            assert start - 1 <= left and right <= end + 1


def test_the_contents_make_room_for_an_aside(visited):
    page = visited(WITH_ASIDE, "light").page
    page.locator("aside.margin").first.scroll_into_view_if_needed()
    page.wait_for_selector(".bd-sidebar-secondary.hide")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_of_roles_can_be_read_and_have_their_own_color(visited, scheme):
    page = visited(CHAPTER, scheme).page
    found = page.evaluate(ROLES)
    colors = {}
    for _, role, color in found:
        colors.setdefault(role, set()).add(color)
    assert len(colors) == 3 and all(len(each) == 1 for each in colors.values())
    for (color,) in colors.values():
        numbers = [int(part) / 255 for part in color[4:-1].split(",")]
        assert contrast(numbers, GROUNDS[scheme]) >= 4.5


def test_paper_has_a_live_figures_picture_and_nothing_to_move(visited):
    page = visited(CHAPTER, "light").page
    page.wait_for_selector(".live[data-state=on]")
    picture = page.locator(".live .drawing-box")
    controls = page.locator(".live :is(button, input, .live-panel)")
    assert not picture.evaluate(SEEN) and controls.first.evaluate(SEEN)
    page.emulate_media(media="print")
    assert picture.evaluate(SEEN)
    assert not any(found.evaluate(SEEN) for found in controls.all())
