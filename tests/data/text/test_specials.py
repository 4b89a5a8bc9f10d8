"""Special tokens where the caller wants them, and never because of what a text says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Library
from tokenizers import models, pre_tokenizers

from n2t.data.batches import LabeledBatches, ResampledBatches, TokenBatches
from n2t.data.text import (
    BOS,
    EOS,
    BytePairTokenizer,
    CharacterTokenizer,
    FastBytePairTokenizer,
    MergeDropout,
    Tokenizer,
    WordTokenizer,
)
from n2t.runs import tasks

TEXTS = ["the cat's hat <|user|> is that", "a hat, a cat"] * 2
END = "<|endoftext|>"
KINDS = [CharacterTokenizer, WordTokenizer, BytePairTokenizer, FastBytePairTokenizer]
CHAT = {"<pad>": 0, "<bos>": 1, "<eos>": 2, "<unk>": 3, "<|user|>": 4, "<|user|>!": 7}
kinds = pytest.mark.parametrize("kind", KINDS)
byte_pairs = pytest.mark.parametrize("kind", KINDS[2:])


def trained(kind, special_ids=None):
    options = {"vocab_size": 290} if issubclass(kind, BytePairTokenizer) else {}
    return kind.train(TEXTS, special_ids=special_ids, **options)


@kinds
def test_special_tokens_have_the_ids_they_are_given_and_others_take_the_rest(kind):
    tokenizer, plain = trained(kind, CHAT), trained(kind)
    assert [tokenizer.vocabulary.index(name) for name in CHAT] == list(CHAT.values())
    assert sorted(set(tokenizer.vocabulary)) == sorted({*plain.vocabulary, *CHAT})
    assert tokenizer.vocab_size == len(tokenizer.vocabulary)
    assert tokenizer.special_ids == CHAT
    for text in TEXTS:
        assert tokenizer.decode(tokenizer.encode(text)) == plain.decode(
            plain.encode(text)
        )
        assert not set(tokenizer.encode(text)) & {0, 1, 2, 4, 7}


@kinds
def test_a_name_in_a_text_is_special_only_where_it_is_allowed(kind):
    tokenizer = trained(kind, CHAT)
    text, name = "<|user|>the cat<eos>", "<|user|>"
    part = tokenizer.encode("the cat")
    assert 4 not in tokenizer.encode(text) and EOS not in tokenizer.encode(text)
    some = tokenizer.encode(text, allowed_special={name})
    assert some[: 1 + len(part)] == [4, *part] and EOS not in some
    assert tokenizer.encode(text, allowed_special="all") == [4, *part, EOS]
    asked = dict(bos=True, eos=True, allowed_special=(n for n in [name]))
    assert tokenizer.encode_batch(["<|user|>", "the cat"], **asked) == [
        [BOS, 4, EOS],
        [BOS, *part, EOS],
    ]


@kinds
def test_the_longest_name_is_seen_first(kind):
    tokenizer = trained(kind, CHAT)
    assert tokenizer.encode("<|user|>!<|user|>", allowed_special="all") == [7, 4]


@kinds
def test_special_tokens_are_silent_unless_they_are_to_be_shown(kind):
    tokenizer = trained(kind, CHAT)
    ids = tokenizer.encode("<|user|>cat<eos>", bos=True, allowed_special="all")
    assert tokenizer.decode(ids) == tokenizer.decode(tokenizer.encode("cat"))
    shown = tokenizer.decode(ids, show_special=True)
    assert shown == f"<bos><|user|>{tokenizer.decode(ids)}<eos>"


@kinds
def test_ids_of_special_tokens_are_saved(kind, tmp_path):
    tokenizer = trained(kind, CHAT)
    tokenizer.save(tmp_path / "tokenizer.json")
    again = Tokenizer.load(tmp_path / "tokenizer.json")
    assert again.special_ids == CHAT and again.vocabulary == tokenizer.vocabulary
    for text in TEXTS:
        assert again.encode(text) == tokenizer.encode(text)


def gpt2_layout(kind):
    """Bytes from 0, merges from 256, the end of a text last: ours and the library's."""
    plain = trained(kind, {})
    tokenizer = kind(plain.merges, special_ids={END: plain.vocab_size})
    names = sorted(pre_tokenizers.ByteLevel.alphabet())
    pairs = []
    for first, second in plain.merges:
        pairs.append((names[first], names[second]))
        names.append(names[first] + names[second])
    vocabulary = {name: i for i, name in enumerate(names)}
    library = Library(models.BPE(vocab=vocabulary, merges=pairs))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.add_special_tokens([END])
    return tokenizer, library


LAYOUTS = [gpt2_layout(kind) for kind in KINDS[2:]]


@settings(max_examples=50)
@given(st.text("the cas' <|user|>!é", max_size=40), st.sampled_from(LAYOUTS))
def test_with_gpt_2s_layout_the_ids_are_gpt_2s(text, pair):
    tokenizer, library = pair
    assert tokenizer.encode(text) == library.encode(text).ids
    marked = f"{text}{END}{text}"
    assert tokenizer.encode(marked, allowed_special={END}) == library.encode(marked).ids


@byte_pairs
def test_several_names_may_share_an_id(kind):
    tokenizer = kind([], special_ids={"<|endoftext|>": 256, "<bos>": 256, "<eos>": 256})
    assert tokenizer.encode("a", bos=True, eos=True) == [256, 64, 256]
    assert tokenizer.vocab_size == 257 and tokenizer.vocabulary[256] == "<|endoftext|>"


def test_dropout_draws_the_ids_of_its_tokenizer():
    tokenizer = trained(BytePairTokenizer, CHAT)
    drawn = MergeDropout(tokenizer, TEXTS, dropout=0.5).draw(np.random.default_rng(0))
    assert [tokenizer.decode(row) for row in drawn] == TEXTS


LAST = {"<pad>": 259, "<bos>": 256, "<eos>": 257, "<unk>": 258}


def test_batches_take_the_special_ids_of_a_tokenizer():
    tokenizer = BytePairTokenizer([], special_ids=LAST)
    ids = dict(pad_id=259, bos_id=256, eos_id=257)
    texts = [("ab", "a"), ("b", "abc")]
    pairs = [(tokenizer.encode(a, eos=True), tokenizer.encode(b)) for a, b in texts]
    resampled = ResampledBatches(texts, tokenizer, shuffle=False)
    for batches in (TokenBatches(pairs, shuffle=False, **ids), resampled):
        (batch,) = batches
        batch = batch.to("cpu")
        assert batch.source.tolist() == [[64, 65, 257], [65, 257, 259]]
        assert batch.target_in.tolist() == [[256, 64, 259, 259], [256, 64, 65, 66]]
        assert batch.target_out.tolist() == [[64, 257, 259, 259], [64, 65, 66, 257]]
        assert batch.n_token == 6
    with pytest.raises(ValueError, match="BOS or EOS already"):
        TokenBatches([([5], [256, 6])], **ids)
    inputs, _ = next(iter(LabeledBatches([([5], 0), ([6, 7], 1)], pad_id=259)))
    assert sorted(inputs.tolist()) == [[5, 259], [6, 7]]


@pytest.mark.parametrize(
    "special_ids, error, said",
    [
        ({"<end>": 300}, ValueError, r"'<end>' \(300\) must be below 257"),
        ({"<end>": -1}, ValueError, r"'<end>' \(-1\)"),
        ({"": 0}, ValueError, "must be a name"),
        ({"<end>": True}, TypeError, "must be a name and an int"),
        ({3: 3}, TypeError, "must be a name and an int"),
        (["<end>"], TypeError, "special_ids must map"),
    ],
)
@pytest.mark.usefixtures("own_checks_only")
def test_special_ids_that_mean_nothing_are_refused(special_ids, error, said):
    with pytest.raises(error, match=said):
        BytePairTokenizer([], special_ids=special_ids)


def test_names_that_are_not_special_are_refused():
    tokenizer = BytePairTokenizer([])
    with pytest.raises(
        ValueError, match=r"allowed_special \(\['<x>'\]\) must be some of"
    ):
        tokenizer.encode("a", allowed_special={"<x>"})
    with pytest.raises(TypeError, match="write \\['<eos>'\\]"):
        tokenizer.encode_batch(["a"], allowed_special="<eos>")


def test_what_needs_a_special_token_that_is_not_there_says_so():
    tokenizer = BytePairTokenizer([], special_ids={})
    assert tokenizer.vocab_size == 256 and tokenizer.encode("!") == [0]
    with pytest.raises(ValueError, match="no <eos>"):
        tokenizer.encode("a", eos=True)
    with pytest.raises(ValueError, match="no <unk>"):
        WordTokenizer(["a"], special_ids={"<pad>": 0})


def test_a_run_keeps_the_ids_that_its_models_and_losses_count_on():
    with pytest.raises(ValueError, match="special_ids must hold"):
        tasks.learn_tokenizer({"kind": "word", "special_ids": {"<unk>": 0}}, ["a b"])
    more = {"kind": "word", "special_ids": CHAT | {"<|user|>!": 5}}
    assert tasks.learn_tokenizer(more, ["a b c"]).special_ids["<|user|>"] == 4


def test_byte_pairs_of_a_run_are_cut_as_in_the_recorded_ones_unless_it_says_otherwise():
    settings = {"kind": "byte_pair", "vocab_size": 270}
    assert tasks.learn_tokenizer(settings, ["a b"]).cut == "bounded"
    assert tasks.learn_tokenizer(settings | {"cut": "gpt2"}, ["a b"]).cut == "gpt2"


# More text than memory holds
@kinds
def test_texts_are_asked_for_one_at_a_time(kind):
    tokenizer, given_out = trained(kind), []

    def endless():
        while True:
            given_out.append(1)
            yield "the cat"

    rows = tokenizer.encode_iterable(endless(), eos=True)
    assert given_out == []
    assert next(rows) == next(rows) == tokenizer.encode("the cat", eos=True)
    assert len(given_out) == 2


@kinds
def test_one_string_is_not_many_texts_and_it_is_said_at_once(kind):
    with pytest.raises(TypeError, match="texts must be many"):
        trained(kind).encode_iterable("the cat")
