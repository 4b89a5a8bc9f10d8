"""Chinese in figures is drawn with a font that comes with the library."""

import subprocess
import sys

import pytest
from fontTools.ttLib import TTFont

from coursekit.book.assets import figurefont
from n2t import plots
from n2t.plots import writing

BARE = """
import matplotlib
matplotlib.use("agg")
from matplotlib import font_manager, ft2font
own = [f for f in font_manager.fontManager.ttflist if "DejaVu" in f.name]
font_manager.fontManager.ttflist = own
from n2t import plots
assert plots.fonts() == ["DejaVu Sans", "Course Sans CJK"], plots.fonts()
print(ascii(plots.readable("三 attention 注意力 \\U0010fffd")))
plots.use_style()
ax = plots.canvas(2, 1)
plots.note(ax, (1, 0.5), "三月")
assert "U+" not in ax.texts[0].get_text()
plots.drawing(ax.figure)
"""


@pytest.fixture(scope="module")
def characters():
    return set(TTFont(writing.CJK_FONT).getBestCmap())


def test_a_machine_without_chinese_fonts_draws_chinese():
    """Not one warning of a missing glyph either."""
    command = [sys.executable, "-W", "error", "-c", BARE]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ascii("三 attention 注意力 U+10FFFD")


def test_the_font_has_every_chinese_character_of_the_course(characters):
    used = figurefont.used()
    assert "三" in used
    assert not {c for c in used if ord(c) not in characters}


def test_the_font_has_the_common_characters(characters):
    common = set(figurefont.common())
    assert len(common) == 3755
    assert {ord(c) for c in common} <= characters


def test_the_license_lies_beside_the_font_and_the_name_is_not_the_whole_fonts():
    license = writing.CJK_FONT.with_name("OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in license and "Adobe" in license
    assert writing.CJK_FONT.name in license
    names = TTFont(writing.CJK_FONT)["name"]
    assert names.getDebugName(1) == figurefont.FAMILY
    assert "SIL Open Font License" in names.getDebugName(13)


def test_the_course_s_font_comes_first_so_that_figures_are_the_same_everywhere():
    assert plots.fonts()[:2] == ["DejaVu Sans", "Course Sans CJK"]
