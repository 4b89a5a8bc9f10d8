"""Batches go to the device whole; random generators are set back, all of them."""

import random
from typing import NamedTuple

import numpy as np
import torch

from n2t.training import checkpoints
from n2t.training.state import random_state, set_random_state
from n2t.training.stream import to_device


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
