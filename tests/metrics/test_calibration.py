"""Promises held against what came true, and the temperature that mends them."""

import math

import numpy as np
import pytest

from n2t.metrics.calibration import best_temperature, reliability


def test_two_bins_by_hand():
    found = reliability([0.1, 0.3, 0.6, 0.8], [0, 1, 1, 1], n_bin=2)
    assert found.promised == pytest.approx([0.2, 0.7])
    assert found.kept == pytest.approx([0.5, 1.0])
    assert found.counts.tolist() == [2, 2]
    assert found.error == pytest.approx(0.3)


def test_bins_are_weighted_by_their_predictions():
    found = reliability([0.1, 0.1, 0.1, 0.9], [0, 0, 0, 0], n_bin=2)
    assert found.error == pytest.approx((3 * 0.1 + 0.9) / 4)


def test_a_probability_of_one_is_in_the_last_bin_and_empty_bins_are_left_out():
    found = reliability([1.0, 0.95, 0.0], [1, 1, 0], n_bin=10)
    assert found.counts.tolist() == [1, 2]
    assert found.kept == pytest.approx([0.0, 1.0])


def test_what_happens_as_often_as_promised_has_a_small_error():
    rng = np.random.default_rng(0)
    p = rng.random(200_000)
    assert reliability(p, rng.random(len(p)) < p).error < 0.01


@pytest.mark.parametrize(
    ("p", "y", "n_bin", "words"),
    [
        ([], [], 10, "equally long"),
        ([0.5], [1, 0], 10, "equally long"),
        ([1.5], [1], 10, "from 0 to 1"),
        ([math.nan], [1], 10, "from 0 to 1"),
        ([0.5], [2], 10, "0 or 1"),
        ([0.5], [1], 0, "n_bin"),
    ],
)
def test_what_cannot_be_sorted_into_bins_is_refused(p, y, n_bin, words):
    with pytest.raises(ValueError, match=words):
        reliability(p, y, n_bin)


def test_the_temperature_of_logits_that_are_too_large_is_how_much_too_large():
    rng = np.random.default_rng(0)
    z = rng.normal(size=100_000)
    y = rng.random(len(z)) < 1 / (1 + np.exp(-z))
    assert best_temperature(3 * z, y) == pytest.approx(3, rel=0.05)


def test_no_other_temperature_has_a_smaller_loss():
    rng = np.random.default_rng(1)
    z, y = rng.normal(size=200) * 4, rng.integers(2, size=200)
    y[z > 2] = 1

    def loss(temperature):
        scaled = z / temperature
        return np.mean(np.logaddexp(0, scaled) - y * scaled)

    best = best_temperature(z, y)
    assert loss(best) <= min(loss(best * 0.99), loss(best * 1.01))


def test_a_temperature_of_nothing_is_refused():
    with pytest.raises(ValueError, match="equally long"):
        best_temperature([], [])
