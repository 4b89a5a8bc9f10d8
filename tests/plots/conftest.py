"""Figures in the course's style, closed after each test."""

import matplotlib
import matplotlib.pyplot as plt
import pytest

from n2t import plots


@pytest.fixture
def style():
    """The course's style, for one test."""
    with matplotlib.rc_context():
        plots.use_style()
        yield
    plt.close("all")
