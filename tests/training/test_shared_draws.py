"""Several processes deal one shuffled order among them, whatever each has drawn."""

import pytest
import torch
from torch.utils.data import DataLoader

from n2t.training.state import random_state
from n2t.training.stream import Stream

N = 24


def dealt(rank, size, draws_between=0, updates=4, stream=None):
    """The numbers that one of several processes gets from a shuffling loader."""
    stream = stream or Stream(DataLoader(range(N), 2, shuffle=True), rank, size, seed=5)
    found = []
    for _ in range(updates):
        torch.rand(draws_between)  # dropout: as much of it as the process has
        found += [i for batch in stream.deal(size) for i in batch.tolist()]
    return found


@pytest.fixture(autouse=True)
def others():
    torch.manual_seed(0)


def test_two_processes_see_each_example_of_a_shuffling_loader_once():
    torch.manual_seed(1)
    one = dealt(0, 2, draws_between=3, updates=6)
    torch.manual_seed(2)
    two = dealt(1, 2, draws_between=7, updates=6)
    assert sorted(one + two) == list(range(N))
    assert one != sorted(one)  # shuffled indeed


def test_a_loaders_draws_leave_those_of_the_model_alone():
    before = random_state()["torch"]
    dealt(0, 2)
    assert torch.equal(random_state()["torch"], before)


def test_one_of_two_processes_goes_on_with_the_batch_it_would_have_had():
    stream = Stream(DataLoader(range(N), 2, shuffle=True), 1, 2, seed=5)
    dealt(1, 2, draws_between=3, updates=7, stream=stream)  # in the second epoch
    state = stream.state_dict()
    wanted = dealt(1, 2, draws_between=3, updates=8, stream=stream)
    again = Stream(DataLoader(range(N), 2, shuffle=True), 1, 2, seed=5)
    torch.manual_seed(9)
    again.load_state_dict(state)
    assert dealt(1, 2, draws_between=1, updates=8, stream=again) == wanted


def test_epochs_differ_and_alone_the_global_generator_decides():
    torch.manual_seed(3)
    first = dealt(0, 1, updates=24)
    torch.manual_seed(3)
    loader = DataLoader(range(N), 2, shuffle=True)
    wanted = [i for _ in range(2) for batch in loader for i in batch.tolist()]
    assert first == wanted and first[:N] != first[N:]
