"""One update is what its page says, and a run's state is all that it depends on."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from training.toy import (
    Shuffled,
    StoppedError,
    same_weights,
    toy_batches,
    toy_model,
)

from n2t.training import FitConfig, classification_loss, precision
from n2t.training.distributed import World
from n2t.training.loop import Run
from n2t.training.update import Objective, Updater

ALONE = World(0, 1, torch.device("cpu"))


def updater_of(model, clip_norm=None):
    """Plain gradient descent with a step of 0.1."""
    parameters = list(model.parameters())
    return Updater(
        objective=Objective(model, classification_loss),
        parameters=parameters,
        optimizers=[torch.optim.SGD(parameters, lr=0.1)],
        clip_norm=clip_norm,
        precision=precision.choose("float32", "cpu"),
        world=ALONE,
    )


@pytest.mark.parametrize("clip_norm", [None, 0.05, 1e3])
def test_an_update_is_one_step_on_the_mean_loss_of_all_its_batches(clip_norm):
    model, batches = toy_model(dropout=0.0), toy_batches(3)
    batches[1] = tuple(part[:7] for part in batches[1])  # a mean of means is another
    plain, seen = copy.deepcopy(model), []
    norm = updater_of(model, clip_norm).update(
        batches, lambda *found: seen.extend(found)
    )
    inputs, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    loss = F.cross_entropy(plain(inputs), labels)
    loss.backward()
    wanted = nn.utils.clip_grad_norm_(plain.parameters(), clip_norm or 1e9)
    torch.optim.SGD(plain.parameters(), lr=0.1).step()
    assert norm.item() == pytest.approx(wanted.item(), rel=1e-5)
    assert seen[1] is norm
    assert seen[0].tolist() == pytest.approx([47 * loss.item(), 47], rel=1e-5)
    for ours, theirs in zip(model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-7)
        assert ours.grad is None, "the next update begins anew"


def test_an_update_that_is_refused_does_not_reach_the_weights():
    def refuse(sums, norm):
        raise StoppedError

    model = toy_model()
    before = copy.deepcopy(model)
    with pytest.raises(StoppedError):
        updater_of(model).update(toy_batches(1), refuse)
    assert same_weights(model, before)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_a_run_that_is_given_anothers_state_goes_on_as_that_one(optimizer):
    config = FitConfig(
        max_steps=12, optimizer=optimizer, average_last=3, average_every=3, log_every=5
    )
    models = toy_model(), toy_model(seed=9)
    first, second = (
        Run(model, Shuffled(toy_batches()), classification_loss, config)
        for model in models
    )
    for _ in range(7):
        first.update()
    state = copy.deepcopy(first.state_dict())
    curves = first.to_the_end()
    second.load_state_dict(state)
    assert second.to_the_end() == curves
    assert same_weights(*models)
