"""One budget switch, one seed."""

import random

import numpy as np
import pytest
import torch

from n2t.budget import budget, by_budget, seed_everything


def test_budget_without_the_variable_is_cpu(monkeypatch):
    monkeypatch.delenv("N2T_BUDGET", raising=False)
    assert budget() == "cpu"
    monkeypatch.setenv("N2T_BUDGET", "")
    assert budget() == "cpu"


@pytest.mark.parametrize("name, value", [("cpu", 1), ("laptop", 2), (" GPU ", 3)])
def test_each_budget_picks_its_own_value(monkeypatch, name, value):
    monkeypatch.setenv("N2T_BUDGET", name)
    assert by_budget(cpu=1, laptop=2, gpu=3) == value


def test_an_unknown_budget_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("N2T_BUDGET", "tpu")
    with pytest.raises(ValueError, match=r"N2T_BUDGET \('tpu'\).*cpu, laptop, gpu"):
        budget()


def draws(seed):
    rng = seed_everything(seed)
    return [
        random.random(),
        np.random.rand(),
        torch.rand(()).item(),
        rng.random(),
    ]


def test_the_same_seed_gives_the_same_draws_everywhere():
    first, second, other = draws(3), draws(3), draws(4)
    assert first == second
    assert all(a != b for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("seed", [1.5, "0", True, None])
def test_a_seed_that_is_no_integer_is_refused(seed):
    with pytest.raises(TypeError, match="seed"):
        seed_everything(seed)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match="seed"):
        seed_everything(seed)
