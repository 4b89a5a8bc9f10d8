"""Checks of chapter 15: the axes that a norm runs along."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask
from coursekit.checks.values import described, integer

SMALLEST, LARGEST = 3, 20  #: sizes that a norm takes
FARTHEST = 1e4  #: no number in x is larger
FEED = f"a norm takes float64 (B, T, D), each size from {SMALLEST} to {LARGEST}"
AXES = [axes for n in range(4) for axes in combinations(range(3), n)]


def make_norm(axes: tuple, rng: np.random.Generator) -> Callable[[Tensor], Tensor]:
    """A norm along `axes`, centered or not, with a gain and bias for each feature."""
    seed, centers = int(rng.integers(2**31)), bool(rng.integers(2))
    inside, epsilon = bool(rng.integers(2)), float(10 ** rng.uniform(-6, -1))

    def norm(x: Tensor) -> Tensor:
        _fit(x)
        drawn = np.random.default_rng([seed, x.shape[-1]])
        gain = torch.from_numpy(drawn.uniform(0.5, 2.0, x.shape[-1]))
        gain = gain * torch.from_numpy(drawn.choice([-1.0, 1.0], x.shape[-1]))
        bias = torch.from_numpy(drawn.normal(0.5, 1.0, x.shape[-1]))
        x = x.detach()
        if not axes:
            return (x if centers else x / (1 + x.abs())) * gain + bias
        if centers:
            x = x - x.mean(axes, keepdim=True)
        square = x.square().mean(axes, keepdim=True)
        root = (square + epsilon).sqrt() if inside else square.sqrt() + epsilon
        return x / root * gain + bias

    return norm


def _fit(x: Tensor) -> None:
    """ValueError for what a norm does not take."""
    good = isinstance(x, Tensor) and x.dim() == 3 and x.dtype == torch.float64
    if not good or not all(SMALLEST <= n <= LARGEST for n in x.shape):
        raise ValueError(f"{FEED}; got {described(x)}")
    if not x.abs().max() <= FARTHEST:
        raise ValueError(f"a norm takes nothing beyond {FARTHEST:,.0f}, and no NaN")


def check_norm_axes(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(norm)` must give the axes of every norm."""
    kinds = [AXES[i] for i in rng.permutation(3 * len(AXES)) % len(AXES)]
    for axes in kinds:
        got = ask(answer, make_norm(axes, rng), hint=FEED).value
        got = _whole_numbers(got)
        assert got == axes, (
            f"a norm along {axes} was said to be along {got}: {_advice(axes, got)}"
        )


def _whole_numbers(got: object) -> tuple:
    """`got`, which must be a tuple of axes, in Python's numbers."""
    wanted = "wanted a tuple of axes, such as (1, 2)"
    assert isinstance(got, tuple), f"{wanted}; got {described(got)}"
    kinds = [str(getattr(axis, "dtype", type(axis).__name__)) for axis in got]
    assert not any("bool" in kind for kind in kinds), f"{wanted}; got True or False"
    return tuple(integer(axis, "an axis") for axis in got)


def _advice(axes: tuple, got: tuple) -> str:
    """What to look at when `axes` were taken for `got`."""
    if sorted(got) == list(axes):
        return "in rising order"
    if set(axes) - set(got):
        return (
            "move one number: whoever shares a mean square with it moves. Along which "
            "axes did you look?"
        )
    return (
        "a number that shares nothing with the moved one stays exactly where it was: "
        "gain and bias make every feature look different"
    )
