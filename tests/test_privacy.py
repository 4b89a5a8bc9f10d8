"""Per-example gradients, clipping, noise, and what one Gaussian mechanism spends."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from n2t.privacy import (
    clipped_sum,
    gaussian_delta,
    gaussian_epsilon,
    per_example_gradients,
    private_gradients,
)


@pytest.fixture
def model():
    torch.manual_seed(0)
    layers = nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3)
    return nn.Sequential(*layers).double()


@pytest.fixture
def batch():
    torch.manual_seed(1)
    return torch.randn(6, 5, dtype=torch.float64), torch.randint(3, (6,))


def one_by_one(model, x, t):
    """The slow way: a backward pass for each example."""
    found = []
    for i in range(len(x)):
        model.zero_grad()
        F.cross_entropy(model(x[i : i + 1]), t[i : i + 1]).backward()
        found.append({name: w.grad.clone() for name, w in model.named_parameters()})
    return found


def test_gradients_are_those_of_a_loop(model, batch):
    together = per_example_gradients(model, F.cross_entropy, *batch)
    for i, alone in enumerate(one_by_one(model, *batch)):
        for name, wanted in alone.items():
            torch.testing.assert_close(together[name][i], wanted, rtol=0, atol=1e-14)


@pytest.mark.parametrize("bound", [0.01, 0.5, 100.0])
def test_each_example_is_clipped_by_its_length_over_all_weights(model, batch, bound):
    total = {name: torch.zeros_like(w) for name, w in model.named_parameters()}
    for alone in one_by_one(model, *batch):
        length = math.sqrt(sum(float((g**2).sum()) for g in alone.values()))
        for name, g in alone.items():
            total[name] += g * min(1.0, bound / length)
    found = clipped_sum(per_example_gradients(model, F.cross_entropy, *batch), bound)
    for name, wanted in total.items():
        torch.testing.assert_close(found[name], wanted, rtol=1e-12, atol=1e-14)


def test_noise_has_the_stated_size_and_an_empty_batch_is_noise_alone(model, batch):
    options = {"bound": 0.5, "noise": 2.0, "expected": 4}
    empty = batch[0][:0], batch[1][:0]
    draws = torch.cat([
        torch.cat([g.flatten() for g in private_gradients(
            model, F.cross_entropy, *empty, **options,
            generator=torch.Generator().manual_seed(seed)).values()])
        for seed in range(200)
    ])  # fmt: skip
    assert abs(float(draws.std()) / (2.0 * 0.5 / 4) - 1) < 0.02
    assert abs(float(draws.mean())) < 0.005


def test_without_noise_it_is_the_clipped_mean(model, batch):
    options = {"bound": 0.5, "noise": 0.0, "expected": 6}
    found = private_gradients(model, F.cross_entropy, *batch, **options)
    each = per_example_gradients(model, F.cross_entropy, *batch)
    for name, wanted in clipped_sum(each, 0.5).items():
        torch.testing.assert_close(found[name], wanted / 6)


def test_epsilon_and_delta_are_each_others_inverse_and_agree_with_opacus():
    accountants = pytest.importorskip("opacus.accountants")
    for noise, steps in ((4.0, 1), (4.0, 100), (1.0, 3)):
        epsilon = gaussian_epsilon(noise / math.sqrt(steps), 1e-5)
        assert gaussian_delta(noise / math.sqrt(steps), epsilon) == pytest.approx(1e-5)
        upper = accountants.PRVAccountant()
        for _ in range(steps):
            upper.step(noise_multiplier=noise, sample_rate=1.0)
        assert epsilon <= upper.get_epsilon(1e-5) <= epsilon + 0.03


def test_a_model_that_mixes_examples_is_refused():
    mixed = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4))
    x, t = torch.randn(3, 5), torch.zeros(3, dtype=torch.long)
    with pytest.raises(ValueError, match=r"1 \(BatchNorm1d\) mixes"):
        per_example_gradients(mixed, F.cross_entropy, x, t)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bound": 0.0}, "bound"),
        ({"noise": -1.0}, "noise"),
        ({"noise": math.nan}, "noise"),
        ({"expected": 0}, "expect"),
    ],
)
def test_settings_that_cannot_be_are_named(model, batch, options, words):
    given = {"bound": 1.0, "noise": 1.0, "expected": 6} | options
    with pytest.raises((TypeError, ValueError), match=words):
        private_gradients(model, F.cross_entropy, *batch, **given)


@pytest.mark.parametrize(
    ("noise", "epsilon"),
    [(4.0, 0.0), (1.0, 3.0), (0.5, 12.0), (0.02, 1400.0), (9.0, 4.0)],
)
def test_delta_is_that_of_fifty_digits(noise, epsilon):
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(60):
        half, shift = 1 / (2 * mpmath.mpf(noise)), mpmath.mpf(epsilon) * noise
        wanted = mpmath.ncdf(half - shift)
        wanted -= mpmath.exp(epsilon) * mpmath.ncdf(-half - shift)
        assert gaussian_delta(noise, epsilon) == pytest.approx(float(wanted), rel=1e-9)


def test_little_noise_has_a_large_epsilon_and_no_overflow():
    epsilon = gaussian_epsilon(0.02, 1e-5)
    assert epsilon > 1000
    assert gaussian_delta(0.02, epsilon) == pytest.approx(1e-5)
    assert gaussian_delta(1.0, 1e4) == 0.0


@pytest.mark.parametrize("delta", [0.0, 1.0, 1.5, -1e-5, math.nan])
def test_a_delta_that_no_promise_has_is_refused(delta):
    with pytest.raises(ValueError, match="delta"):
        gaussian_epsilon(1.0, delta)


@pytest.mark.parametrize("epsilon", [-1.0, math.nan, math.inf])
def test_an_epsilon_that_no_promise_has_is_refused(epsilon):
    with pytest.raises(ValueError, match="epsilon"):
        gaussian_delta(1.0, epsilon)


def test_the_expected_batch_need_not_be_whole(model, batch):
    options = {"bound": 0.5, "noise": 0.0}
    one = private_gradients(model, F.cross_entropy, *batch, **options, expected=2.5)
    other = private_gradients(model, F.cross_entropy, *batch, **options, expected=5)
    for name, gradient in other.items():
        torch.testing.assert_close(one[name], 2 * gradient)


def test_the_noise_follows_its_generator_and_not_the_global_one(model, batch):
    options = {"bound": 0.5, "noise": 1.0, "expected": 6}

    def drawn(seed, own):
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(own)
        found = private_gradients(
            model, F.cross_entropy, *batch, **options, generator=generator
        )
        return torch.cat([g.flatten() for g in found.values()])

    assert torch.equal(drawn(0, 3), drawn(1, 3))
    assert not torch.equal(drawn(0, 3), drawn(0, 4))
