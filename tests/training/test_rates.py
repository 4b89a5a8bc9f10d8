"""How far an update moves the weights: the rates of a run, and clipping."""

from collections import defaultdict

import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook
from training.toy import toy_batches, toy_fit, toy_model

from n2t.training import FitConfig, schedules
from n2t.training.loop import Run
from n2t.training.losses import classification_loss

SHAPE = dict(warmup=3, max_steps=12, final_share=0.2)


def trained(**fields):
    """The curves of a run, and each update's rates by the optimizer that had them."""
    seen = defaultdict(list)

    def note(optimizer, *_):
        rates = [group["lr"] for group in optimizer.param_groups]
        seen[type(optimizer).__name__].append(rates)

    hook = register_optimizer_step_pre_hook(note)
    try:
        return toy_fit(toy_model(), SHAPE | dict(log_every=1) | fields), seen
    finally:
        hook.remove()


@pytest.mark.parametrize("name", sorted(schedules.SCHEDULES))
def test_a_run_learns_at_the_rates_of_its_schedule(name):
    curves, seen = trained(learning_rate=0.05, schedule=name)
    shares = [schedules.SCHEDULES[name](step, **SHAPE) for step in range(1, 13)]
    expected = pytest.approx([0.05 * share for share in shares], rel=1e-12)
    assert curves.learning_rate == expected
    for group in zip(*seen["AdamW"], strict=True):
        assert list(group) == expected


def test_muon_has_a_peak_of_its_own():
    rates = dict(learning_rate=0.01, muon_learning_rate=0.05)
    _, seen = trained(optimizer="muon", schedule="linear", **rates)
    shares = [schedules.linear(step, **SHAPE) for step in range(1, 13)]
    for name, peak in (("Muon", 0.05), ("AdamW", 0.01)):
        (found,) = zip(*seen[name], strict=True)
        assert found == pytest.approx([peak * share for share in shares], rel=1e-12)


class Spy(torch.optim.SGD):
    """Notes the norm of the gradients that it is given."""

    def __init__(self, parameters):
        super().__init__(parameters, lr=0.1)
        self.param_groups[0]["peak"] = 0.1
        self.norms = []

    def step(self, closure=None):
        parameters = self.param_groups[0]["params"]
        norm = nn.utils.get_total_norm(p.grad for p in parameters)
        self.norms.append(norm.item())
        super().step(closure)


def norms_under(clip_norm):
    """The norms of the gradients of three updates, as the optimizer sees them."""
    config = FitConfig(max_steps=3, clip_norm=clip_norm)
    model = toy_model(dropout=0.0)
    run = Run(model, toy_batches(), classification_loss, config)
    updater = run.updater
    updater.optimizers = [Spy(updater.parameters)]
    run.to_the_end()
    return updater.optimizers[0].norms


def test_clipping_bounds_the_gradient_that_the_optimizer_sees():
    assert norms_under(0.01) == pytest.approx([0.01] * 3, rel=1e-3)


def test_gradients_shorter_than_the_bound_are_left_as_they_are():
    free = norms_under(None)
    assert min(free) > 0.01
    assert norms_under(1e6) == pytest.approx(free, rel=1e-6)
