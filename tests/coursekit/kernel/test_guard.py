"""The guard notices a replaced check, draw or library function, and nothing else."""

import numpy as np
import pytest

from coursekit.kernel import calling, draws, guard
from coursekit.kernel.neural_networks import neuron


@pytest.fixture(autouse=True)
def remembered(monkeypatch):
    """What the guard has seen when a submission's first cells have run."""
    monkeypatch.setattr(guard, "_known", {})
    monkeypatch.setattr(guard, "_put_back", set())
    guard.remember(guard.WATCHED)
    guard.remember()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (neuron, "check_nand"),
        (neuron, "_separates"),
        (calling, "call"),
        (draws, "draw"),
        (np, "allclose"),
    ],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_a_replaced_function_is_named(monkeypatch, module, name):
    guard.check()
    monkeypatch.setattr(module, name, lambda *arguments, **keywords: None)
    with pytest.raises(AssertionError, match=rf"^{module.__name__}\.{name} was"):
        guard.check()


def test_a_check_that_is_imported_later_is_watched_from_then_on(monkeypatch):
    del guard._known[neuron.__name__]
    guard.remember()
    monkeypatch.setattr(neuron, "check_nand", print)
    with pytest.raises(AssertionError, match="neuron.check_nand"):
        guard.check()


def test_the_checks_and_the_draws_are_watched_and_the_guard_itself_is_not():
    ours = {name for name in guard._known if name.startswith("coursekit.")}
    assert {draws.__name__, calling.__name__, neuron.__name__} <= ours
    assert guard.__name__ not in ours
    assert all(name.startswith("coursekit.kernel.") for name in ours)
