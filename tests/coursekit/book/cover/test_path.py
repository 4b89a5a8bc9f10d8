"""The path on the cover: a station a part, each a link; a tint a part."""

import re
from xml.etree import ElementTree

import pytest

from coursekit import paths
from coursekit.book.colors.parts import part_of, parts
from coursekit.book.cover import path
from coursekit.book.extensions.cover import style
from n2t.plots.palette import GROUNDS, TEXT, contrast

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def links():
    """The links of the path, as a page beside the chapters' folders has them."""
    root = ElementTree.fromstring(path.drawing(lambda page: f"../{page}.html"))
    return list(root.iter(f"{SVG}a"))


def test_every_station_leads_to_its_parts_first_chapter(links):
    folders = sorted(f.name for f in (paths.ROOT / "chapters").glob("[0-9]_*"))
    wanted = [sorted((paths.ROOT / "chapters" / f).glob("*.md"))[0] for f in folders]
    found = [link.get("href") for link in links]
    names = [paths.name_of(page) for page in wanted]
    assert found == [f"../{name}.html" for name in names]


def test_every_station_is_named_by_its_title_and_says_so_in_words(links):
    for link, part, station in zip(links, parts(), path.STATIONS, strict=True):
        title = link.find(f"{SVG}title").text
        assert title == f"{part.caption}: {station.about}"
        assert station.name in part.caption
        said = [text.text for text in link.iter(f"{SVG}text")]
        assert said == [station.name, station.about]


def test_no_station_lies_on_another(links):
    rows = [link.find(f"{SVG}rect[@class='reach']") for link in links]
    tops = [float(row.get("y")) for row in rows]
    heights = [float(row.get("height")) for row in rows]
    assert all(
        y + h <= below
        for y, h, below in zip(tops[:-1], heights[:-1], tops[1:], strict=True)
    )


def test_tints_differ_and_can_be_read_on_both_grounds():
    for ground, attribute in (("light", "light"), ("dark", "dark")):
        tints = [getattr(part, attribute) for part in parts()]
        assert len(set(tints)) == len(parts())
        for tint in tints:
            assert min(contrast(tint, under) for under in GROUNDS[ground]) >= TEXT


def test_a_page_knows_its_part_and_the_side_bar_its_tints():
    part = part_of("chapters/3_attention/11_scaled_dot_product")
    assert part.caption == "III. Attention"
    assert part_of("chapters/appendices/glossary") is None is part_of("search")
    rule = r"nth-of-type\((\d+)\), \.part-(\d+) .*?--part: (.+?);"
    chosen = re.findall(rule, style())
    assert [(int(a), int(b)) for a, b, _ in chosen] == [
        (n + 1, n) for n in range(len(parts()))
    ]
    assert [tint for *_, tint in chosen] == [part.tint for part in parts()]


def test_the_ground_is_the_pages_and_not_the_systems():
    """A page that a reader made dark is dark, whatever the system says."""
    assert "light-dark(" in path.drawing(lambda page: page)
    assert "color-scheme" not in path.drawing(lambda page: page)
