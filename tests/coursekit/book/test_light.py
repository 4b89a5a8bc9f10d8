"""What is taken from the theme's files, and what is said of scripts and images."""

import base64
from importlib.resources import files
from pathlib import Path

from coursekit.book.extensions.faces import STYLE as FACES
from coursekit.book.extensions.faces import style
from coursekit.book.extensions.light import (
    FIRST_STYLES,
    THEME_STYLE,
    TWICE,
    UNUSED,
    defer_scripts,
    keep_room,
    without_icons,
)
from coursekit.paths import ROOT

STATIC = files("pydata_sphinx_theme") / "theme/pydata_sphinx_theme/static"
BOOK_STATIC = files("sphinx_book_theme") / "theme/sphinx_book_theme/static"
SCRIPTS = ["documentation_options.js", "doctools.js"]


def tags(pagename):
    """The tags of `SCRIPTS` on a page."""
    context = {"js_tag": lambda name: f'<script src="{name}"></script>'}
    defer_scripts(None, pagename, "page.html", context, None)
    return [context["js_tag"](name) for name in SCRIPTS]


def test_the_themes_style_keeps_everything_but_its_icons():
    style = (STATIC / THEME_STYLE).read_text("utf-8")
    less = without_icons(style)
    assert "fontawesome" in style and "fontawesome/webfonts" not in less
    assert ".fa-bars:before{" not in less
    assert ".theme-switch-button" in less and ".bd-sidebar-primary" in less
    assert len(less) < 0.85 * len(style)
    assert less.count("{") == less.count("}")


def test_what_is_dropped_is_in_the_themes():
    for name in UNUSED:
        found = [Path(str(place)).glob(name) for place in (STATIC, BOOK_STATIC)]
        assert any(map(list, found)), name


def test_what_the_site_has_twice_is_in_the_style_sheet_that_pages_ask_for():
    theme, sheet, faces = TWICE
    assert theme in FIRST_STYLES and sheet == FACES
    files = list((ROOT / "_static").glob(faces))
    assert len(files) == style().count("@font-face")
    for file in files:
        assert base64.b64encode(file.read_bytes()).decode() in style()


def test_scripts_wait_but_for_what_the_page_itself_needs():
    first, second = tags("chapters/1")
    assert "defer" not in first
    assert second == '<script defer src="doctools.js"></script>'


def test_the_search_page_has_its_scripts_at_once():
    assert not any("defer" in tag for tag in tags("search"))


def test_an_image_has_the_shape_that_its_style_says():
    body = '<img alt="x" src="a.png" style="width: 500px; height: 230px;" />'
    context = {"body": body}
    keep_room(None, "page", "page.html", context, None)
    assert 'width="500" height="230"' in context["body"]
