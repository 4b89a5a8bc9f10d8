"""What an object draws by a generator of its own goes on after a stop as without."""

import functools
import itertools
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, RandomSampler, TensorDataset
from training.toy import StoppedError, crash_at, same_weights, toy_fit, toy_model

from n2t.data.batches import LabeledBatches
from n2t.training import checkpoints, classification_loss, generators
from n2t.training.stream import HeldOut, Stream

CONFIG = {"checkpoint_every": 3, "validate_every": 2, "log_every": 1, "max_steps": 15}


def data(n=60):
    draws = torch.Generator().manual_seed(1)
    return TensorDataset(
        torch.randn(n, 8, generator=draws), torch.randint(3, (n,), generator=draws)
    )


def by_torch():
    draws = torch.Generator().manual_seed(3)
    return DataLoader(data(), 10, shuffle=True, generator=draws)


def by_torch_with_replacement():
    draws = torch.Generator().manual_seed(3)
    sampler = RandomSampler(data(), replacement=True, generator=draws)
    return DataLoader(data(), 10, sampler=sampler)


class Drawn:
    """Batches in an order that a generator of their own draws, one after the other."""

    def __init__(self, generator):
        self.parts = {"draws": generator}
        self.batches = list(DataLoader(data(), 10))

    def __iter__(self):
        for _ in self.batches:
            draws = self.parts["draws"]
            if isinstance(draws, random.Random):
                yield self.batches[draws.randrange(6)]
            else:
                yield self.batches[int(draws.random() * 6)]


WAYS = {
    "torch": by_torch,
    "torch with replacement": by_torch_with_replacement,
    "numpy": lambda: Drawn(np.random.default_rng(5)),
    "numpy, Mersenne": lambda: Drawn(np.random.Generator(np.random.MT19937(5))),
    "numpy, old": lambda: Drawn(np.random.RandomState(5)),
    "python": lambda: Drawn(random.Random(5)),
}


def stopped_and_resumed(make, folder, call=17, **options):
    """A whole run, and one that crashed and went on in other objects: how both end."""
    whole, resumed = toy_model(), toy_model(seed=9)
    expected = toy_fit(whole, CONFIG, **make(), **options)
    with pytest.raises(StoppedError):
        toy_fit(toy_model(), CONFIG, **make(), run_dir=folder, loss=crash_at(call))
    found = toy_fit(resumed, CONFIG, **make(), run_dir=folder, **options)
    return (expected, whole), (found, resumed)


@pytest.mark.parametrize("way", WAYS)
def test_a_run_with_a_generator_of_its_batches_own_is_resumed_bit_for_bit(
    way, tmp_path
):
    def make():
        return {"train": WAYS[way]()}

    (expected, whole), (found, resumed) = stopped_and_resumed(make, tmp_path, call=11)
    assert checkpoints.latest(tmp_path) is not None
    assert found == expected and same_weights(whole, resumed)


@pytest.mark.parametrize("way", WAYS)
def test_one_object_may_be_trained_and_validated_on(way, tmp_path):
    def make():
        batches = WAYS[way]()
        return {"train": batches, "validation": batches}

    (expected, whole), (found, resumed) = stopped_and_resumed(make, tmp_path, call=40)
    assert found == expected and same_weights(whole, resumed)


@pytest.mark.parametrize("call", [12, 22, 31])
def test_one_object_that_knows_its_place_may_be_trained_and_validated_on(
    call, tmp_path
):
    labeled = [([4 + i], i % 3) for i in range(40)]

    def make():
        batches = LabeledBatches(labeled, max_tokens=10)
        return {"train": batches, "validation": batches}

    def model(seed=0):
        torch.manual_seed(seed)
        return nn.EmbeddingBag(44, 3)

    whole, resumed, seen = model(), model(9), []
    expected = toy_fit(whole, CONFIG, **make(), loss=noting(seen))
    with pytest.raises(StoppedError):
        toy_fit(model(), CONFIG, **make(), run_dir=tmp_path, loss=crash_at(call))
    assert toy_fit(resumed, CONFIG, **make(), run_dir=tmp_path) == expected
    assert same_weights(whole, resumed)
    epochs = [sorted(itertools.chain(*seen[i : i + 4])) for i in range(0, 12, 4)]
    assert epochs == [list(range(4, 44))] * 3
    assert seen[:4] != seen[4:8]


def noting(seen):
    """A loss that notes the ids of each training batch."""

    def loss(model, batch):
        if model.training:
            seen.append(batch[0].flatten().tolist())
        return classification_loss(model, batch)

    return loss


def test_validation_leaves_the_generator_it_shares_with_training_as_it_was():
    draws = torch.Generator().manual_seed(3)
    held = DataLoader(data(), 10, shuffle=True, generator=draws, drop_last=True)
    before = draws.get_state()
    passes = [[y.tolist() for (_, y), _ in HeldOut(held)] for _ in range(2)]
    assert passes[0] == passes[1]
    assert torch.equal(draws.get_state(), before)


def test_validation_in_a_later_call_is_on_the_batches_of_the_run_that_goes_on(tmp_path):
    """In a notebook the loader is the same object, and its generator has moved on."""
    held = DataLoader(
        data(55), 10, shuffle=True, drop_last=True,
        generator=torch.Generator().manual_seed(3),
    )  # fmt: skip
    expected = toy_fit(toy_model(), CONFIG, validation=held)
    with pytest.raises(StoppedError):
        crash = dict(loss=crash_at(31), run_dir=tmp_path)
        toy_fit(toy_model(), CONFIG, validation=held, **crash)
    list(held)  # someone looks at it
    assert toy_fit(toy_model(), CONFIG, validation=held, run_dir=tmp_path) == expected


def noisy(generator):
    """A loss that draws by a generator of its own."""

    def loss(model, batch):
        total, count = classification_loss(model, batch)
        return total * (1 + 0.1 * torch.rand((), generator=generator)), count

    return loss


def test_what_a_loss_draws_goes_on_too(tmp_path):
    whole, resumed = toy_model(), toy_model(seed=9)
    config = CONFIG | {"validate_every": None}
    made = [noisy(torch.Generator().manual_seed(4)) for _ in range(3)]
    expected = toy_fit(whole, config, loss=made[0])
    toy_fit(toy_model(), config | {"max_steps": 15}, loss=made[1], run_dir=tmp_path)
    for path in checkpoints.steps(tmp_path)[-1:]:
        checkpoints._remove(path)
    found = toy_fit(resumed, config, loss=made[2], run_dir=tmp_path)
    assert found == expected and same_weights(whole, resumed)


class Wandering:
    """Batches in an order that nothing can bring back."""

    def __init__(self):
        self.batches, self.draws = list(DataLoader(data(), 10)), random.SystemRandom()

    def __iter__(self):
        yield from self.draws.sample(self.batches, 6)


def test_batches_that_cannot_be_brought_back_are_said_to_be_others():
    stream = Stream(Wandering())
    stream.deal(4)
    state = stream.state_dict()
    state["last"] = "0" * 64  # one of six batches might be drawn again
    with pytest.warns(UserWarning, match="train gives other batches"):
        Stream(Wandering()).load_state_dict(state)


def test_a_run_whose_batches_had_another_generator_is_refused():
    stream = Stream(Drawn(random.Random(5)))
    stream.deal(2)
    with pytest.raises(ValueError, match=r"\(PCG64\).*was saved \(Random\)"):
        Stream(Drawn(np.random.default_rng(5))).load_state_dict(stream.state_dict())


def test_a_state_of_older_code_is_taken_up():
    stream = Stream(Drawn(random.Random(5)))
    stream.deal(2)
    state = stream.state_dict()
    old = {key: state[key] for key in ("epoch", "position", "batches", "at_start")}
    again = Stream(Drawn(random.Random(5)))
    again.load_state_dict(old)
    (wanted, _), (found, _) = stream.deal(1)[0], again.deal(1)[0]
    assert torch.equal(wanted, found)


def test_generators_are_found_wherever_they_are_held_and_global_ones_are_not():
    own = [np.random.default_rng(1), random.Random(2), torch.Generator()]

    def closing():
        return own[0]

    holder = nn.Module()
    holder.first, holder.inner = own[1], nn.ModuleList([nn.Dropout()])
    holder.inner[0].draws = own[2]
    holder.default = torch.default_generator
    found = generators.held_by(functools.partial(closing, holder), holder)
    assert sorted(map(id, found)) == sorted(map(id, own))
    assert generators.held_by(list(range(5)), None, toy_model(), random) == []
