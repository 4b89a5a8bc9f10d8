"""Checks of chapter 2: three backward passes, written by hand."""

import math
from collections.abc import Callable

import numpy as np

from coursekit.checks.asking import ask, avoids
from coursekit.checks.values import array, expect, one_changed, parts, sizes

WATCHED = ("n2t.", "torch.autograd.")
FORBIDDEN = ("n2t.", "torch.autograd.graph", "torch.autograd.forward_ad")
BY_HAND = "the point is to write the gradient down yourself"
SINGLE = 5e-4  #: what float32 may be off, as a share of the largest value

SHAPES = {"dx": "that of x", "dW": "that of W", "db": "that of b"}
SUM = "wanted the sum: the loss divides, not the layer"


def check_linear_backward(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, W, dy)` must give dx, dW and db of a linear layer on sequences."""
    B, T, inputs, outputs = sizes(rng, 4)
    square = (int(rng.integers(2, 6)),) * 4
    shapes = [(B, T, inputs, outputs), tuple(sizes(rng, 4)), square, (1, 1, 1, 1)]
    for axis in range(4):
        shapes.append(tuple(1 if axis == at else n for at, n in enumerate(shapes[0])))
    for shape in shapes:
        for kind in (np.float64, np.float32):
            _check_linear(answer, *_linear_inputs(rng, *shape, kind))
    given, other = (_linear_inputs(rng, B, T, inputs, outputs) for _ in range(2))
    for arguments in one_changed(rng, given, other):
        _check_linear(answer, *arguments)
    for size in (1e-9, 1e9):
        _check_linear(answer, *(size * part for part in given))
    _check_loops(answer, rng)


def _linear_inputs(
    rng, B: int, T: int, inputs: int, outputs: int, kind=np.float64
) -> list:
    shapes = (B, T, inputs), (inputs, outputs), (B, T, outputs)
    return [rng.normal(size=shape).astype(kind) for shape in shapes]


def _check_linear(answer, x: np.ndarray, W: np.ndarray, dy: np.ndarray) -> None:
    B, T, inputs, outputs = *x.shape, W.shape[1]
    hint = f"sizes: B = {B}, T = {T}, in = {inputs}, out = {outputs}"
    record = ask(answer, x, W, dy, hint=hint, watch=WATCHED)
    _expect_linear(record.value, x, W, dy)
    avoids(record, FORBIDDEN, BY_HAND)


def _expect_linear(got: object, x: np.ndarray, W: np.ndarray, dy: np.ndarray) -> None:
    got = parts(got, ("dx", "dW", "db"))
    tolerance = SINGLE if x.dtype == np.float32 else None
    x, W, dy = x.astype(float), W.astype(float), dy.astype(float)
    shapes = {"dx": x.shape, "dW": W.shape, "db": dy.shape[2:]}
    wanted = {
        "dx": dy @ W.T,
        "dW": np.tensordot(x, dy, axes=((0, 1), (0, 1))),
        "db": dy.sum(axis=(0, 1)),
    }
    for part, (name, shape) in zip(got, shapes.items(), strict=True):
        found = array(part, shape, name, why=SHAPES[name])
        mistakes = _means(name, wanted[name], x) + _square_mistakes(name, x, W, dy)
        expect(found, wanted[name], name, mistakes, tolerance, alone=True)


def _means(name: str, wanted: np.ndarray, x: np.ndarray) -> list:
    """Means where the sum is wanted, over the batch, over the places, over both."""
    B, T, _ = x.shape
    over = {"the batch": B, "the places": T, "all places of the batch": B * T}
    return [
        (wanted / size, f"{name} is a mean over {axis}, {SUM}")
        for axis, size in over.items()
    ]


def _square_mistakes(name: str, x: np.ndarray, W: np.ndarray, dy: np.ndarray) -> list:
    """Mistakes that have the right shape only where all four sizes are equal."""
    if len({*x.shape, *W.shape}) > 1:
        return []
    turned = np.tensordot(dy, x, axes=((0, 1), (0, 1)))
    alone = "is that of single places, wanted the sum over B and T"
    return {
        "dx": [(dy @ W, "dx is dy @ W: the weights must be transposed")],
        "dW": [(turned, "dW is transposed: W has shape (in, out)")],
        "db": [
            (dy.sum(axis=(1, 2)), "db is a sum over the outputs, wanted over B and T"),
            (dy[0, 0], f"db {alone}"),
        ],
    }[name]


def _check_loops(answer: Callable, rng: np.random.Generator) -> None:
    """Refuse an answer that takes more steps of Python where there is more to do."""
    counts, small = [], sizes(rng, 4, 6, 10)
    for factor in (1, 7):  # in proportion: what np.einsum plans stays the same
        given = _linear_inputs(rng, *(factor * size for size in small))
        record = ask(answer, *given, steps=True)
        avoids(record, FORBIDDEN, BY_HAND)
        _expect_linear(record.value, *given)
        counts.append(record.steps)
    assert counts[1] < counts[0] + 30, (
        "larger inputs take more steps of Python: there is a loop (or a library "
        "function that loops for you, as np.apply_along_axis does)"
    )


def check_softmax_gradient(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(logits, target)` must give the cross-entropy's gradient, (B, K)."""
    B, K = sizes(rng, 2)
    shapes = [(B, K), (K, B), (1, K), (B, 2), (1, 2), (K, K)]
    for shape in [*shapes, (2, 300), (300, 2)]:
        target = rng.integers(0, shape[1], size=shape[0])
        target[-1] = shape[1] - 1
        _check_softmax(answer, rng.normal(size=shape), target)
    logits, target = rng.normal(size=(2, B, K)), rng.integers(0, K, size=B)
    other = (target + rng.integers(1, K, size=B)) % K
    given = one_changed(rng, (logits[0], target), (logits[1], other))
    for logits, target in given:
        _check_softmax(answer, logits, target)
    for shape in [*shapes, (5, 7)]:
        for kind in (np.float64, np.float32):
            logits = _far(rng, *shape).astype(kind)
            target = rng.integers(0, shape[1], size=shape[0])
            target[0] = logits[0].argmin()  # so that not all gradients are near 0
            _check_softmax(answer, logits, target)


def _far(rng: np.random.Generator, B: int, K: int) -> np.ndarray:
    """Logits up to 1,000 away from 0 whose gradients are not all 0 or 1.

    Each row lies around a level of its own; later rows have outliers too.
    """
    levels = rng.permutation(np.linspace(-990, 990, B))[:, None]
    levels = levels if B > 1 else rng.choice([-990, 990], size=(1, 1))
    logits = levels + rng.normal(size=(B, K))
    logits[1::2, 0] = rng.uniform(-1000, 1000, size=B // 2)
    return logits


def _check_softmax(answer, logits: np.ndarray, target: np.ndarray) -> None:
    B, K = logits.shape
    hint = f"sizes: B = {B}, K = {K}"
    record = ask(answer, logits, target, hint=hint, watch=WATCHED)
    got = array(record.value, (B, K), "the gradient", why="that of the logits")
    p, truth = _probabilities(logits), np.eye(K)[target]
    tolerance = SINGLE if logits.dtype == np.float32 else None
    expect(
        got,
        (p - truth) / B,
        "the gradient",
        lambda: _wrong_softmaxes(logits, p, truth),
        tolerance,
        alone=True,
    )
    avoids(record, FORBIDDEN, BY_HAND)


def _probabilities(logits: np.ndarray) -> np.ndarray:
    """The softmax of each row, number by number."""
    rows = []
    for row in logits.astype(float).tolist():
        powers = [math.exp(z - max(row)) for z in row]
        rows.append([power / math.fsum(powers) for power in powers])
    return np.array(rows)


def _wrong_softmaxes(logits: np.ndarray, p: np.ndarray, truth: np.ndarray) -> list:
    """Known wrong gradients, each with what to say of it."""
    B, K = logits.shape
    with np.errstate(all="ignore"):
        naive = np.exp(logits)
        naive = naive / naive.sum(axis=1, keepdims=True)
        one_maximum = np.exp(logits - logits.max())
        one_maximum = one_maximum / one_maximum.sum(axis=1, keepdims=True)
        along = np.exp(logits - logits.max(axis=0))
        along = along / along.sum(axis=0)
    return [
        (p - truth, "not divided by B: the loss is a mean over the examples"),
        ((p - truth) / B / K, f"divided by the {K} classes too: only by B"),
        ((p - truth) / K, f"divided by the {K} classes, wanted by the {B} examples"),
        ((truth - p) / B, "the sign is turned: probabilities minus the truth"),
        (p / B, "the truth is never subtracted"),
        ((along - truth) / B, "the softmax runs over the batch: wanted the classes"),
        *(
            (
                (unsafe - truth) / B,
                "not finite for logits near 1,000 or -1,000: subtract each row's "
                "own maximum first",
            )
            for unsafe in (naive, one_maximum)
        ),
    ]


def check_tanh_backward(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(y, dy)` must give the gradient of tanh from its output."""
    shapes = [tuple(sizes(rng, axes)) for axes in (2, 1, 3, 4, 2)]
    for shape in [*shapes, (), (1,), (1, 3), (3, 1)]:
        for kind in (np.float64, np.float32):
            y = np.tanh(rng.uniform(-2, 2, size=shape))
            y = np.asarray(y, kind)
            _check_tanh(answer, y, _arrives(rng, y))
    given, other = [(y, _arrives(rng, y)) for y in np.tanh(rng.normal(size=(2, 3, 4)))]
    for y, dy in one_changed(rng, given, other):
        _check_tanh(answer, y, dy)
    for y in (given[0], 1e-9 * given[0]):
        for size in (1e-9, 1e9):
            _check_tanh(answer, y, size * given[1])
    flat = np.tanh(rng.uniform(-2, 2, size=6))
    flat[:2] = 1, -1  # so far out that the slope is 0
    _check_tanh(answer, rng.permutation(flat), _arrives(rng, flat))


def _arrives(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    """A gradient that arrives, of the shape and the type of `y`."""
    return np.asarray(3 * rng.normal(size=y.shape) + 0.1, y.dtype)


def _check_tanh(answer: Callable, y: np.ndarray, dy: np.ndarray) -> None:
    got = ask(answer, y, dy, hint=f"y and dy had the shape {y.shape}").value
    got = array(got, y.shape, "the gradient", why="y, dy and it have one shape")
    tolerance = SINGLE if y.dtype == np.float32 else None
    y, dy = y.astype(float), dy.astype(float)
    mistakes = [
        (1 - np.tanh(y) ** 2, "both bugs are still there"),
        (1 - y**2, "dy is dropped: multiply by the gradient that arrives"),
        (dy * (1 - np.tanh(y) ** 2), "y is the output: it is a tanh already"),
        (dy * (1 + y**2), "the slope of tanh is 1 minus its square"),
        (dy * y * (1 - y), "that is the slope of the sigmoid"),
        (dy * (1 - y), "1 - y, where the slope of tanh has y squared"),
    ]
    expect(got, dy * (1 - y**2), "the gradient", mistakes, tolerance, alone=True)
