"""Batches that would go wrong later, and places in other batches, are refused."""

import numpy as np
import pytest

from n2t.data.batches import LabeledBatches, LanguageModelBatches, TokenBatches
from n2t.data.text import BOS, EOS

PAIRS = [([100 + i] * (1 + i % 9), [5] * (1 + i % 7)) for i in range(60)]


def pairs(pairs=PAIRS, max_tokens=100, **options):
    return TokenBatches(pairs, max_tokens=max_tokens, **options)


def labels(pairs=PAIRS, max_tokens=100, **options):
    labeled = [(source, i % 2) for i, (source, _) in enumerate(pairs)]
    return LabeledBatches(labeled, max_tokens=max_tokens, **options)


def windows(n=3000, batch_size=4, length=16, **options):
    return LanguageModelBatches(np.arange(4, 4 + n), batch_size, length, **options)


ANY = [(dict(seed=2), "seed (2) must be 0")]
ANY += [(dict(shuffle=False), "shuffle (0) must be 1")]
ROWS = [*ANY, (dict(max_tokens=99), "max_tokens (99) must be 100")]
ROWS += [(dict(pairs=PAIRS[1:]), "examples (59) must be 60")]
WINDOWS = [*ANY, (dict(batch_size=5), "batch_size (5) must be 4")]
WINDOWS += [(dict(length=15), "length (15) must be 16")]
WINDOWS += [(dict(n=2999), "ids (2999) must be 3000")]
CASES = [(kind, *row) for kind in (pairs, labels) for row in ROWS]
CASES += [(windows, *row) for row in WINDOWS]


@pytest.mark.parametrize(("kind", "other", "said"), CASES)
def test_a_place_in_other_batches_is_refused_with_what_differs(kind, other, said):
    state = kind().state_dict()
    kind().load_state_dict(state)
    with pytest.raises(ValueError) as caught:
        kind(**other).load_state_dict(state)
    assert str(caught.value).startswith(said)


def test_a_place_in_batches_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="must be None"):
        windows().load_state_dict(pairs().state_dict())


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([], "at least one example"),
        ([([], [5])], r"pairs\[0\]: the source is empty"),
        ([([5], [5]), ([5], [BOS, 6])], r"pairs\[1\]: the target has BOS or EOS"),
        ([([5], [6, EOS])], r"pairs\[0\]: the target has BOS or EOS"),
        ([([5], [6] * 100)], r"max_tokens \(64\) must be at least 101.*example 0"),
    ],
)
def test_pairs_that_would_go_wrong_later_are_refused(pairs, message):
    with pytest.raises(ValueError, match=message):
        TokenBatches(pairs, max_tokens=64)


def test_impossible_lengths_and_texts_are_refused():
    with pytest.raises(ValueError, match="length"):
        LanguageModelBatches(range(100), 2, 0)
    with pytest.raises(ValueError, match=r"examples\[1\]: the text is empty"):
        LabeledBatches([([5], 0), ([], 1)])
