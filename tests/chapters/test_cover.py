"""The map on the cover tells the truth about which chapters there are."""

import re

import pytest

from coursekit import paths
from coursekit.book.colors.parts import parts

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


def test_the_cover_has_the_path_and_a_card_a_part_in_its_tint():
    text = COVER.read_text("utf-8")
    assert "```{path}\n```" in text
    cards = re.findall(r"grid-item-card\} (.+)\n:class-card: part-(\d)\n", text)
    wanted = [(part.caption, str(n)) for n, part in enumerate(parts())]
    assert cards == wanted


def test_no_link_to_the_map_is_named_like_a_chapter():
    known = {title.lower() for title in titles()}
    link = re.compile(r"\[([^]]+)\]\((?:the-map|\.\./index\.md)\)")
    pages = {page.name: page.read_text("utf-8") for page in COVER.parent.glob("*/*.md")}
    named = {name: link.findall(text) for name, text in pages.items()}
    found = [(name, word) for name, words in named.items() for word in words]
    assert [one for one in found if one[1].lower() in known] == []


def test_nothing_is_linked_that_is_not_written():
    linked = {n: f for n, f in entries().items() if f}
    assert set(linked.items()) <= set(written().items())


ENDS = re.compile(r"[.;!?|\n](?!md\b)")
WAITING = re.compile(r"to(?: |&nbsp;)come\b|\]\(the-map\)|\[the map\]")


def titles():
    """The titles of the chapters that exist."""
    texts = [(COVER.parent / file).read_text("utf-8") for file in written().values()]
    return [re.search(r"^# (.+)$", text, re.M).group(1) for text in texts]


def left_behind(text, known):
    """Sentences that name one of the chapters `known`, not as a link, as to come."""
    named = re.compile(rf"(?<!\[)\b(?:{'|'.join(map(re.escape, known))})\b(?!\]\(ch-)")
    found = [one.strip() for one in ENDS.split(text)]
    return [one for one in found if WAITING.search(one) and named.search(one)]


def test_a_chapter_that_is_written_is_nowhere_to_come():
    pages = {page.name: page.read_text("utf-8") for page in COVER.parent.glob("*/*.md")}
    known = titles()
    found = {name: left_behind(text, known) for name, text in pages.items()}
    assert {name: all_ for name, all_ in found.items() if all_} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The heart of it, to come in *Vision* (see [the map](../index.md)).", 1),
        ("See [Text](ch-text); Vision is to come.", 1),
        ("| images | Vision, to come |", 1),
        ("[Vision](ch-vision) exists; Audio is to come.", 0),
        ("A vision of things to come. Vision is here.", 0),
    ],
)
def test_what_is_left_behind_is_found(text, found):
    assert len(left_behind(text, ["Vision", "Text"])) == found
