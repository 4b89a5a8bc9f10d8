"""Chips, strips, grids, links, ribbons, streams: where they stand, what they say."""

import matplotlib
import numpy as np
import pytest

matplotlib.use("agg")

from matplotlib.collections import QuadMesh  # noqa: E402
from matplotlib.colors import to_hex  # noqa: E402

from n2t import plots  # noqa: E402

pytestmark = pytest.mark.usefixtures("style")


@pytest.fixture
def ax(style):
    return plots.canvas(4, 3)


def boxes(ax):
    return [patch.get_window_extent() for patch in ax.patches]


def mesh(ax):
    return next(c for c in ax.collections if isinstance(c, QuadMesh))


@pytest.mark.parametrize("down", [False, True])
def test_chips_hold_their_words_and_do_not_touch(ax, down):
    words = ["a", "Transformer", "牛奶", "$x$"]
    centers = plots.chips(ax, (0.3, 2.5), words, down=down)
    assert [text.get_text() for text in ax.texts] == words
    for text, patch, center in zip(ax.texts, boxes(ax), centers, strict=True):
        inside = text.get_window_extent()
        assert patch.x0 < inside.x0 < inside.x1 < patch.x1
        middle = ax.transData.inverted().transform((patch.x0 + patch.x1, 0))[0] / 2
        assert middle == pytest.approx(center[0], abs=0.02)
    for one, two in zip(boxes(ax), boxes(ax)[1:], strict=False):
        assert one.y0 > two.y1 if down else one.x1 < two.x0


def test_roles_are_one_for_all_or_one_each(ax):
    plots.chips(ax, (0.3, 2.5), ["a", "b"], role=["query", None])
    faces = [patch.get_facecolor() for patch in ax.patches]
    assert to_hex(faces[0]) == plots.COLORS["query"]
    assert faces[1][3] == 0
    with pytest.raises(ValueError, match=r"role has 1 entries for 2 tokens"):
        plots.chips(ax, (0.3, 1), ["a", "b"], role=["query"])


def test_a_grid_shows_its_first_row_on_top(ax):
    values = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    assert plots.grid(ax, (2, 1), values, cell=(0.5, 0.25), form=".0f") == (2, 1)
    places = {text.get_text(): text.get_position() for text in ax.texts}
    assert places["0"] == pytest.approx((1.75, 1.25))
    assert places["5"] == pytest.approx((2.25, 0.75))
    assert np.array_equal(mesh(ax).get_array().reshape(3, 2), values)


def test_signs_choose_the_colors_and_the_ends_are_alike(ax):
    plots.grid(ax, (2, 1), [[-0.5, 2.0]])
    assert mesh(ax).get_clim() == (-2.0, 2.0)
    assert mesh(ax).get_cmap().name == "n2t-diverging"
    mesh(ax).remove()
    plots.grid(ax, (2, 1), [[0.5, 2.0]], role="value")
    assert mesh(ax).get_clim() == (0.0, 2.0)
    assert mesh(ax).get_cmap().name == "n2t-value"


def test_nothing_but_zeros_is_drawn_too(ax):
    plots.grid(ax, (2, 1), np.zeros((2, 2)))
    assert mesh(ax).get_clim() == (0.0, 1.0)


def test_a_strip_is_a_row_or_a_column_with_its_name(ax):
    plots.strip(ax, (2, 2), [1.0, 2, 3], role="key", name="k", cell=0.2)
    assert ax.patches[0].get_bbox().bounds == pytest.approx((1.7, 1.9, 0.6, 0.2))
    assert ax.texts[0].get_position()[0] < 1.7
    plots.strip(ax, (2, 1), [1.0, 2, 3], down=True, cell=0.2, name="v")
    assert ax.patches[1].get_bbox().bounds == pytest.approx((1.9, 0.7, 0.2, 0.6))
    assert ax.texts[1].get_position()[1] < 0.7


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda ax: plots.grid(ax, (1, 1), [1.0]), r"values must have 2 axes"),
        (lambda ax: plots.strip(ax, (1, 1), [[1.0]]), r"values must have 1 axis"),
        (
            lambda ax: plots.links(ax, [(0, 0)], [(0, 1)], [[1.0, 0.0]]),
            r"weights must have shape \(1, 1\), got \(1, 2\)",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_refused(ax, draw, message):
    with pytest.raises(ValueError, match=message):
        draw(ax)


def test_links_are_as_broad_as_their_weights(ax):
    ends = [(1, 1), (2, 1)]
    plots.links(ax, [(1, 2)], ends, [[0.8, 0.01]], width=5)
    (line,) = ax.lines  # the small one is left out
    assert line.get_linewidth() == pytest.approx(4.0)
    assert list(line.get_ydata()) == pytest.approx([1.8, 1.2])


def test_arrows_stop_at_what_was_drawn(ax):
    start = plots.strip(ax, (0.5, 2), [1.0, 2], cell=0.2)
    (end,) = plots.chips(ax, (2.5, 2), ["end"])
    plots.arrow(ax, start, end)
    ax.figure.canvas.draw()
    arrow = ax.texts[-1].arrow_patch.get_window_extent()
    left, right = boxes(ax)[0].x1, boxes(ax)[1].x0
    assert left - 2 < arrow.x0 < left + 8
    assert right - 8 < arrow.x1 < right + 2


def test_arrows_stop_at_things_in_a_stream_not_at_the_stream(ax):
    plots.stream(ax, (0.5, 1), (3.5, 1), width=1)
    plots.arrow(ax, (1, 2.5), plots.strip(ax, (1, 1), [1.0, 2], cell=0.2))
    ax.figure.canvas.draw()
    arrow = ax.texts[-1].arrow_patch.get_window_extent()
    strip = ax.patches[-1].get_window_extent()
    assert strip.y1 - 2 < arrow.y0 < strip.y1 + 8


def test_a_stream_goes_from_start_to_end_below_everything(ax):
    plots.stream(ax, (0.5, 1), (3.5, 1), width=0.2)
    (band,) = [a for a in ax.get_children() if type(a).__name__ == "FancyArrow"]
    points = band.get_xy()
    assert points[:, 0].min() == pytest.approx(0.5)
    assert points[:, 0].max() == pytest.approx(3.5)
    assert band.get_zorder() == 0


def test_an_arrow_that_starts_on_a_stream_stops_at_the_chip_on_it(ax):
    plots.stream(ax, (2, 2.8), (2, 0.2), width=0.5)
    upper, lower = plots.chips(ax, (1.8, 2.5), ["a", "b"], down=True, gap=1.0)
    plots.arrow(ax, upper, lower)
    ax.figure.canvas.draw()
    arrow = ax.texts[-1].arrow_patch.get_window_extent()
    band, one, other = boxes(ax)
    assert other.y1 - 2 < arrow.y0 < other.y1 + 8
    assert one.y0 - 8 < arrow.y1 < one.y0 + 2


@pytest.mark.parametrize("down", [False, True])
def test_ribbons_side_by_side_join_without_a_gap(ax, down):
    plots.ribbon(ax, (0.5, 0.5), (2.5, 2.0), 0.4, role="query", down=down)
    (band,) = ax.collections
    corners = band.get_paths()[0].vertices
    size = (0.4, 0.0) if down else (0.0, 0.4)  # the ends are level, or upright
    for end, middle in ((corners[[0, 7]], (0.5, 0.5)), (corners[3:5], (2.5, 2.0))):
        assert np.ptp(end, axis=0) == pytest.approx(size)
        assert end.mean(0) == pytest.approx(middle)
    assert band.get_zorder() == 0
    assert to_hex(band.get_facecolor()[0]) == plots.COLORS["query"]


def test_the_canvas_keeps_its_size(ax):
    plots.grid(ax, (2, 1), np.eye(3))
    plots.links(ax, [(1, 2)], [(9, 9)], [[1.0]])
    plots.stream(ax, (0.5, 1), (3.5, 1))
    plots.ribbon(ax, (0.5, 1), (9, 9), 0.2)
    assert ax.get_xlim() == (0, 4)
    assert ax.get_ylim() == (0, 3)


def test_the_drawing_knows_both_grounds(ax):
    plots.chips(ax, (0.3, 2.5), ["a"], role="query")
    plots.grid(ax, (2, 1), np.eye(2), form=".0f")
    plots.stream(ax, (0.5, 1), (3.5, 1), role="value")
    assert plots.drawing(ax.figure).count("light-dark(") > 5
