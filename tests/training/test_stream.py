"""Batches are dealt fairly and go to the device whole; generators are set back."""

import random
from typing import NamedTuple

import numpy as np
import pytest
import torch

from n2t.data.batches import LabeledBatches, LanguageModelBatches, TokenBatches
from n2t.training import checkpoints
from n2t.training.state import random_state, set_random_state
from n2t.training.stream import HeldOut, Stream, fingerprint, to_device


class Pair(NamedTuple):
    """A batch of a learner's own kind."""

    ids: torch.Tensor
    text: str


def test_every_tensor_in_dicts_lists_and_named_tuples_is_moved():
    ids, place = torch.arange(3), torch.device("meta")
    batch = {"one": ids, "more": [ids, (ids, 3)], "pair": Pair(ids, "words")}
    moved = to_device(batch, place)
    second, (third, number) = moved["more"]
    for tensor in (moved["one"], second, third, moved["pair"].ids):
        assert tensor.device == place and tensor.shape == (3,)
    assert isinstance(moved["more"], list) and isinstance(moved["more"][1], tuple)
    assert isinstance(moved["pair"], Pair)
    assert (number, moved["pair"].text) == (3, "words")


def draw():
    """Numbers from each of the generators, normal ones too."""
    pythons = [random.random(), random.gauss(0, 1)]
    numpys = [*np.random.rand(2).tolist(), np.random.standard_normal()]
    return pythons, numpys, torch.rand(3).tolist()


def test_a_checkpoint_sets_the_generators_of_python_numpy_and_torch_back(tmp_path):
    draw()  # the normal draws come in pairs: the second one waits
    state = {"draws": random_state()}
    expected = draw()
    path = checkpoints.save(tmp_path, 1, {"w": torch.ones(1)}, state)
    random.seed(7), np.random.seed(7), torch.manual_seed(7)
    others = draw()
    set_random_state(checkpoints.load(path)[1]["draws"])
    assert draw() == expected
    assert all(a != b for a, b in zip(others, expected, strict=True))


class Numbers:
    """Batches that know their place, as those of ``n2t.data.batches`` do."""

    def __init__(self, n, size):
        self.n, self.size, self.place = n, size, 0

    def __iter__(self):
        start, self.place = self.place, 0
        for i in range(start, self.n):
            self.place = (i + 1) % self.n
            yield torch.arange(i * self.size, (i + 1) * self.size)

    def state_dict(self):
        return {"place": self.place}

    def load_state_dict(self, state):
        self.place = state["place"]


each_size = pytest.mark.parametrize("size", [1, 2, 3])


@each_size
def test_processes_together_get_every_batch_of_an_epoch_once_in_equal_shares(size):
    streams = [Stream(Numbers(12, 2), rank, size) for rank in range(size)]
    shares = [[b.tolist() for b in stream.deal(12)] for stream in streams]
    alone = [b.tolist() for b in Stream(Numbers(12, 2)).deal(12)]
    assert {len(share) for share in shares} == {12 // size}
    assert sorted(b for share in shares for b in share) == alone
    assert shares[-1] == alone[size - 1 :: size]


@each_size
def test_what_is_left_of_an_epoch_is_dealt_with_the_next(size):
    streams = [Stream(Numbers(7, 2), rank, size) for rank in range(size)]
    rounds = [[stream.deal(size) for stream in streams] for _ in range(14)]
    dealt = [shares[0].tolist() for update in rounds for shares in update]
    alone = [b.tolist() for b in Stream(Numbers(7, 2)).deal(14 * size)]
    assert dealt == alone


class Built(Numbers):
    """Batches that can be built one by one; notes which were."""

    def __init__(self, n, size):
        super().__init__(n, size)
        self.built = []

    def builders(self):
        for batch in super().__iter__():
            yield lambda batch=batch: self.built.append(batch) or batch


@each_size
def test_each_process_builds_its_own_batches_alone(size):
    for rank in range(size):
        stream = Stream(Built(7, 2), rank, size)
        plain = Stream(Numbers(7, 2), rank, size)
        dealt, wanted = ([b.tolist() for b in s.deal(12)] for s in (stream, plain))
        assert dealt == wanted
        assert [batch.tolist() for batch in stream.batches.built] == wanted
        held = Built(7, 2)
        shares = list(HeldOut(held, rank, size))
        assert len(held.built) == len(shares) == -(-7 // size)


@each_size
@pytest.mark.parametrize(
    "made",
    [
        lambda: LabeledBatches([([4 + i], i % 3) for i in range(40)], max_tokens=9),
        lambda: LanguageModelBatches(list(range(200)), 4, 5),
        lambda: TokenBatches([([5] * (i % 4 + 1), [6]) for i in range(30)]),
    ],
)
def test_the_courses_batches_are_built_where_they_are_used(size, made, monkeypatch):
    batches, built = made(), []
    real = batches._make
    monkeypatch.setattr(batches, "_make", lambda index: built.append(1) or real(index))
    shares = Stream(batches, size - 1, size).deal(3 * size)
    assert len(built) == len(shares) == 3
    alone = Stream(made()).deal(3 * size)[size - 1 :: size]
    assert list(map(fingerprint, shares)) == list(map(fingerprint, alone))


def test_a_fingerprint_tells_batches_apart_by_every_number_and_word():
    batch = Pair(torch.tensor([1, 2]), "words")
    same = Pair(torch.tensor([1, 2]), "words")
    others = [
        Pair(torch.tensor([1, 3]), "words"),
        Pair(torch.tensor([1, 2]), "word"),
        Pair(torch.tensor([1.0, 2.0]), "words"),
        Pair(torch.tensor([[1, 2]]), "words"),
        (torch.tensor([1, 2]), "words", None),
        {"ids": torch.tensor([1, 2])},
        None,
    ]
    assert fingerprint(batch) == fingerprint(same)
    assert len({fingerprint(other) for other in [batch, *others]}) == 8


@each_size
def test_every_process_validates_equally_often_and_each_batch_counts_once(size):
    batches = list(range(7))
    shares = [list(HeldOut(batches, rank, size)) for rank in range(size)]
    assert len({len(share) for share in shares}) == 1
    counted = [batch for share in shares for batch, counts in share if counts]
    assert sorted(counted) == batches


def test_with_fewer_batches_than_processes_all_take_part_and_one_counts():
    shares = [list(HeldOut(["only"], rank, 3)) for rank in range(3)]
    assert shares == [[("only", True)], [("only", False)], [("only", False)]]
