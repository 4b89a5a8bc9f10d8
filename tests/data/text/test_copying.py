"""Words that the vocabulary lacks get numbers of their source's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from n2t.data.text import WordTokenizer, source_ids, target_ids, words_of

words = WordTokenizer(["the", "name", "of", "."], lowercase=True)
KNOWN_OR_NOT = ["the", "name", "of", "zlib", "Os", "x9", ".", "é"]
texts = st.lists(st.sampled_from(KNOWN_OR_NOT)).map(" ".join)


@given(texts)
def test_a_source_can_be_read_again_whole(text):
    ids, unknown = source_ids(words, text)
    assert words_of(words, ids, unknown) == text.lower().split()
    assert len(set(unknown)) == len(unknown)
    assert not set(unknown) & set(words.tokens)


@given(texts, texts)
def test_a_target_keeps_what_either_knows(text, target):
    _, unknown = source_ids(words, text)
    got = words_of(words, target_ids(words, target, unknown), unknown)
    for was, now in zip(target.lower().split(), got, strict=True):
        known = was in words.tokens or was in text.lower().split()
        assert now == (was if known else "<unk>")


def test_equal_unknown_words_have_one_number():
    ids, unknown = source_ids(words, "zlib of zlib and zlib")
    assert ids == [8, 6, 8, 9, 8]
    assert unknown == ["zlib", "and"]


def test_words_behind_the_length_are_neither_read_nor_numbered():
    assert source_ids(words, "the zlib name lzma", 2) == ([4, 8], ["zlib"])


def test_a_name_of_a_special_token_in_a_text_is_text():
    ids, unknown = source_ids(words, "<unk>")
    assert ids == [8, 9, 10]
    assert unknown == ["<", "unk", ">"]


def test_a_number_without_a_word_is_refused():
    with pytest.raises(ValueError, match=r"ids \(9\) must lie between 0 and 8"):
        words_of(words, [4, 9], ["zlib"])
