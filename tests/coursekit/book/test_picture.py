"""README shows a page of the book: a small picture, with words that describe it."""

import re
import struct

import pytest

from coursekit import paths
from coursekit.book.assets import picture

README = (paths.ROOT / "README.md").read_text("utf-8")
LARGEST = 250_000  # bytes


def test_the_picture_is_small_there_and_described():
    (shown,) = re.findall(r'<img src="_static/(page\.\w+)" alt="([^"]+)"', README)
    assert shown[0] == picture.PICTURE.name and len(shown[1]) > 40
    data = picture.PICTURE.read_bytes()
    assert data.startswith(b"\x89PNG") and len(data) < LARGEST
    width, height = struct.unpack(">II", data[16:24])
    assert (width, height) == (picture.SIZE["width"], picture.SIZE["height"])


def test_it_is_of_a_page_that_there_is():
    page = paths.ROOT / f"{picture.PAGE}.md"
    assert f"name: {picture.PLACE.removeprefix('#')}\n" in page.read_text("utf-8")


def test_without_a_built_page_it_says_what_to_do(tmp_path):
    with pytest.raises(LookupError, match=r"11_.*run `make book`"):
        picture.take(tmp_path, tmp_path / "page.png")
    assert not (tmp_path / "page.png").exists()
