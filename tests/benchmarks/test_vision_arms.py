"""What chapter 23's recorded comparisons rest on."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks import vision_arms as arms


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)

    def pair(n):
        x = torch.tensor(rng.random((n, 1, 8, 8))).float()
        return x, torch.tensor(rng.integers(10, size=n))

    return [pair(40), pair(20), pair(30)]


def brief(name):
    return replace(arms.DIGITS.arms[name], updates=2)


def test_moved_pictures_are_the_pictures_somewhere_else():
    x = torch.zeros(200, 1, 9, 9)
    x[:, :, 4, 4] = torch.arange(1.0, 201)[:, None]
    found = arms.moved(x, torch.Generator().manual_seed(0), 2)
    assert torch.equal(found.sum((1, 2, 3)), x.sum((1, 2, 3)))
    places = {divmod(int(place), 9) for place in found.flatten(1).argmax(1)}
    assert places == {(r, c) for r in range(2, 7) for c in range(2, 7)}


def test_a_smaller_draw_is_the_start_of_a_larger_one_and_seeds_draw_others(data):
    few, many = arms.drawn(data[0], 10, 0), arms.drawn(data[0], 30, 0)
    assert torch.equal(few[0], many[0][:10])
    assert torch.equal(few[1], many[1][:10])
    assert not torch.equal(few[0], arms.drawn(data[0], 10, 1)[0])


@pytest.mark.parametrize("run", ["network", "neighbors"])
def test_the_test_pictures_choose_nothing(data, run):
    training, validation, (x, t) = data
    other = [training, validation, (x.flip(0), 9 - t)]
    find = arms.neighbors
    if run == "network":
        find = lambda *rest: arms.compare(brief("whole"), *rest)  # noqa: E731
    first, second = find(20, 2, data), find(20, 2, other)
    assert first["chosen"] == second["chosen"]
    assert np.shape(first["wrong"]) == (2, 30)


def test_arms_that_are_compared_see_the_same_pictures_in_the_same_order(data):
    seen = []

    class Spy(torch.nn.Linear):
        def forward(self, x):
            seen.append(x.clone())
            return super().forward(x.flatten(1))

    arm = arms.Arm(lambda: Spy(64, 10), 3)
    arms.train(arm, 0, 1e-3, *data[0])
    arms.train(replace(arm, make=lambda: Spy(64, 10)), 0, 3e-3, *data[0])
    assert torch.equal(torch.stack(seen[:3]), torch.stack(seen[3:]))


def test_a_difference_is_the_second_arm_minus_the_first():
    found = {
        "whole_50": {"wrong": [[0, 0, 0, 1], [0, 0, 1, 1]]},
        "mean_50": {"wrong": [[1, 1, 1, 1], [1, 0, 1, 1]]},
    }
    gap, low, high = arms.differences(arms.DIGITS, found)["mean_50"]
    assert gap == pytest.approx(7 / 8 - 3 / 8)
    assert low <= gap <= high
