"""BPE-dropout: the same texts, cut in other ways, as often as the closed form says."""

from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from n2t.data.text import (
    BytePairTokenizer,
    CharacterTokenizer,
    byte_pair,
    merge_dropout,
)
from n2t.data.text.byte_pair import BYTE_ID, FIRST_MERGE
from n2t.data.text.merge_dropout import MergeDropout, encode_with_dropout

TEXTS = ["a man rides a bike", "ein Mann fährt Rad", "a woman and a man", "zwei Männer"]
A, B, C = (BYTE_ID[ord(letter)] for letter in "abc")
CHAIN = BytePairTokenizer([(A, B), (FIRST_MERGE, C)])  # ab, then abc


@pytest.fixture(scope="module")
def tokenizer():
    return BytePairTokenizer.train(TEXTS, vocab_size=300)


def shares(text, dropout, n=20_000):
    """How often each way to cut ``text`` with ``CHAIN`` was drawn."""
    new_id = {pair: i for i, pair in enumerate(CHAIN.merges, FIRST_MERGE)}
    random = Random(0)
    cuts = (tuple(encode_with_dropout(text, new_id, dropout, random)) for _ in range(n))
    return {cut: count / n for cut, count in Counter(cuts).items()}


each_way = pytest.mark.parametrize("long", [byte_pair.LONG, 0])


@each_way
def test_ways_to_cut_come_as_often_as_the_closed_form_says(long, monkeypatch):
    monkeypatch.setattr(merge_dropout, "LONG", long)
    # A piece stops where every merge that could come next was left out.
    found, p = shares("abc", 0.3), 0.3
    wanted = {
        (A, B, C): p,
        (FIRST_MERGE, C): (1 - p) * p,
        (FIRST_MERGE + 1,): (1 - p) ** 2,
    }
    assert found == pytest.approx(wanted, abs=0.01)


@each_way
def test_two_places_for_one_merge_are_drawn_one_by_one(long, monkeypatch):
    monkeypatch.setattr(merge_dropout, "LONG", long)
    # abab: the first merge is lost only if both are left out; then the other is tried.
    found, p = shares("abab", 0.4), 0.4
    ab = FIRST_MERGE
    wanted = {
        (A, B, A, B): p**2,
        (ab, A, B): (1 - p) * p,
        (A, B, ab): p * (1 - p) * p,
        (ab, ab): (1 - p) ** 2 + p * (1 - p) * (1 - p),
    }
    assert found == pytest.approx(wanted, abs=0.01)


def test_without_dropout_texts_are_cut_as_the_tokenizer_cuts_them(tokenizer):
    again = MergeDropout(tokenizer, TEXTS, dropout=0.0, ways=2)
    assert again.draw(np.random.default_rng(1)) == tokenizer.encode_batch(TEXTS)


def test_with_all_merges_left_out_bytes_are_left(tokenizer):
    rows = MergeDropout(tokenizer, TEXTS, dropout=1.0).draw(np.random.default_rng(1))
    assert rows == [[BYTE_ID[byte] for byte in text.encode()] for text in TEXTS]


@settings(max_examples=30)
@given(st.lists(st.text(max_size=12), max_size=5), st.floats(0, 1), st.integers(0, 9))
def test_every_cut_reads_as_the_text(tokenizer, texts, dropout, seed):
    texts = [text for text in texts if text.isprintable()]
    again = MergeDropout(tokenizer, texts, dropout=dropout, ways=3, seed=seed)
    rows = again.draw(np.random.default_rng(seed))
    assert [tokenizer.decode(row) for row in rows] == texts


class Counting(Random):
    """A generator that ends a test which asks too often."""

    left = 50_000

    def random(self):
        self.left -= 1
        assert self.left, "as many draws as the square of the length"
        return super().random()


@settings(max_examples=30)
@given(st.text("ab", min_size=1, max_size=300), st.floats(0, 1))
def test_the_long_way_ends_where_no_merge_is_left_or_all_were_left_out(text, dropout):
    ids = [BYTE_ID[byte] for byte in text.encode()]
    pairs = BytePairTokenizer.train(["abab", "aab" * 9], 280, min_count=1)
    merge = merge_dropout.merge_long_with_dropout
    found = merge(list(ids), pairs.new_ids, dropout, Random(0))
    assert pairs.decode(found) == text
    assert merge(list(ids), pairs.new_ids, 0.0, Random(0)) == pairs.encode(text)
    assert merge(list(ids), pairs.new_ids, 1.0, Random(0)) == ids


def test_a_long_word_takes_as_many_draws_as_it_has_letters_and_no_square_of_them():
    tokenizer = BytePairTokenizer.train(["the cat sat on the mat"] * 3, 290)
    word = "thecatsatonthemat" * 600
    ids = encode_with_dropout(word, tokenizer.new_ids, 0.1, Counting(0))
    assert tokenizer.decode(ids) == word and len(ids) < len(word)


def test_cuts_differ_from_draw_to_draw_and_follow_the_seed(tokenizer):
    again = MergeDropout(tokenizer, TEXTS, dropout=0.5)
    one, same, other = (again.draw(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == same != other


@pytest.mark.parametrize(
    ("options", "named"),
    [({"dropout": 1.5}, r"dropout \(1.5\)"), ({"ways": 0}, r"ways \(0\)")],
)
def test_options_out_of_range_are_named(tokenizer, options, named):
    with pytest.raises(ValueError, match=named):
        MergeDropout(tokenizer, TEXTS, **options)


def test_a_tokenizer_without_merges_is_refused():
    tokenizer = CharacterTokenizer.train(TEXTS)
    with pytest.raises(TypeError, match="CharacterTokenizer.*byte pairs"):
        MergeDropout(tokenizer, TEXTS)
