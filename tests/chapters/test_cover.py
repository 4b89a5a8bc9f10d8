"""The map on the cover tells the truth about which chapters there are."""

import re

import pytest

from coursekit import paths

COVER = paths.ROOT / "chapters" / "index.md"
LINE = re.compile(
    r"^- (\d\d) (?:\[(?P<name>[^]]+)\]\((?P<file>[^)]+)\)|.+\(to&nbsp;come\))"
)


def entries():
    """{number: file, or None where the chapter is to come} of the map."""
    lines = COVER.read_text("utf-8").splitlines()
    found = [LINE.match(line) for line in lines]
    return {match.group(1): match.group("file") for match in found if match}


def written():
    """{number: file} of the chapters that exist, files as the cover names them."""
    files = (COVER.parent).glob("*/[0-9][0-9]_*.md")
    return {f.name[:2]: f.relative_to(COVER.parent).as_posix() for f in files}


def test_the_map_lists_every_number_once():
    lines = [LINE.match(line) for line in COVER.read_text("utf-8").splitlines()]
    numbers = [match.group(1) for match in lines if match]
    assert numbers == [f"{n:02}" for n in range(33)]


@pytest.mark.parametrize("number, file", sorted(written().items()))
def test_every_written_chapter_is_linked_and_not_marked_to_come(number, file):
    assert entries()[number] == file


def test_nothing_is_linked_that_is_not_written():
    linked = {n: f for n, f in entries().items() if f}
    assert set(linked.items()) <= set(written().items())
