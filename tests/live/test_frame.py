"""The frame: what every figure that computes owes to a reader, whatever it shows."""

import re

import pytest
from contrast import contrast
from quick_axe import quick_axe

from coursekit.book import live
from coursekit.book.assets.live import names
from n2t.plots import COLORS, INK
from n2t.plots.palette import DARK, ON_ROLE

NAMES = names()
LARGEST = 40_000  # bytes of a script
FORBIDDEN = re.compile(
    r"\bfetch\(|XMLHttpRequest|\bimport\b|\bexport\b|https?://(?!www)"
)
AXE = {"resultTypes": ["violations"], "preload": False}
ROLES = {role: COLORS[role] for role in ("query", "key", "value", "position", "head")}
ROLES |= {"ink": INK, "bad": COLORS["bad"], "on": ON_ROLE[0]}
#: Text of a drawing: its size on the screen, its color, and the ground behind it.
TEXTS = """() => {
    const ground = e => {
        for (; e; e = e.parentElement) {
            const color = getComputedStyle(e).backgroundColor;
            if (!/^rgba.*, 0\\)$/.test(color)) return color;
        }
        return "rgb(255, 255, 255)";
    };
    return [...document.querySelectorAll(".live-panel text")]
        .filter(e => e.textContent && e.getClientRects().length)
        .map(e => {
            const m = e.getScreenCTM(), style = getComputedStyle(e);
            return [parseFloat(style.fontSize) * Math.hypot(m.a, m.b), style.fill,
                    ground(e), e.textContent, !!e.closest(".on, .chip.new")];
        });
}"""
SMALLEST, TEXT = 9, 4.5
OUTSIDE = """() => [...document.querySelectorAll(".live-panel")].flatMap(panel => {
    const box = panel.getBoundingClientRect();
    return [...panel.querySelectorAll("text")].filter(e => {
        const it = e.getBoundingClientRect();
        return it.width && (it.left < box.left - 1 || it.right > box.right + 1
            || it.top < box.top - 1 || it.bottom > box.bottom + 1);
    }).map(e => e.textContent);
})"""
#: Pairs of texts of one panel that lie on one another.
COVERED = """() => [...document.querySelectorAll(".live-panel")].flatMap(panel => {
    const all = [...panel.querySelectorAll("text")].filter(e => e.textContent)
        .map(e => [e.textContent, e.getBoundingClientRect()])
        .filter(([, b]) => b.width);
    return all.flatMap(([one, a], at) => all.slice(at + 1)
        .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
            && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
        .map(([other]) => `${one} / ${other}`));
})"""
STOPS = """() => [...document.querySelectorAll(
    ".live-panel [tabindex], .live-controls :is(input, button, textarea)")].map(e =>
    [e.getAttribute("aria-label") || e.closest("label")?.textContent || e.textContent,
     e.getAttribute("role") || e.tagName])"""

each = pytest.mark.parametrize("name", NAMES)
themes = pytest.mark.parametrize("theme", ["light", "dark"])


def channels(color):
    """A color that a browser wrote, as Matplotlib has it."""
    return [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]


def test_there_are_figures():
    assert "attention" in NAMES


@pytest.mark.parametrize("path", sorted(live.FOLDER.glob("*.js")), ids=lambda p: p.stem)
def test_a_script_is_small_plain_and_asks_for_nothing(path):
    text = path.read_text("utf-8")
    assert len(text.encode()) <= LARGEST
    code = "\n".join(line.partition(" // ")[0] for line in text.splitlines())
    assert not FORBIDDEN.search(re.sub(r"^\s*//.*$", "", code, flags=re.M))


def test_the_colors_of_roles_are_those_of_the_plots():
    style = (live.FOLDER / "live.css").read_text("utf-8")
    light, dark = style.split('html[data-theme="dark"]')[:2]
    for role, color in ROLES.items():
        assert f"--role-{role}: {color};" in light
        other = ON_ROLE[1] if role == "on" else DARK[color]
        assert f"--role-{role}: {other};" in dark


@each
@pytest.mark.parametrize("where", ["server", "file"])
def test_a_figure_starts_and_asks_for_its_own_files_alone(
    visit, addresses, name, where
):
    page = visit(name, where)
    page.wait_for_selector(f".live[data-live={name}][data-state=on] .live-panel")
    assert page.locator(".live-said").inner_text().strip()
    assert all(url.startswith((addresses[where], "data:")) for url in page.asked)


@each
@themes
def test_axe_finds_nothing(visit, name, theme):
    page = visit(name, theme=theme)
    found = quick_axe().run(page, options=AXE).response["violations"]
    mine = [v for v in found if v["id"] not in ("region", "landmark-one-main")]
    assert not [(v["id"], n["html"]) for v in mine for n in v["nodes"]]


@each
@themes
def test_text_can_be_read_wherever_a_figure_is(visit, name, theme):
    page = visit(name, theme=theme)
    for wide in (800, 360):
        page.set_viewport_size({"width": wide, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= wide
        for size, color, ground, text, on in page.evaluate(TEXTS):
            assert size >= SMALLEST, (text, size, wide)
            enough = on or contrast(channels(color), channels(ground)) >= TEXT
            assert enough, (text, color, ground)
        assert page.evaluate(OUTSIDE) == []
        assert page.evaluate(COVERED) == []


@each
def test_what_can_be_moved_has_a_name_of_its_own(visit, name):
    stops = [tuple(stop) for stop in visit(name).evaluate(STOPS)]
    assert stops and all(label.strip() for label, _ in stops)
    assert len(set(stops)) == len(stops)


@each
def test_paper_shows_the_figure_and_no_controls(visit, name):
    page = visit(name)
    page.emulate_media(media="print")
    assert page.locator(".live-panel").first.is_visible()
    assert not page.locator(".live-controls").is_visible()


@each
def test_a_figure_keeps_still_for_readers_who_want_that(visit, name):
    page = visit(name, reduced_motion="reduce")
    assert page.evaluate("live.still()")
    assert page.evaluate("document.getAnimations().length") == 0


@each
def test_the_picture_is_the_figure_as_it_starts(name):
    text = live.picture_of(name).read_text("utf-8")
    assert "light-dark(" in text and "<script" not in text
    assert len(text) <= LARGEST
