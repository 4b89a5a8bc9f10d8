"""Batches: every example once, little padding, and the same after a stop."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from n2t.data.batches import (
    Batch,
    LabeledBatches,
    LanguageModelBatches,
    TokenBatches,
    pack,
    pad,
)
from n2t.data.sources import download, registry
from n2t.data.sources.reading import read_parallel
from n2t.data.text import BOS, EOS, PAD, FastBytePairTokenizer
from n2t.training.stream import Stream


def random_pairs(n, longest=30, seed=0):
    """Pairs of different lengths; the source of pair i begins with 100 + i."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, longest, size=(n, 2)).tolist()
    return [
        (
            [100 + i, *rng.integers(4, 99, size=s - 1).tolist()],
            rng.integers(4, 99, size=t).tolist(),
        )
        for i, (s, t) in enumerate(lengths)
    ]


PAIRS = random_pairs(400)


def indices(batches):
    """Which examples each batch holds."""
    return [batch.index.tolist() for batch in batches]


# What a batch holds
def test_teacher_forcing_gives_the_decoder_the_word_before():
    batch = next(iter(TokenBatches([([7, 8], [5, 6]), ([9, 9], [4])], max_tokens=64)))
    row = batch.index.tolist().index(0)
    other = 1 - row
    assert batch.source[row].tolist() == [7, 8]
    assert batch.target_in[row].tolist() == [BOS, 5, 6]
    assert batch.target_out[row].tolist() == [5, 6, EOS]
    assert batch.target_in[other].tolist() == [BOS, 4, PAD]
    assert batch.target_out[other].tolist() == [4, EOS, PAD]
    assert batch.n_token == 5 and len(batch) == 2


def test_every_row_is_the_pair_that_index_names():
    for batch in TokenBatches(PAIRS, max_tokens=300):
        for row, i in enumerate(batch.index.tolist()):
            source, target = PAIRS[i]
            assert batch.source[row][batch.source[row] != PAD].tolist() == source
            out = batch.target_out[row]
            assert out[out != PAD].tolist() == [*target, EOS]


def test_a_batch_moves_as_a_whole():
    moved = next(iter(TokenBatches(PAIRS, max_tokens=300))).to("meta")
    assert isinstance(moved, Batch)
    assert {moved.source.device.type, moved.index.device.type} == {"meta"}


def test_padding_goes_behind():
    assert pad([[1], [2, 3]]).tolist() == [[1, 0], [2, 3]]
    assert pad([]).shape == (0, 0)


# The order of batches
@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(1, 60),
    max_tokens=st.integers(30, 200),
    shuffle=st.booleans(),
    seed=st.integers(0, 5),
)
def test_every_example_comes_once_in_batches_within_the_limit(
    n, max_tokens, shuffle, seed
):
    batches = TokenBatches(
        random_pairs(n, seed=seed), max_tokens=max_tokens, shuffle=shuffle
    )
    for _ in range(2):
        epoch = list(batches)
        assert sorted(sum(indices(epoch), [])) == list(range(n))
        assert len(epoch) == len(batches)
        for batch in epoch:
            assert batch.source.numel() <= max_tokens
            assert batch.target_in.numel() <= max_tokens


def test_the_waste_reported_is_the_padding_found():
    batches = TokenBatches(PAIRS, max_tokens=300)
    cells = padding = 0
    for batch in batches:
        for ids in (batch.source, batch.target_out):
            cells, padding = cells + ids.numel(), padding + int((ids == PAD).sum())
    assert batches.waste == pytest.approx(padding / cells, rel=1e-12)


def test_buckets_waste_less_than_chance():
    batches = TokenBatches(PAIRS, max_tokens=300)
    lengths = batches.lengths
    chance = 1 - lengths.mean() / (lengths[:390].reshape(-1, 10, 2).max(1).mean())
    assert batches.waste < chance / 2


def test_epochs_differ_and_the_seed_decides():
    pairs = random_pairs(400, longest=8)

    def epochs(seed):
        batches = TokenBatches(pairs, max_tokens=100, seed=seed)
        return [indices(batches), indices(batches)]

    assert epochs(1) == epochs(1)
    assert epochs(1) != epochs(2)
    assert epochs(1)[0] != epochs(1)[1]
    first, second = (set(map(tuple, map(sorted, e))) for e in epochs(1))
    assert first != second, "only the order of batches changed, not what is in them"


def test_without_shuffling_the_order_stays():
    batches = TokenBatches(PAIRS, max_tokens=300, shuffle=False)
    assert indices(batches) == indices(batches)


def kinds():
    """One of each, and how many examples make a batch comparable."""
    labeled = [(source, i % 2) for i, (source, _) in enumerate(PAIRS)]
    return {
        "pairs": lambda **options: TokenBatches(PAIRS, max_tokens=300, **options),
        "labels": lambda **options: LabeledBatches(labeled, max_tokens=300, **options),
        "windows": lambda **options: LanguageModelBatches(
            range(4, 3000), 4, 16, **options
        ),
    }


def ids_of(batch):
    """The first tensor of any batch, as lists."""
    first = batch.source if isinstance(batch, Batch) else batch[0]
    return first.tolist()


each_kind = pytest.mark.parametrize("kind", kinds())


@each_kind
@pytest.mark.parametrize("stop", [0, 1, 17, "end"])
def test_a_run_that_stopped_goes_on_with_the_next_batch(kind, stop):
    make = kinds()[kind]
    whole = make(seed=3)
    expected = [ids_of(b) for b in whole] + [ids_of(b) for b in whole]
    first = make(seed=3)
    stop = len(first) if stop == "end" else stop
    seen, iterator = [], iter(first)
    for _ in range(stop):
        seen.append(ids_of(next(iterator)))
    state = first.state_dict()
    again = make(seed=3)
    again.load_state_dict(state)
    assert again.state_dict() == state
    seen += [ids_of(b) for b in again] + [ids_of(b) for b in again]
    assert seen[: len(expected)] == expected


@each_kind
def test_looking_at_one_batch_does_not_take_it_away(kind):
    batches = kinds()[kind](shuffle=False)
    first = ids_of(next(iter(batches)))
    assert ids_of(next(iter(batches))) == first


@each_kind
def test_a_place_that_an_older_checkpoint_holds_is_taken_up(kind):
    make = kinds()[kind]
    whole = [ids_of(b) for b in make(seed=3)]
    batches, again = make(seed=3), make(seed=3)
    next(iterator := iter(batches)), next(iterator)
    again.load_state_dict(batches.state_dict() | {"world_size": 1})
    assert [ids_of(b) for b in again] == whole[2:]


def test_the_training_stream_resumes_through_state_dict():
    stream = Stream(TokenBatches(PAIRS, max_tokens=300))
    expected = [ids_of(b) for b in stream.deal(3 * len(stream.batches))]
    half = Stream(TokenBatches(PAIRS, max_tokens=300))
    seen = [ids_of(b) for b in half.deal(len(half.batches) + 5)]
    again = Stream(TokenBatches(PAIRS, max_tokens=300))
    again.load_state_dict(half.state_dict())
    seen += [ids_of(b) for b in again.deal(len(expected) - len(seen))]
    assert seen == expected


# Language models
def test_targets_are_the_inputs_moved_by_one():
    ids = np.arange(4, 500)
    for inputs, targets in LanguageModelBatches(ids, batch_size=3, length=10):
        assert inputs.shape == targets.shape == (3, 10)
        assert inputs.dtype == targets.dtype == torch.long
        assert torch.equal(inputs + 1, targets)


def test_unshuffled_windows_show_every_target_once():
    batches = LanguageModelBatches(range(4, 105), 3, 10, shuffle=False)
    targets = torch.cat([targets.flatten() for _, targets in batches])
    assert targets.tolist() == list(range(5, 105))


def test_each_epoch_cuts_its_windows_elsewhere():
    batches = LanguageModelBatches(range(4, 3000), 4, 16)
    first, second = ({int(x[0]) for x, _ in batches for x in x} for _ in range(2))
    assert first != second


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_ids_may_be_a_list_an_array_or_a_tensor(kind):
    ids = kind(list(range(4, 200)))
    inputs, _ = next(iter(LanguageModelBatches(ids, 2, 8, shuffle=False)))
    assert inputs[0].tolist() == list(range(4, 12))


def test_documents_are_packed_end_to_end():
    assert pack([[5, 6], [], [7]]).tolist() == [5, 6, EOS, EOS, 7, EOS]
    with pytest.raises(ValueError, match="documents"):
        pack([])


@pytest.mark.parametrize("shuffle", [True, False])
def test_the_shortest_text_that_is_accepted_gives_a_batch_every_epoch(shuffle):
    shortest = next(
        n for n in range(100) if accepted(list(range(4, 4 + n)), shuffle=shuffle)
    )
    batches = LanguageModelBatches(range(4, 4 + shortest), 2, 5, shuffle=shuffle)
    for _ in range(20):
        assert len(list(batches)) >= 1


def accepted(ids, **options):
    """Is this long enough?"""
    try:
        LanguageModelBatches(ids, 2, 5, **options)
    except ValueError as error:
        assert f"ids ({len(ids)})" in str(error)
        return False
    return True


# Classes, and published data
def test_labels_stay_with_their_texts():
    examples = [(source, source[0] % 7) for source, _ in PAIRS]
    for inputs, labels in LabeledBatches(examples, max_tokens=300):
        assert torch.equal(inputs[:, 0] % 7, labels)


def test_padding_on_multi30k_is_under_3_percent():
    try:
        folder = registry.fetch("multi30k", progress=False)
    except download.DataError:
        pytest.skip("needs multi30k: set N2T_DATA to the folder that holds it")
    pairs = read_parallel(folder / "train.en.gz", folder / "train.de.gz")
    texts = [text for pair in pairs for text in pair]
    tokenizer = FastBytePairTokenizer.train(texts, vocab_size=10_260)
    ids = tokenizer.encode_batch(texts)
    batches = TokenBatches(zip(ids[::2], ids[1::2], strict=True), max_tokens=4096)
    assert batches.waste < 0.03
    assert len(batches) < 160
