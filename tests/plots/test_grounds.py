"""Figures are legible on a light page and on a dark one: each color, each map."""

import io
import re
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from contrast import contrast, luminance

matplotlib.use("agg")

from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.colors import to_hex, to_rgb  # noqa: E402

from n2t import plots  # noqa: E402
from n2t.plots import grounds, palette  # noqa: E402

PAIR = re.compile(r"(fill|stroke):light-dark\((#\w+),(#\w+)\)")
RNG = np.random.default_rng(0)
pytestmark = pytest.mark.usefixtures("style")


def tree(text):
    return ElementTree.fromstring(
        text.replace(' xmlns="http://www.w3.org/2000/svg"', "")
    )


def busy():
    """A figure with every kind of thing that chapters draw."""
    fig, axes = plt.subplots(2, 3, figsize=(7, 5))
    plots.heatmap(RNG.random((3, 3)), ax=axes[0, 0], colorbar=True, title="三")
    plots.heatmap(RNG.normal(size=(4, 9)), role="diverging", ax=axes[0, 1])
    plots.draw_mask(np.eye(3) > 0, ax=axes[0, 2])
    points = RNG.normal(size=(9, 2))
    plots.decision_boundary(lambda p: p[:, 0], points, points[:, 0] > 0, ax=axes[1, 0])
    plots.curves({"train": [3, 1], "validation": [2, 1]}, ax=axes[1, 1], log=True)
    last = axes[1, 2]
    last.scatter([1, 2], [1, 2], c="black")
    last.errorbar([1], [2], [0.5], color=plots.INK)
    last.bar([3], [2], color=plots.CYCLE[0])
    last.vlines([4], 0, 1, plots.INK)
    last.annotate("here", (1, 1), (2, 2), arrowprops={"color": "navy"})
    last.text(2, 3, "boxed", color="darkred", bbox={"facecolor": "none"})
    last.fill_between([1, 2], [0, 0], [1, 1], alpha=0.2)
    return fig


def seen(fig):
    """Every color that a figure shows, artist by artist, in no order."""
    fig.canvas.draw()
    found = []
    for artist in fig.findobj():
        for name in ("color", "facecolor", "edgecolor", "cmap"):
            if hasattr(artist, f"get_{name}"):
                value = getattr(artist, f"get_{name}")()
                found.append(
                    value.name if name == "cmap" else np.array2string(np.asarray(value))
                )
    return sorted(found)


ROLES = {*palette.COLORS.values(), *palette.CYCLE, *palette.HEADS, palette.INK}


@pytest.mark.parametrize("color", sorted(ROLES))
def test_every_color_can_be_read_as_text_on_every_ground(color):
    for ground in palette.GROUNDS["light"]:
        assert contrast(color, ground) >= 4.5
    for ground in palette.GROUNDS["dark"]:
        assert contrast(palette.on_dark(color)[:3], ground) >= 4.5
    assert contrast(palette.ON_ROLE[0], color) >= 4.5
    assert contrast(palette.ON_ROLE[1], palette.on_dark(color)[:3]) >= 4.5


@pytest.mark.parametrize("color", ["black", "navy", "#123456", "darkred", "0.3"])
@pytest.mark.parametrize("least", [palette.TEXT, palette.GRAPHICS])
def test_a_color_that_is_not_ours_gets_light_enough_for_a_dark_page(color, least):
    found = palette.on_dark(color, least)
    assert min(contrast(found[:3], g) for g in palette.GROUNDS["dark"]) >= least


def test_what_cannot_be_seen_and_what_shows_through_stays_so():
    assert palette.on_dark("none") == "none"
    assert palette.on_dark((*to_rgb(plots.INK), 0.25))[3] == 0.25


MAPS = ["query", "key", "value", "position", "weight", "bad", "#0a717b"]


@pytest.mark.parametrize("role", MAPS)
def test_a_map_goes_from_near_the_ground_to_a_color_that_stands_out(role):
    """In the dark nothing glares: no step is near white, the lowest near the page."""
    for dark, step in ((False, -1), (True, 1)):
        steps = plots.sequential(role, dark=dark)(np.linspace(0, 1))
        lightness = np.array([luminance(c[:3]) for c in steps])
        assert (step * np.diff(lightness) > 0).all()
        page = palette.GROUNDS["dark" if dark else "light"][0]
        assert contrast(steps[0][:3], page) < 1.6
        assert contrast(steps[-1][:3], page) > 6
        assert not dark or lightness.max() < 0.62


def test_zero_in_a_map_for_signed_values_is_near_the_ground():
    for dark, name in ((False, "light"), (True, "dark")):
        steps = plots.diverging(dark=dark)(np.linspace(0, 1, 101))
        page = palette.GROUNDS[name][0]
        far = [contrast(c[:3], page) for c in steps]
        assert far[50] < 1.6 and min(far[0], far[-1]) > 6
        assert (np.diff(far[:51]) < 0.05).all() and (np.diff(far[50:]) > -0.05).all()
        assert not dark or max(luminance(c[:3]) for c in steps) < 0.62


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("role", [*MAPS, "diverging"])
def test_a_number_can_be_read_on_every_step_of_a_map(role, dark):
    found = (
        plots.diverging(dark) if role == "diverging" else plots.sequential(role, dark)
    )
    for step in found(np.linspace(0, 1, 256)):
        assert contrast(palette.ink_on(step), step[:3]) >= 4.5


def test_in_the_dark_a_number_is_written_for_the_color_of_its_cell():
    fig = plt.figure()
    ax = plots.heatmap([[0.0, 1.0]], ax=fig.add_subplot())
    with plots.dark(fig):
        image = ax.images[0]
        assert image.cmap == plots.sequential("weight", dark=True)
        for text, value in zip(ax.texts, (0.0, 1.0), strict=True):
            assert contrast(text.get_color(), image.cmap(value)[:3]) >= 4.5
        assert [text.get_color() for text in ax.texts] == ["#ffffff", "#000000"]
    assert [text.get_color() for text in ax.texts] == ["#000000", "#ffffff"]


def test_the_text_of_a_filled_box_is_dark_where_the_fill_is_bright():
    ax = plots.canvas(2, 1)
    plots.box(ax, (1, 0.5), "box", role="query")
    with plots.dark(ax.figure):
        fill, text = ax.patches[0].get_facecolor(), ax.texts[0].get_color()
        assert contrast(text, fill[:3]) >= 4.5
    assert ax.texts[0].get_color() == "#ffffff"


def test_after_the_dark_a_figure_is_as_it_was():
    fig = busy()
    before = seen(fig)
    with plots.dark(fig):
        assert seen(fig) != before
    assert seen(fig) == before


def test_an_error_in_the_dark_leaves_the_figure_as_it_was():
    fig = busy()
    before = seen(fig)
    with pytest.raises(KeyError), plots.dark(fig):
        raise KeyError
    assert seen(fig) == before


def test_points_of_two_classes_look_the_same_on_every_ground():
    points = [[0, 0], [1, 1]]
    ax = plots.decision_boundary(lambda p: p[:, 0] - 0.5, points, [0, 1])
    for ground in (False, True):
        with plots.dark(ax.figure) if ground else matplotlib.rc_context():
            kinds = [
                (p.get_markerfacecolor(), p.get_markeredgecolor()) for p in ax.lines
            ]
            assert kinds == [("black", "white"), ("white", "black")]


def test_a_drawing_says_both_colors_and_every_text_of_it_can_be_read():
    """Those in cells, black or white on both grounds, are tested above."""
    seen, in_cells = [], 0
    for text in tree(plots.drawing(busy())).findall(".//g[@class='text']//g"):
        if text.find("use[@href]") is None or "scale" not in text.get("transform", ""):
            continue  # the frame around a text, or the arrow from it
        pairs = [pair for _, *pair in PAIR.findall(text.get("style", ""))]
        in_cells += not pairs or set(pairs[0]) == {"#000000", "#ffffff"}
        seen += pairs[:1]
    assert 0 < in_cells <= 9 + 36
    assert len(set(map(tuple, seen))) > 3
    for light, dark in seen:
        if {light, dark} != {"#000000", "#ffffff"}:
            assert contrast(light, palette.GROUNDS["light"][0]) >= 4.5
            assert contrast(dark, palette.GROUNDS["dark"][0]) >= 4.5


def test_a_drawing_has_an_image_for_each_ground_and_cells_not_pixels():
    fig = plt.figure()
    plots.heatmap(np.arange(6.0).reshape(2, 3), ax=fig.add_subplot(), annotate=False)
    images = list(tree(plots.drawing(fig)).iter("image"))
    assert [image.get("class") for image in images] == ["on-light", "on-dark"]
    assert {(i.get("width"), i.get("height")) for i in images} == {("3", "2")}


def test_a_drawing_says_nothing_to_the_page_around_it():
    text = plots.drawing(busy())
    assert "<style" not in text and "<metadata" not in text and "xlink" not in text
    ids = re.findall(r' id="([^"]+)"', text)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    assert len(ids) == len(set(ids)) and set(ids) == used
    assert "stroke-linejoin" in text.partition(">")[0]


def test_a_picture_stands_on_white_and_carries_its_drawing_where_asked():
    fig = plots.canvas(2, 1).figure
    plots.note(fig.axes[0], (1, 0.5), "note")
    png = plots.picture(fig, with_drawing=True)
    assert plots.drawing_in(png) == plots.drawing(fig)
    assert plots.drawing_in(plots.picture(fig)) is None
    image = plt.imread(io.BytesIO(png))
    assert image.shape == (200, 400, 4)
    assert image[1, 1].tolist() == [1, 1, 1, 1]


def test_drawing_a_figure_does_not_lay_it_out_anew(recwarn):
    ax = plots.canvas(2, 1)
    plots.drawing(ax.figure), plots.picture(ax.figure)
    assert ax.figure.get_layout_engine() is None
    assert not recwarn.list


def test_two_drawings_of_different_things_are_not_merged():
    head = '<svg xmlns="http://www.w3.org/2000/svg">'
    one, two = f"{head}<g/></svg>", f"{head}<g/><g/></svg>"
    with pytest.raises(ValueError, match="two drawings differ in"):
        grounds.merged(one, two)


def test_a_color_that_is_left_out_is_black():
    head = '<svg xmlns="http://www.w3.org/2000/svg">'
    text = grounds.merged(f"{head}<g/></svg>", f'{head}<g style="fill: #fff"/></svg>')
    assert 'style="fill:light-dark(#000000,#fff)"' in text


def test_white_paper_of_a_foreign_map_is_dark_on_a_dark_page():
    ax = plt.subplots()[1]
    image = ax.imshow([[0, 1]], cmap="gray_r")
    with plots.dark(ax.figure):
        assert to_hex(image.cmap(0.0)) == "#000000"
    assert image.cmap.name == "gray_r"
