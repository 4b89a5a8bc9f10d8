"""Characters, words and byte pairs: nothing lost, and the library's own merges."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import tokenizers as library
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import models, pre_tokenizers, trainers

from n2t.data.text import (
    BOS,
    EOS,
    PAD,
    SPECIALS,
    UNK,
    BytePairTokenizer,
    CharacterTokenizer,
    FastBytePairTokenizer,
    Tokenizer,
    WordTokenizer,
    byte_pair,
    split_words,
)

ENGLISH = (Path(byte_pair.__file__).read_text("utf-8") + "\n").split("\n\n")
GERMAN = ["Zwei Männer über 30 gehen – trotz Regens – spazieren.", "Süße Übung!"] * 3
CHINESE = ["两个人坐在公园的长椅上看书。", "公园里有一条狗，两个人在看它。"] * 2
EMOJI = [
    "👩‍👩‍👧‍👦 family 👍🏽👍🏽 ok ✌️✌️",
    "🇨🇳🇩🇪🇨🇳 flags ☀️",
    "a\u0301é 한국어 한국 ไทย العربية",
]
CORPORA = {
    "english": ENGLISH,
    "german": GERMAN,
    "chinese": CHINESE,
    "emoji": EMOJI,
    "mixed": GERMAN + CHINESE + EMOJI + ENGLISH[:5],
    "runs": ["aaaaaaa aaaaa aaa", "ababababa", "      x\n\n\n\ty", "11111 1111"],
}
TRAINED = [
    CharacterTokenizer.train(CORPORA["mixed"]),
    WordTokenizer.train(CORPORA["mixed"]),
    BytePairTokenizer.train(CORPORA["mixed"], 500),
    FastBytePairTokenizer.train(CORPORA["mixed"], 500),
]
BYTE_PAIRS = TRAINED[2:]
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
kinds = pytest.mark.parametrize("tokenizer", TRAINED, ids=lambda t: type(t).__name__)


# What all of them promise
@kinds
def test_special_ids_are_the_same_everywhere(tokenizer):
    assert (PAD, BOS, EOS, UNK) == (0, 1, 2, 3)
    assert list(tokenizer.special_ids) == list(tokenizer.vocabulary[:4])
    assert list(tokenizer.special_ids.values()) == [PAD, BOS, EOS, UNK]
    assert tokenizer.vocab_size == len(tokenizer.vocabulary)


@kinds
def test_bos_and_eos_are_added_on_request_and_say_nothing(tokenizer):
    plain = tokenizer.encode("in Zwei")
    assert tokenizer.encode("in Zwei", bos=True, eos=True) == [BOS, *plain, EOS]
    assert tokenizer.decode([BOS, *plain, EOS, PAD, PAD]) == tokenizer.decode(plain)


@kinds
def test_a_batch_is_its_texts_one_by_one(tokenizer):
    texts = [*GERMAN, "", *CHINESE]
    rows = tokenizer.encode_batch(texts, bos=True, eos=True)
    assert rows == [tokenizer.encode(text, bos=True, eos=True) for text in texts]
    assert tokenizer.encode_batch([]) == []


@kinds
def test_a_lone_surrogate_is_refused_with_its_place(tokenizer):
    for call in (tokenizer.encode, lambda text: tokenizer.encode_batch(["a", text])):
        with pytest.raises(ValueError, match=r"lone surrogate U\+D83D at position 2"):
            call("ab\ud83d")


@kinds
def test_a_lone_surrogate_in_training_is_refused(tokenizer):
    with pytest.raises(ValueError, match=r"U\+DC00"):
        type(tokenizer).train(["good", "bad\udc00"])


@kinds
def test_one_string_is_not_many_texts(tokenizer):
    with pytest.raises(TypeError, match="texts"):
        type(tokenizer).train("one string")
    with pytest.raises(TypeError, match="texts"):
        tokenizer.encode_batch("one string")
    with pytest.raises(TypeError, match="text"):
        tokenizer.encode(b"bytes")


@kinds
def test_no_text_trains_nothing(tokenizer):
    for nothing in ([], [""]):
        with pytest.raises(ValueError, match="texts must hold at least one"):
            type(tokenizer).train(nothing)


@kinds
def test_ids_outside_the_vocabulary_are_refused(tokenizer):
    for wrong in (-1, tokenizer.vocab_size):
        with pytest.raises(ValueError, match=f"ids \\({wrong}\\)"):
            tokenizer.decode([wrong])


@kinds
def test_saved_and_loaded_it_gives_the_same_ids(tokenizer, tmp_path):
    path = tmp_path / "new folder" / "tokenizer.json"
    tokenizer.save(path)
    again = type(tokenizer).load(path)
    for text in CORPORA["mixed"]:
        assert again.encode(text) == tokenizer.encode(text)
    assert again.vocabulary == tokenizer.vocabulary
    assert Tokenizer.load(path).vocabulary == tokenizer.vocabulary
    assert [p.name for p in path.parent.iterdir()] == ["tokenizer.json"]


@kinds
def test_saving_that_fails_leaves_the_old_file(tokenizer, tmp_path, monkeypatch):
    path = tmp_path / "tokenizer.json"
    tokenizer.save(path)
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        tokenizer.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["tokenizer.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"format": "n2t-tokenizer"}',
        '{"format": "n2t-tokenizer", "kind": "list", "tokens": []}',
        '{"format": "n2t-tokenizer", "kind": "character"}',
        '{"format": "n2t-tokenizer", "kind": "character", "tokens": ["a", "a"]}',
        '{"format": "n2t-tokenizer", "kind": "word", "tokens": [1]}',
        '{"format": "n2t-tokenizer", "kind": "byte_pair", "merges": [[4, 999]]}',
        '{"format": "n2t-tokenizer", "kind": "byte_pair", "merges": [[4, 5], [4, 5]]}',
        '{"format": "n2t-tokenizer", "kind": "byte_pair", "merges": [[4]]}',
        '{"format": "n2t-tokenizer", "kind": "byte_pair", "merges": ["ab"]}',
        '{"format": "n2t-tokenizer", "kind": "byte_pair", "merges": 7}',
    ],
)
def test_a_broken_file_is_named(tmp_path, text):
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"broken\.json is not a tokenizer"):
        Tokenizer.load(path)


def test_a_file_of_another_kind_is_refused(tmp_path):
    TRAINED[0].save(tmp_path / "characters.json")
    with pytest.raises(ValueError, match="holds a character, wanted a byte_pair"):
        BytePairTokenizer.load(tmp_path / "characters.json")


# Characters and words
@settings(deadline=None)
@given(st.text(st.sampled_from("abc\u00e4\u4e2d👍 \n\x00"), max_size=30))
def test_known_characters_come_back(text):
    tokenizer = CharacterTokenizer.train(["cba\u00e4\u4e2d👍 \n\x00"])
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert UNK not in tokenizer.encode(text)


def test_characters_are_ordered_by_code_point_and_the_rare_ones_left_out():
    tokenizer = CharacterTokenizer.train(["banana", "cab"], max_size=7)
    assert tokenizer.vocabulary[4:] == ("a", "b", "n")
    assert tokenizer.encode("cab") == [UNK, 4, 5]
    assert CharacterTokenizer.train(["aab"], min_count=2).tokens == ("a",)


def test_words_are_ordered_by_count_and_then_by_the_alphabet():
    tokenizer = WordTokenizer.train(["b a. The the"], lowercase=True)
    assert tokenizer.tokens == ("the", ".", "a", "b")
    assert tokenizer.decode(tokenizer.encode("THE  b.")) == "the b ."
    assert tokenizer.encode("new") == [UNK]
    with pytest.raises(ValueError, match="max_size"):
        WordTokenizer.train(["a"], max_size=4)


def test_lowercase_is_kept_in_the_file(tmp_path):
    WordTokenizer.train(["The"], lowercase=True).save(tmp_path / "a.json")
    assert WordTokenizer.load(tmp_path / "a.json").encode("THE") == [4]


def test_words_of_several_languages_are_split():
    assert split_words("It's l'été, 你好吗？") == list(
        ("It's", "l'été", ",", "你", "好", "吗", "？")
    )


# Byte pairs
@settings(deadline=None)
@given(any_text)
@example("\x00\x1c\x85\u2028\ufffe\U0010ffff \t\r\n  x")
@example("a" * 500 + " " * 200 + "1" * 100 + "…" * 70)
@example("<pad><bos></s>")
def test_any_text_comes_back_and_both_tokenizers_agree(text):
    ids = [tokenizer.encode(text) for tokenizer in BYTE_PAIRS]
    assert ids[0] == ids[1]
    assert all(i >= len(SPECIALS) for i in ids[0])
    assert all(tokenizer.decode(ids[0]) == text for tokenizer in BYTE_PAIRS)
    assert "".join(byte_pair.split_pieces(text)) == text


def test_half_a_character_is_shown_as_a_replacement():
    ids = BytePairTokenizer([]).encode("é")
    assert len(ids) == 2
    assert BytePairTokenizer([]).decode(ids[:1]) == "\ufffd"


@pytest.mark.parametrize("name", CORPORA)
@pytest.mark.parametrize("min_count", [1, 2])
def test_merges_equal_those_of_the_library(name, min_count):
    """The library itself, with its own way to cut as GPT-2 does."""
    tokenizer = library.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=256 + 300,
        min_frequency=min_count,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPORA[name], trainer)
    theirs = [tuple(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]
    own = BytePairTokenizer.train(CORPORA[name], 260 + 300, min_count)
    fast = FastBytePairTokenizer.train(CORPORA[name], 260 + 300, min_count)
    symbols = library.decoders.ByteLevel()
    ours = [tuple(own.token_bytes(i) for i in pair) for pair in own.merges]
    assert len(theirs) == len(ours) > 5
    for pair, names in zip(ours, theirs, strict=True):
        for token, symbol in zip(pair, names, strict=True):
            assert token.decode("utf-8", "replace") == symbols.decode([symbol])
    assert fast.merges == own.merges


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("abc ", min_size=1, max_size=25), min_size=1, max_size=6))
def test_merges_equal_the_librarys_on_any_small_alphabet(texts):
    own = BytePairTokenizer.train(texts, 320, min_count=1)
    assert own.merges == FastBytePairTokenizer.train(texts, 320, min_count=1).merges


def recounted_merges(texts, n_merge):
    """Training as one would write it first: count everything again each time."""
    words = Counter(piece for text in texts for piece in byte_pair.split_pieces(text))
    split = {w: [byte_pair.BYTE_ID[byte] for byte in w.encode()] for w in words}
    merges = []
    for new_id in range(260, 260 + n_merge):
        counts = Counter()
        for word, ids in split.items():
            for pair in pairwise(ids):
                counts[pair] += words[word]
        best = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
        if best is None or counts[best] < 2:
            break
        merges.append(best)
        split = {w: byte_pair.replace_pair(i, best, new_id) for w, i in split.items()}
    return merges


@pytest.mark.parametrize("name", ["german", "chinese", "emoji", "runs"])
def test_updated_counts_give_the_merges_of_recounting(name):
    own = BytePairTokenizer.train(CORPORA[name], 260 + 60)
    assert own.merges == recounted_merges(CORPORA[name], 60)


def test_ties_go_to_the_smallest_pair_of_ids():
    merges = BytePairTokenizer.train(["xy ab"] * 2, 262).merges
    names = [BytePairTokenizer(merges).token_bytes(i) for i in (260, 261)]
    assert names[0] == b"ab"  # " a", "ab" and "xy" are equally frequent


def test_a_first_merge_by_hand():
    own = BytePairTokenizer.train(["aaab aaab"], 261)
    assert own.vocabulary[260:] == ("aa",)
    assert len(own.encode("aaaa")) == 2
    assert own.vocab_size == 261


def test_training_stops_when_nothing_repeats():
    assert BytePairTokenizer.train(["abc def"], 1000).vocab_size == 260
    assert FastBytePairTokenizer.train(["abc def"], 1000).vocab_size == 260
    with pytest.raises(ValueError, match="vocab_size"):
        BytePairTokenizer.train(["abc"], 100)


def test_a_file_of_one_tokenizer_is_read_by_the_other(tmp_path):
    BYTE_PAIRS[0].save(tmp_path / "own.json")
    fast = FastBytePairTokenizer.load(tmp_path / "own.json")
    assert fast.encode(GERMAN[0]) == BYTE_PAIRS[0].encode(GERMAN[0])
    BYTE_PAIRS[1].save(tmp_path / "fast.json")
    assert (tmp_path / "fast.json").read_bytes() == (tmp_path / "own.json").read_bytes()


@pytest.mark.parametrize("tokenizer", BYTE_PAIRS, ids=["own", "fast"])
def test_a_line_of_a_megabyte_without_a_blank_is_encoded(tokenizer):
    line = "公园xy" * (2**20 // 8)
    assert tokenizer.decode(tokenizer.encode(line)) == line


def test_training_accepts_a_generator_and_leaves_special_names_alone():
    texts = ["<pad><pad><pad>"] * 5
    for kind in (BytePairTokenizer, FastBytePairTokenizer):
        trained = kind.train((text for text in texts), 300)
        ids = trained.encode("<pad>")
        assert PAD not in ids and trained.decode(ids) == "<pad>"
