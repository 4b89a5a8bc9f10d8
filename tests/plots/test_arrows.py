"""Arrows meet the boxes between which they are drawn, from whatever side."""

import matplotlib
import numpy as np
import pytest

matplotlib.use("agg")

from matplotlib import pyplot as plt  # noqa: E402

from n2t import plots  # noqa: E402

BOXES = [((0.9, 1.75), (4.1, 1.75)), ((4.1, 1.75), (2.5, 0.4)), ((2.5, 0.4), (2.5, 2))]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def ends(ax):
    """The points of the last arrow's outline, in inches."""
    ax.figure.canvas.draw()
    arrow = ax.texts[-1].arrow_patch
    path = arrow.get_transform().transform_path(arrow.get_path())
    real = path.vertices[path.codes != path.CLOSEPOLY]  # closing has no place
    return ax.transData.inverted().transform(real)


def distance(point, center, width=1.1, height=0.42):
    """How far a point lies outside of a box, in inches."""
    out = np.abs(np.subtract(point, center)) - np.array([width, height]) / 2
    return np.linalg.norm(np.maximum(out, 0)) + min(out.max(), 0)


@pytest.mark.parametrize(("start", "end"), BOXES)
@pytest.mark.parametrize("bend", [0.0, 0.12])
def test_an_arrow_meets_the_edges_of_both_boxes(start, end, bend):
    ax = plots.canvas(5, 2.3)
    plots.box(ax, start, "")
    plots.box(ax, end, "")
    plots.arrow(ax, start, end, bend=bend)
    line = ends(ax)
    for center in (start, end):
        nearest = min(distance(point, center) for point in line)
        assert -0.02 < nearest < 0.06


def test_a_gap_that_is_asked_for_is_kept():
    ax = plots.canvas(5, 2.3)
    plots.arrow(ax, (1, 1), (4, 1), gap=0.5)
    line = ends(ax)
    assert line[:, 0].min() == pytest.approx(1.5, abs=0.03)
    assert line[:, 0].max() == pytest.approx(3.5, abs=0.03)
