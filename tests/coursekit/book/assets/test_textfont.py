"""The text's faces: every character that pages use, small, properly named."""

import pytest
from fontTools.ttLib import TTFont

from coursekit.book.assets import textfont
from coursekit.book.extensions.faces import style

MOST = 150_000  # bytes, all faces
FREE = "SIL Open Font License"

each = pytest.mark.parametrize("face", textfont.FACES)


@each
def test_a_face_has_every_character_that_pages_use(face):
    known = TTFont(textfont.file_of(face)).getBestCmap()
    assert {c for c in textfont.used() if ord(c) not in known} == set()
    assert not {c for c in textfont.LACKING if ord(c) in known}


def test_what_pages_use_is_looked_for_in_their_sources(tmp_path):
    page = tmp_path / "chapters" / "1_part" / "01_page.md"
    page.parent.mkdir(parents=True)
    page.write_text("naïve → θ 注意 😀\n", encoding="utf-8")
    assert textfont.used(tmp_path) == set("naïve→θ ")


@each
def test_a_changed_face_has_not_the_name_that_is_reserved(face):
    names = TTFont(textfont.file_of(face))["name"]
    shown = [names.getDebugName(number) for number in (1, 3, 4, 6)]
    assert all("source" not in name.lower() for name in shown)
    assert FREE in names.getDebugName(13)


def test_the_faces_are_small_and_their_license_lies_beside_them():
    sizes = [textfont.file_of(face).stat().st_size for face in textfont.FACES]
    assert sum(sizes) < MOST
    license_ = (textfont.FOLDER / "OFL-Source-Serif.txt").read_text("utf-8")
    assert textfont.NAME in license_ and FREE in license_


def test_the_style_sheet_holds_upright_and_slanted_regular_and_bold():
    sheet = style()
    assert sheet.count("@font-face") == len(textfont.FACES) == 4
    assert sheet.count("font-style: italic") == sheet.count("100 499") == 2
    assert "url(" not in sheet.replace('url("data:', "")
