"""Texts are cut where GPT-2 cuts them; what was cut otherwise once stays so."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Regex, pre_tokenizers

from n2t.data.text import (
    CUTS,
    BytePairTokenizer,
    FastBytePairTokenizer,
    Tokenizer,
    split_pieces,
)
from n2t.data.text.merging import merge_long, merge_pairs
from n2t.data.text.pieces import pattern
from n2t.ledger import places

GPT2 = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
FRAGMENTS = ["don't", "we'll", "'re", "'VE", "'", " ", "  ", "\n", "\t", "12", "½", "³"]
FRAGMENTS += [
    "\x1c",
    "\x85",
    "\xa0",
    "\u2028",
    "\u3000",
    "\u200b",
    "é",
    "e\u0301",
    "中文",
]
FRAGMENTS += ["👍🏽", "𝐀", "𒐀", "𠀀", "_", "--", "x" * 70, "1" * 70, " " * 70, "!" * 70]
assigned = st.characters(exclude_categories=["Cs", "Cn"])  # the rest may come to be
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(assigned, max_size=4)).map(
    "".join
)
tokens = st.text(st.sampled_from("ab "), max_size=300)


def as_gpt2(text):
    """The pieces of the ``tokenizers`` library's own ByteLevel."""
    return [text[start:end] for _, (start, end) in GPT2.pre_tokenize_str(text)]


@settings(max_examples=300)
@given(texts)
@example("don't I'll 'tis we've ''s 'S")
@example("".join(FRAGMENTS))
@example(" ".join(FRAGMENTS))
def test_pieces_are_those_of_gpt_2(text):
    assert split_pieces(text) == as_gpt2(text)


@pytest.mark.parametrize("block", range(0, 0x3000, 0x400))
def test_every_common_character_is_of_the_kind_that_gpt_2_says(block):
    for code in range(block, block + 0x400):
        if chr(code).isprintable() or chr(code).isspace():
            text = f"x{chr(code)}x 1{chr(code)}1 !{chr(code)}! {chr(code)} y"
            assert split_pieces(text) == as_gpt2(text), hex(code)


@settings(max_examples=100)
@given(st.text(st.characters(exclude_categories=["Cs"])) | texts, st.sampled_from(CUTS))
def test_two_engines_cut_alike_even_where_a_character_is_not_assigned(text, cut):
    theirs = pre_tokenizers.Split(Regex(pattern(cut)), "isolated")
    assert split_pieces(text, cut) == [
        piece for piece, _ in theirs.pre_tokenize_str(text)
    ]


def test_the_first_cut_knows_no_contraction_and_ends_after_64_characters():
    assert split_pieces("don't " + "x" * 70, "bounded") == [
        *("don", "'", "t"),
        " " + "x" * 64,
        "x" * 6,
    ]


def test_an_unknown_cut_is_named():
    with pytest.raises(ValueError, match="cut must be one of gpt2, bounded"):
        split_pieces("a", "gpt3")
    with pytest.raises(ValueError, match="cut must be one of"):
        BytePairTokenizer.train(["a"], cut="gpt3")


@pytest.mark.parametrize("kind", [BytePairTokenizer, FastBytePairTokenizer])
@pytest.mark.parametrize("cut", CUTS)
def test_a_cut_is_learned_with_saved_and_loaded(tmp_path, kind, cut):
    trained = kind.train(["don't can't won't"] * 3, 300, cut=cut)
    assert ("'t" in trained.vocabulary) == (cut == "gpt2")
    trained.save(tmp_path / "tokenizer.json")
    again = Tokenizer.load(tmp_path / "tokenizer.json")
    assert again.cut == cut
    assert again.encode("I don't") == trained.encode("I don't")


def test_a_file_that_names_no_cut_keeps_the_first_one(tmp_path):
    path = tmp_path / "old.json"
    path.write_text('{"format": "n2t-tokenizer", "kind": "byte_pair", "merges": []}')
    assert Tokenizer.load(path).cut == "bounded"


def test_the_committed_translator_cuts_as_it_learned_to():
    path = places.ROOT / "results/weights/multi30k_en_de/model/tokenizer.json"
    for kind in (BytePairTokenizer, FastBytePairTokenizer):
        tokenizer = kind.load(path)
        assert tokenizer.cut == "bounded"
        ids = [36, 330, 10, 86, 483, 2364, 81, 10, 87, 651, 3299, 21, 277, 456, 86, 17]
        assert tokenizer.encode("A man's dog doesn't run 12 miles.") == ids


# Merging
@settings(max_examples=200)
@given(st.lists(tokens, min_size=1, max_size=3), tokens)
def test_a_long_piece_is_merged_as_a_short_one_is(learned, text):
    tokenizer = BytePairTokenizer.train(["ab", *learned], 300, min_count=1)
    ids = [tokenizer.byte_ids[byte] for byte in text.encode()]
    wanted = merge_pairs(ids, tokenizer.new_ids)
    assert merge_long(ids, tokenizer.new_ids) == wanted


@settings(max_examples=50)
@given(st.lists(st.text("ab", min_size=100, max_size=400), min_size=1, max_size=3))
def test_both_tokenizers_agree_on_long_pieces(texts):
    own = BytePairTokenizer.train(["abab", *texts], 320, min_count=1)
    fast = FastBytePairTokenizer(own.merges)
    assert own.encode_batch(texts) == fast.encode_batch(texts)
    assert own.encode_batch(texts) == [
        row.ids for row in fast.library.encode_batch(texts)
    ]


def test_the_compiled_model_is_asked_once_for_each_piece_and_for_no_whole_text(
    monkeypatch,
):
    """The library's own way through a text takes longer, and far more memory."""
    tokenizer = FastBytePairTokenizer.train(["the cat sat on the mat"] * 3, 300)
    asked, merge = [], FastBytePairTokenizer._merge

    def noting(self, piece):
        asked.append(piece)
        return merge(self, piece)

    monkeypatch.setattr(FastBytePairTokenizer, "_merge", noting)
    text = "the cat sat on the mat. " * 500 + "x" * 1000
    ids = [tokenizer.encode(text) for _ in range(2)]
    pieces = set(split_pieces(text)) - {" " + "x" * 1000}
    assert sorted(asked) == sorted(pieces)
    assert ids[0] == ids[1] == BytePairTokenizer(tokenizer.merges).encode(text)


def test_a_long_piece_is_not_kept():
    for kind in (BytePairTokenizer, FastBytePairTokenizer):
        tokenizer = kind([])
        tokenizer.encode("x" * 100_000)
        assert sum(map(len, tokenizer._cache)) < 1000
