"""Merging, in the browser: the merges and ids of `n2t.data.text`, for any text."""

import random
from collections import Counter

import pytest

from n2t.data.text import BytePairTokenizer
from n2t.data.text.byte_pair import learn_merges

WORDS = (
    "she sells sea shells by the shore, naïve café 中文 中文 12 1212 "
    "don't DON'T 🐚 a\tb"
)
ODD = ["a", "a" * 7, "  \n\n  x", "ab" * 30, "'s'll've", "e\u0301e\u0301", "x\xa0y"]


def texts():
    """Random texts of few words: pairs repeat, and many are equally frequent."""
    for seed in range(24):
        draw = random.Random(seed)
        words = draw.sample(WORDS.split(" "), 5)
        yield draw.choice([" ", "  ", "\n", ""]).join(draw.choices(words, k=14))


@pytest.mark.parametrize("where", ["server", "file"])
def test_merges_and_ids_are_the_librarys(visit, where):
    page, learned = visit("merging", where), 0
    for text in [*texts(), *ODD]:
        found = page.evaluate("text => live.bytePairs(text, {most: 40})", text)
        library = BytePairTokenizer.train([text], 300, min_count=2)
        assert [tuple(pair) for pair in found["merges"]] == library.merges, text
        assert found["ids"] == library.encode(text), text
        learned += len(library.merges)
    assert learned > 300


def test_without_the_cut_the_text_is_one_piece(visit):
    page = visit("merging")
    for text in texts():
        found = page.evaluate("t => live.bytePairs(t, {cut: false, most: 30})", text)
        merges = learn_merges(Counter({text: 1}), 30, 2)
        assert [tuple(pair) for pair in found["merges"]] == merges, text
    assert page.evaluate("live.bytePairs('')") == {"merges": [], "ids": []}


def said(page):
    """What the figure says."""
    return page.locator(".live-said").inner_text()


def test_a_text_is_typed_and_merged_by_the_keyboard(visit):
    page = visit("merging")
    page.get_by_role("textbox", name="Your text").fill("aaaa aaaa")
    page.get_by_role("slider", name="merges").focus()
    page.keyboard.press("Home")
    assert said(page).startswith("0 merges: 9 bytes are 9 tokens. Next: a and a")
    page.keyboard.press("ArrowRight")
    assert said(page).startswith("1 merge: 9 bytes are 5 tokens.")
    page.keyboard.press("End")
    assert "nothing more to merge" in said(page)
    assert page.get_by_role("button", name="Merge", exact=True).is_disabled()
    page.get_by_role("textbox", name="Your text").fill("")
    assert "0 bytes are 0 tokens" in said(page)


def test_a_finger_merges_and_takes_the_cut_away(visit):
    page = visit("merging", viewport={"width": 360, "height": 740}, has_touch=True)
    before = said(page)
    page.get_by_role("button", name="Merge", exact=True).tap()
    assert said(page).startswith("4 merges") and before.startswith("3 merges")
    page.get_by_role("checkbox", name="cut into words first").tap()
    assert said(page).startswith("0 merges")
