"""The sentence on the cover: what its drawing shows is what the translator does."""

import re

import pytest

from coursekit.book.cover import passage

NUMBER = re.compile(r"(?<![#\w])-?\d+(?:\.\d+)?")
SHOWN = re.compile(r"<text[^>]*>(.*?)</text>")


@pytest.fixture(scope="module")
def asked():
    """What the translator does."""
    return passage.ask()


def test_the_drawing_is_of_todays_weights(asked):
    drawn, kept = passage.drawing(asked), passage.FILE.read_text("utf-8")
    assert SHOWN.findall(drawn) == SHOWN.findall(kept)
    numbers = [list(map(float, NUMBER.findall(text))) for text in (drawn, kept)]
    assert len(numbers[0]) == pytest.approx(len(numbers[1]), rel=0.02)
    if len(numbers[0]) == len(numbers[1]):  # no weight at the edge of being drawn
        assert numbers[0] == pytest.approx(numbers[1], abs=0.05)


def test_who_looks_spreads_one_over_whom_it_looks_at(asked):
    for rows, askers in ((asked.inside, asked.pieces), (asked.across, asked.words)):
        assert {len(row) for row in rows} == {len(asked.pieces)}
        assert [sum(row) for row in rows] == pytest.approx([1] * len(rows), abs=1e-4)
        assert len(rows) >= len(askers)


def test_most_lines_lead_to_the_word_that_is_translated(asked):
    """What the drawing's description says of it."""
    words = {"Hund": "dog", "rennt": "runs", "durch": "through", "Schnee": "snow"}
    for german, english in words.items():
        row = asked.across[asked.words.index(german)]
        assert asked.pieces[row.index(max(row))] == english


def test_chips_stand_beside_one_another_within_the_drawing():
    row = passage.places(["A", "dog", "runs", "through", "it"])
    ends = [(x - width / 2, x + width / 2) for x, width in row]
    assert ends[0][0] == pytest.approx(passage.EDGE)
    assert ends[-1][1] == pytest.approx(passage.WIDTH - passage.EDGE)
    assert all(a[1] < b[0] for a, b in zip(ends[:-1], ends[1:], strict=True))
