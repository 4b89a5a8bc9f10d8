"""Several processes deal one shuffled order among them, whatever each has drawn.

Of a ``DataLoader`` each builds its own batches alone.
"""

import itertools
import random

import numpy as np
import pytest
import torch
from torch.utils.data import BatchSampler, DataLoader, IterableDataset, RandomSampler

from n2t.training.state import random_state
from n2t.training.stream import HeldOut, Stream, fingerprint

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


class Noting:
    """Numbers as examples; notes which were asked for."""

    def __init__(self, n=N):
        self.n, self.asked = n, []

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        self.asked.append(i)
        return torch.tensor(i)


class AtOnce(Noting):
    """Gives the examples of a batch at once; sorts what it was given."""

    def __getitems__(self, index):
        found = [self[i] for i in index]
        index.sort()
        return found


def seeded():
    return torch.Generator().manual_seed(3)


class Reusing(BatchSampler):
    """Gives the same list each time, with other numbers."""

    def __iter__(self):
        given = []
        for index in super().__iter__():
            given[:] = index
            yield given


LOADERS = {
    "in order": lambda data: DataLoader(data, 2),
    "shuffled": lambda data: DataLoader(data, 2, shuffle=True),
    "own": lambda data: DataLoader(data, 2, shuffle=True, generator=seeded()),
    "sampler": lambda data: DataLoader(data, 2, sampler=RandomSampler(data)),
    "sampler with its own": lambda data: DataLoader(
        data, 2, sampler=RandomSampler(data, generator=seeded())
    ),
    "batches": lambda data: DataLoader(
        data, batch_sampler=BatchSampler(RandomSampler(data), 2, False)
    ),
    "one list": lambda data: DataLoader(
        data, batch_sampler=Reusing(RandomSampler(data), 2, False)
    ),
}
every_loader = pytest.mark.parametrize("way", LOADERS)
both_sizes = pytest.mark.parametrize("size", [2, 3])
both_kinds = pytest.mark.parametrize("kind", [Noting, AtOnce])


def lists(batches):
    return [batch.tolist() for batch in batches]


@every_loader
@both_sizes
@both_kinds
def test_each_process_asks_for_the_examples_of_its_own_batches_alone(way, size, kind):
    made = [kind() for _ in range(size)]
    streams = [
        Stream(LOADERS[way](made[r]), r, size, seed=5) for r in range(size)
    ]  # two epochs, update for update
    torch.manual_seed(5)
    alone = Stream(LOADERS[way](kind()))
    wanted = lists(alone.deal(24))
    for epoch in range(2):
        for update in range(12 // size):
            start = epoch * 12 + update * size
            found = [lists(stream.deal(size)) for stream in streams]
            assert found == [[batch] for batch in wanted[start : start + size]]
        asked = [i for data in made for i in data.asked]
        assert sorted(asked) == sorted((epoch + 1) * list(range(N)))
    for rank, data in enumerate(made):
        assert data.asked == sum(wanted[rank::size], [])


@both_sizes
def test_an_incomplete_last_batch_is_dropped_as_the_loader_says(size):
    for drop_last, count in ((True, 12), (False, 13)):
        data = Noting(N + 1)
        stream = Stream(DataLoader(data, 2, drop_last=drop_last), size - 1, size)
        rounds = [stream.deal(size) for _ in range(13)]
        epoch = [*range(0, N, 2), N][:count]
        wanted = [epoch[i % count] for i in range(13 * size)][size - 1 :: size]
        assert [int(batch[0]) for (batch,) in rounds] == wanted


@every_loader
@both_sizes
@both_kinds
def test_each_process_asks_for_its_own_validation_batches_alone(way, size, kind):
    made = [kind(N + 2) for _ in range(size)]  # 13 batches: not as many for each
    found = []
    for rank, data in enumerate(made):
        torch.manual_seed(5)
        found.append(list(HeldOut(LOADERS[way](data), rank, size)))
    torch.manual_seed(5)
    wanted = lists(batch for batch, _ in HeldOut(LOADERS[way](kind(N + 2))))
    for rank, (data, share) in enumerate(zip(made, found, strict=True)):
        counted = [batch.tolist() for batch, counts in share if counts]
        assert counted == wanted[rank::size]
        assert len(share) == -(-13 // size)
        assert data.asked == sum([b.tolist() for b, _ in share], [])


class Augmented(Noting):
    """Examples with noise of the global generators, and of five of its own.

    Not of Python's global one: the tests' checks of annotations draw by that as well.
    """

    def __init__(self, shared):
        super().__init__()
        self.torch, self.python = shared, random.Random(1)
        self.numpy = [np.random.default_rng(1), np.random.default_rng(1)]
        self.numpy += [np.random.RandomState(1)]

    def __getitem__(self, i):
        noise = [
            np.random.randn(), float(torch.randn(())),
            float(torch.randn((), generator=self.torch)), self.python.gauss(0, 1),
            *(generator.normal() for generator in self.numpy),
        ]  # fmt: skip
        return torch.tensor([float(super().__getitem__(i)), *noise])


def augmented():
    """A loader whose sampler draws by a generator that its data set draws by too."""
    draws = seeded()
    return DataLoader(Augmented(draws), 2, shuffle=True, generator=draws)


def streams_of(size, state=None):
    """The streams of a run's processes; if there is a state, of a run that goes on."""
    found = [Stream(augmented(), rank, size, seed=5) for rank in range(size)]
    for stream in found:
        if state is not None:
            torch.manual_seed(stream.rank + 11)
            stream.load_state_dict(state)
    return found


def next_ones(streams, updates):
    """Fingerprints of the run's next batches; other draws lie between, as many."""
    found = []
    for _ in range(updates):
        for stream in streams:
            torch.rand(stream.rank)
            found += map(fingerprint, stream.deal(stream.size))
    return found


@pytest.mark.parametrize("taken", [2, 6, 9])
@pytest.mark.filterwarnings("error")
def test_two_processes_with_draws_for_each_example_are_resumed_bit_for_bit(taken):
    streams = streams_of(2)
    next_ones(streams, taken)
    state = streams[0].state_dict()  # the writer's
    wanted = next_ones(streams, 12)
    again = streams_of(2, state)
    asked = [stream.batches.dataset.asked for stream in again]
    assert [len(one) for one in asked] == [2, 2]  # the last batch, to compare it
    assert next_ones(again, 12) == wanted


def test_no_two_batches_and_no_two_generators_draw_alike():
    noise = []
    for stream in streams_of(2):
        noise += [row for _ in range(24) for row in stream.deal(2)[0][:, 1:]]
    assert len(torch.cat(noise).unique()) == 4 * N * 7  # four epochs


def test_what_a_data_sets_own_generator_was_seeded_with_decides_its_draws():
    first, other, same = (streams_of(2)[1] for _ in range(3))
    other.batches.dataset.python.seed(2)
    one, two, three = (stream.deal(2)[0] for stream in (first, other, same))
    assert torch.equal(one, three) and torch.equal(one[:, 0], two[:, 0])
    assert (one[:, 4] != two[:, 4]).all()


@pytest.mark.filterwarnings("error")
def test_a_batch_is_known_again_though_its_data_set_changed_the_list_it_got():
    streams = [Stream(LOADERS["own"](AtOnce()), 1, 2) for _ in range(2)]
    rounds = (streams[0].deal(2) for _ in range(6))
    batch = next(batch for (batch,) in rounds if batch[0] > batch[1])
    state = streams[0].state_dict()
    assert state["last"] == fingerprint(batch)
    streams[1].load_state_dict(state)


@pytest.mark.parametrize("before, after", [(2, 3), (3, 2), (2, 1)])
@pytest.mark.filterwarnings("error")
def test_more_or_fewer_processes_go_on_with_the_epoch_as_it_began(before, after):
    streams = streams_of(before)
    next_ones(streams, 6 // before)
    state = streams[0].state_dict()
    wanted = next_ones(streams, 6 // before)
    assert next_ones(streams_of(after, state), 6 // after) == wanted


@pytest.mark.filterwarnings("error")
def test_two_processes_go_on_with_an_epoch_that_one_began():
    torch.manual_seed(4), np.random.seed(4)
    (alone,) = streams_of(1)
    alone.deal(4)
    state = alone.state_dict()
    wanted = list(map(fingerprint, alone.deal(8)))
    del state["apart"]  # nor have older checkpoints it
    two = streams_of(2, state)
    assert next_ones(two, 4) == wanted
    built = [len(stream.batches.dataset.asked) for stream in two]
    next_ones(two, 6)
    asked = [stream.batches.dataset.asked for stream in two]
    later = [one[n:] for one, n in zip(asked, built, strict=True)]
    assert sorted(later[0] + later[1]) == list(range(N))


def test_saving_moves_no_generator_and_no_later_batch():
    plain, saved = streams_of(2), streams_of(2)
    wanted = [next_ones(plain, 1) for _ in range(15)]
    for update in wanted:
        assert next_ones(saved, 1) == update
        before = torch.get_rng_state(), np.random.get_state()[1].tolist()
        first, second = (stream.state_dict() for stream in saved)
        for key in ("epoch", "position", "own", "own_at_start", "last"):
            assert first[key] == second[key] == saved[0].state_dict()[key]
        assert torch.equal(torch.get_rng_state(), before[0])
        assert np.random.get_state()[1].tolist() == before[1]


def test_what_a_validation_batch_draws_is_the_same_in_every_pass():
    held = HeldOut(augmented(), 1, 2)
    draws = held.batches.generator.get_state()
    passes = [[fingerprint(batch) for batch, _ in held] for _ in range(2)]
    assert passes[0] == passes[1] and len(set(passes[0])) == 6
    assert torch.equal(held.batches.generator.get_state(), draws)


def test_alone_nothing_is_built_twice_and_nothing_else_is_drawn():
    torch.manual_seed(4), np.random.seed(4)
    loader = augmented()
    epochs = itertools.chain(loader, loader, loader)
    wanted = [fingerprint(batch) for batch in itertools.islice(epochs, 25)]
    draws = torch.get_rng_state(), loader.generator.get_state(), np.random.randn()
    torch.manual_seed(4), np.random.seed(4)
    (stream,) = streams_of(1)
    found = []
    for _ in range(25):
        found += map(fingerprint, stream.deal(1))
        stream.state_dict()
    assert found == wanted
    assert torch.equal(torch.get_rng_state(), draws[0])
    assert torch.equal(stream.batches.generator.get_state(), draws[1])
    assert np.random.randn() == draws[2]
    assert len(stream.batches.dataset.asked) == 2 * N + 2


class Endless(Noting, IterableDataset):
    """The same numbers, one after the other."""

    def __iter__(self):
        return (self[i] for i in range(self.n))


class Own(DataLoader):
    """A loader that iterates in a way of its own."""

    def __iter__(self):
        yield from list(super().__iter__())[::-1]


@pytest.mark.parametrize(
    "make",
    [
        lambda: DataLoader(Endless(), 2),
        lambda: DataLoader(Noting(), None),
        lambda: Own(Noting(), 2),
    ],
)
def test_other_loaders_are_read_whole_in_every_process(make):
    loader, wanted = make(), lists(make())
    stream = Stream(loader, 1, 2)
    assert lists(stream.deal(len(wanted))) == wanted[1::2]
    assert sorted(loader.dataset.asked) == list(range(N))
    loader.dataset.asked.clear()
    assert lists(batch for batch, _ in HeldOut(loader, 1, 2)) == wanted[1::2]
    assert sorted(loader.dataset.asked) == list(range(N))
