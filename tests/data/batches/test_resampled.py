"""Batches of texts that are cut anew in every epoch, and go on where they stopped."""

import pytest

from n2t.data.batches import ResampledBatches
from n2t.data.text import BOS, EOS, PAD, BytePairTokenizer
from n2t.runs import tasks
from n2t.training.stream import Stream

TEXTS = ["a man rides a bike", "ein Mann fährt Rad", "a woman and a man", "zwei Männer"]
PAIRS = [(text, TEXTS[-1 - i]) for i, text in enumerate(TEXTS)] * 5


@pytest.fixture(scope="module")
def tokenizer():
    return BytePairTokenizer.train(TEXTS, vocab_size=300)


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
