"""Checks of chapter 10: leave one out, and the softmax that wrong answers use."""

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from coursekit.checks.asking import ask
from coursekit.checks.values import array, expect

SMALL = 1e-12, 1e-10, 1e-9, 1e-8  #: numbers that hide a division by 0


def softmax(scores: np.ndarray, axis: int = -1) -> np.ndarray:
    """Weights along `axis`, any shape; NaN where every score is -inf."""
    exps = np.exp(scores - scores.max(axis, keepdims=True))
    return exps / exps.sum(axis, keepdims=True)


def check_leave_one_out(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, y, bandwidth)` must predict each point from the others, (N,)."""
    N, M = int(rng.integers(5, 12)), int(rng.integers(3, 9))
    x, wrong = rng.uniform(-3, 5, size=N), _wrong_predictions
    _check_leave(answer, rng, x, rng.uniform(0.3, 1.5), wrong=wrong)
    apart = rng.permutation(320)[:M] / 64  # squares of differences are exact
    even = rng.permutation(M) / 2 - M / 4  # two neighbors equally near
    twice = rng.permutation(np.concatenate([apart, apart[:2], apart[:1]]))
    for x in (apart, even, twice):
        _check_leave(answer, rng, x, 10 ** rng.uniform(-6, -2))
        scale = 2.0 ** rng.integers(-18, 19)
        _check_leave(answer, rng, x * scale, scale * rng.uniform(0.3, 1))
        _check_leave(answer, rng, x / 2**18, rng.uniform(0.3, 1) / 2**18)
    _check_leave(answer, rng, even * 10, rng.uniform(1e-6, 2e-6))
    _check_leave(answer, rng, twice, 10 ** rng.uniform(2, 6))
    for x in (rng.uniform(0, 5, size=2), apart[:2], apart[[0, 0]]):
        _check_leave(answer, rng, x, 10 ** rng.uniform(-6, 6))
    for x in (even, twice):
        _check_leave(answer, rng, x, rng.uniform(0.3, 1.5), np.float32)
    _check_far_and_many(answer, rng)
    _check_one_changed(answer, rng, N)


def _check_far_and_many(answer: Callable, rng: np.random.Generator) -> None:
    """Points far apart, points close together far from 0, many points, integers."""
    count = int(rng.integers(3, 7))
    for size in (rng.uniform(50, 100), rng.uniform(2e9, 4e9)):
        x = rng.permutation(2.0 ** np.arange(count) - 1) * size  # no two equally near
        _check_leave(answer, rng, x, rng.uniform(1e-6, 2e-6))
    width = 2.0 ** rng.integers(12, 19)
    x = rng.permutation(count * 16)[:count] / 16 * width
    _check_leave(answer, rng, x, width * rng.uniform(0.5, 2))
    width = 10 ** rng.uniform(-3, -2)
    x = rng.choice([-1, 1]) * rng.uniform(1e4, 1e5) + width * rng.normal(size=count)
    _check_leave(answer, rng, x, width * rng.uniform(0.5, 2))
    x = rng.uniform(-4, 4, size=int(rng.integers(40, 70)))
    _check_leave(answer, rng, x, rng.uniform(2, 4))
    _check_leave(answer, rng, x, 10 ** rng.uniform(2, 6))
    _check_leave(answer, rng, rng.permutation(30)[:count], 2.5, np.int64)
    whole = rng.permutation(1000)[:count]
    _check_leave(answer, rng, whole, rng.uniform(50, 500), np.int64)


def _check_one_changed(answer: Callable, rng: np.random.Generator, N: int) -> None:
    """Each call differs from the one before it in one argument."""
    given = [*rng.uniform(-3, 5, size=(2, N)), rng.uniform(0.3, 1.5)]
    _check_points(answer, *given)
    for place in rng.permutation(3):
        given[place] = rng.uniform(0.3, 1.5) if place == 2 else rng.normal(size=N)
        _check_points(answer, *given)


def _check_leave(
    answer: Callable,
    rng: np.random.Generator,
    x: np.ndarray,
    bandwidth: float,
    dtype: type = np.float64,
    wrong: Callable | None = None,
) -> None:
    x, y = x.astype(dtype), rng.normal(size=len(x)) * 10 ** rng.uniform(-9, 9)
    if dtype == np.int64:
        y = rng.permutation(99)[: len(x)]
    _check_points(answer, x, y.astype(dtype), bandwidth, wrong)


def _check_points(
    answer: Callable,
    x: np.ndarray,
    y: np.ndarray,
    bandwidth: float,
    wrong: Callable | None = None,
) -> None:
    bandwidth, dtype, wrong = float(bandwidth), x.dtype, wrong or _wrong_at_edges
    got = array(ask(answer, x, y, bandwidth).value, x.shape, "predictions")
    name = f"for a bandwidth of {bandwidth:.2g} the prediction"
    if len(x) < 5:
        name = f"for x = {[float(f'{one:.3g}') for one in x]} and {name[4:]}"
    x, y = x.astype(float), y.astype(float)
    found = [_predicted(x, y, bandwidth, i) for i in range(len(x))]
    wanted, nearest = np.array(found).T
    # a score of size s is rounded by s times 1e-16, and so is a log-sum-exp
    share = max(1e-9, min(1e-15 * abs(nearest).max(), 1e-2))
    share = 1e-4 if dtype == np.float32 else share
    expect(got, wanted, name, partial(wrong, x, y, bandwidth), tolerance=share)


def _predicted(x, y, bandwidth: float, i: int) -> tuple[float, float]:
    """Point i from the others, in Python's numbers; and the nearest one's score."""
    others = [j for j in range(len(x)) if j != i]
    scores = [-((float(x[i] - x[j]) / bandwidth) ** 2) / 2 for j in others]
    exps = [math.exp(score - max(scores)) for score in scores]
    values = (e * float(y[j]) for e, j in zip(exps, others, strict=True))
    return math.fsum(values) / math.fsum(exps), max(scores)


def _wrong_predictions(x, y, bandwidth) -> Iterator[tuple]:
    """Predictions of wrong formulas, each with what to say of it."""
    itself, squares = np.eye(len(x), dtype=bool), (x[:, None] - x) ** 2
    others = np.where(itself, np.inf, squares)
    kernel = np.exp(-squares / (2 * bandwidth**2))
    alone = np.exp(-others / (2 * bandwidth**2))
    yield kernel @ y / kernel.sum(1), "each point looks at its own answer"
    one = "the weights do not sum to 1: mask, then divide"
    yield alone @ y / kernel.sum(1), one
    yield alone @ y, "a sum, not a mean: divide by the sum of the weights"
    squared = "the bandwidth is to be squared"
    yield softmax(-others / (2 * bandwidth)) @ y, squared
    yield softmax(-others / bandwidth**2) @ y, "the 2 below the square is missing"
    mean = "the plain mean of the others: near ones weigh more"
    yield (y.sum() - y) / (len(y) - 1), mean
    for small in SMALL:
        added = "a small number is added to the sum of the weights"
        yield alone @ y / (alone.sum(1) + small), added


def _wrong_at_edges(x, y, bandwidth) -> Iterator[tuple]:
    """Predictions that are wrong for ties and tiny bandwidths only."""
    itself, squares = np.eye(len(x), dtype=bool), (x[:, None] - x) ** 2
    others = np.where(itself, np.inf, squares)
    with np.errstate(all="ignore"):
        alone = np.exp(-others / (2 * bandwidth**2))
        under = (
            "all exponentials of a row are 0, and so is the sum of the weights: "
            "subtract the row's largest score, the point itself left out, first"
        )
        if (alone.sum(1) == 0).any():
            for small in (0, *SMALL):
                yield alone @ y / (alone.sum(1) + small), under
        yield y, "each point looks at its own answer, and at no other"
        apart = np.where(squares == 0, np.inf, squares)
        equal = "points at the same place are left out with the point itself"
        yield softmax(-apart / (2 * bandwidth**2)) @ y, equal
        near = others == others.min(1, keepdims=True)
        alone = "only the nearest point counts: here others count too"
        if near.sum() > len(x):
            tied = near @ y / near.sum(1)
            yield tied, "only the nearest points count: here others count too"
            right = [_predicted(x, y, bandwidth, i)[0] for i in range(len(x))]
            if np.allclose(right, tied, rtol=0, atol=1e-6 * abs(tied).max()):
                alone = "of two points equally near, only the first counts"
        yield y[others.argmin(1)], alone
