"""BPE-dropout: the same texts, cut in other ways, as often as the closed form says."""

from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from n2t.data.batches.merge_dropout import (
    MergeDropout,
    ResampledBatches,
    encode_with_dropout,
)
from n2t.data.text.byte_pair import BYTE_ID, FIRST_MERGE, BytePairTokenizer
from n2t.data.text.tokenizers import BOS, EOS, PAD, CharacterTokenizer
from n2t.runs import tasks
from n2t.training.stream import Stream

TEXTS = ["a man rides a bike", "ein Mann fährt Rad", "a woman and a man", "zwei Männer"]
PAIRS = [(text, TEXTS[-1 - i]) for i, text in enumerate(TEXTS)] * 5
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


def test_ways_to_cut_come_as_often_as_the_closed_form_says():
    # A piece stops where every merge that could come next was left out.
    found, p = shares("abc", 0.3), 0.3
    wanted = {
        (A, B, C): p,
        (FIRST_MERGE, C): (1 - p) * p,
        (FIRST_MERGE + 1,): (1 - p) ** 2,
    }
    assert found == pytest.approx(wanted, abs=0.01)


def test_two_places_for_one_merge_are_drawn_one_by_one():
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


# Batches
def batches(tokenizer, **options):
    options = {"dropout": 0.3, "max_tokens": 128, "seed": 0, "shuffle": True} | options
    return ResampledBatches(PAIRS, tokenizer, **options)


def rows_of(epoch):
    """Which ids each pair had in an epoch, by its number."""
    return {
        i: (source[source != PAD].tolist(), target[target != PAD].tolist())
        for batch in epoch
        for i, source, target in zip(
            batch.index.tolist(), batch.source, batch.target_out, strict=True
        )
    }


def test_every_epoch_holds_every_pair_once_cut_anew(tokenizer):
    train = batches(tokenizer)
    first, second = rows_of(train), rows_of(train)
    assert set(first) == set(second) == set(range(len(PAIRS)))
    assert first != second
    for i, (source, target) in second.items():
        assert source[-1] == target[-1] == EOS
        assert (tokenizer.decode(source), tokenizer.decode(target)) == PAIRS[i]


def test_no_batch_of_any_epoch_is_larger_than_allowed(tokenizer):
    train = batches(tokenizer, dropout=0.9)
    for _ in range(3):
        for batch in train:
            assert batch.source.numel() <= 128 and batch.target_in.numel() <= 128
            assert (batch.target_in[:, 0] == BOS).all()


@pytest.mark.parametrize("taken", [3, 17])
def test_a_run_that_stopped_goes_on_with_the_batch_it_would_have_had(tokenizer, taken):
    train = Stream(batches(tokenizer))
    train.deal(taken)
    state = train.state_dict()
    wanted = train.deal(30)
    again = Stream(batches(tokenizer))
    again.load_state_dict(state)
    for one, other in zip(wanted, again.deal(30), strict=True):
        assert one.source.equal(other.source)
        assert one.target_out.equal(other.target_out)


def test_a_preset_cuts_anew_what_it_trains_on_and_not_what_it_validates_on():
    settings = {"max_tokens": 128, "merge_dropout": 0.3}
    preset = tasks.read_preset("translation", "cpu")
    preset |= {"tokenizer": {"kind": "byte_pair", "vocab_size": 400}}
    preset |= {"batches": settings}
    preset["data"] |= {"size": 60, "held_out": 20}
    job = tasks.build("translation", preset)
    assert isinstance(job.train, ResampledBatches)
    assert settings == {"max_tokens": 128, "merge_dropout": 0.3}  # left as they came
    whole = job.tokenizer.encode_batch([source for source, _ in job.splits.validation])
    read = {i: source[:-1] for i, (source, _) in rows_of(job.validation).items()}
    assert read == dict(enumerate(whole))


def test_a_pair_that_some_draw_would_make_too_long_is_refused_at_once(tokenizer):
    longest = max(len(text.encode()) for text in TEXTS)
    batches(tokenizer, dropout=1.0, max_tokens=longest + 1)
    with pytest.raises(ValueError, match=rf"max_tokens \({longest}\).*{longest + 1}"):
        batches(tokenizer, dropout=1.0, max_tokens=longest)


@pytest.mark.parametrize("other", [{"dropout": 0.2}, {"ways": 5}])
def test_a_place_among_texts_that_were_cut_otherwise_is_refused(tokenizer, other):
    state = batches(tokenizer).state_dict()
    with pytest.raises(ValueError, match=rf"{next(iter(other))}\w* \(\d+\) must be"):
        batches(tokenizer, **other).load_state_dict(state)
