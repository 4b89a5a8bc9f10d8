"""Checks of chapter 1: a gate by thought, a perceptron, a bound on its mistakes."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from coursekit.checks.asking import ask, refused, run_or_say
from coursekit.checks.values import array, expect, number, one_changed, parts, sizes
from coursekit.kernel.bounded import bounded

CASES = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
NAND = np.array([1, 1, 1, -1])
ROOM = 0.25  #: how far from 0 each sum must stay
PASSES = 1000
MOST_STEPS = 400_000  #: lines and calls for 1,000 passes over two examples, and more
MOST_MISTAKES = 100  #: Novikoff's bound for every set of examples that is drawn
NEAREST = "the nearest example may have either label"
LONGEST = "the longest example may have either label"

#: What is said of these signs of t in the updates of w and of theta.
SIGNS = {
    (1, 1): "theta moves the wrong way: an example that should fire lowers it",
    (1, 0): "theta never moves",
    (-1, -1): "an example that should fire is subtracted from w",
    (-1, 1): "both signs are the wrong way round",
}


def check_nand(answer: Callable, rng: np.random.Generator) -> None:
    """`answer()` must give the weights and the bias of a NAND unit, each time."""
    for _ in range(5):
        got = ask(answer).value
        weights, bias = parts(got, ("weights", "bias"))
        weights = array(weights, (2,), "the weights", why="one for each input")
        _check_gate(weights.astype(float), number(bias, "the bias"))


def _check_gate(weights: np.ndarray, bias: float) -> None:
    assert np.isfinite([*weights, bias]).all(), "weights and bias must be finite"
    sums = CASES @ weights + bias
    fires = np.where(sums > 0, 1, -1)
    turned = np.where(CASES @ weights - bias > 0, 1, -1)
    assert not (turned == NAND).all() or (fires == NAND).all(), (
        "with -bias it would be NAND: the bias is minus the threshold"
    )
    for pattern, words in (
        (-NAND, "that is AND: turn every sign"),
        ([1, -1, -1, -1], "that is NOR: it fires too seldom"),
        ([-1, 1, 1, 1], "that is OR: wanted NAND"),
        ([1, 1, 1, 1], "it always fires: both inputs together must stop it"),
        ([-1, -1, -1, -1], "it never fires"),
    ):
        assert not (fires == pattern).all(), words
    for case, one, good in zip(CASES.astype(int), sums, fires == NAND, strict=True):
        assert good, f"inputs {case}: the sum is {one:g}, so the unit answers wrongly"
    near = sums[abs(sums).argmin()]
    assert abs(near) > ROOM - 1e-6, (
        f"a sum of {near:.6g} is too near the threshold: leave {ROOM} on both sides"
    )


def check_train_unit(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, t)` must find weights and a threshold that separate the examples."""
    for x, t, name in _examples(rng):
        order = rng.permutation(len(x))
        _separates(answer, x[order], t[order].astype(rng.choice([int, float])), name)
    _separates(answer, CASES, NAND[::-1], "OR")
    _separates(answer, *_narrow(rng), "two examples, hardly apart")
    x, t = _through_origin(rng)
    for one, label in one_changed(rng, (x, t), (-x, -t)):
        _separates(answer, one, label, "two examples, turned round")
    for label in (t, -t):  # weights kept from here would be wrong, and large, after it
        _separates(answer, 10 ** rng.uniform(5, 6) * x, label, "large inputs")
    _separates(answer, x, t, "small inputs, after large ones")
    x = np.repeat(rng.normal(size=(1, int(rng.integers(1, 4)))), 2, axis=0)
    hint = "no line separates these examples: it must end all the same"
    got = run_or_say(bounded, answer, x, NAND[2:], most=MOST_STEPS, hint=hint)
    _weights(got, x)


def _examples(rng: np.random.Generator) -> Iterator[tuple]:
    """Sets of examples that a line separates within `MOST_MISTAKES`: x, t, a name."""
    for gate, name in ((NAND, "NAND"), (-NAND, "AND")):
        stretch, shift = rng.uniform(1, 1.2, size=2), rng.uniform(-0.2, 0.2, size=2)
        yield CASES * stretch + shift, gate, f"{name}, inputs moved"
    yield from _one_input(rng)
    for d in sizes(rng, 2, high=6):
        x, t = _separable(rng, int(rng.integers(6, 11)), d)
        yield x, t, f"random examples with {d} inputs"
    for side in (1, -1):
        B, d = rng.integers(1, 4, size=2)
        yield rng.uniform(-2, 2, size=(B, d)), np.full(B, side), f"only labels {side}"


def _one_input(rng: np.random.Generator) -> Iterator[tuple]:
    """One input feature, and a threshold that is certainly above 0, or below."""
    for sign in (1, -1):
        x = sign * np.array([0.3, 0.5, 1.5, 1.9]) * rng.uniform(1, 1.3)
        t = np.array([-1, -1, 1, 1]) * rng.choice([-1, 1])
        yield x[:, None], t, "one input"
    # one far example: it pulls the line of least squares, and means, to the wrong side
    x = np.array([-0.6, -0.5, 0.5, 3.8]) * rng.uniform(1, 1.2) + rng.uniform(-0.1, 0.1)
    t = np.array([-1, -1, 1, 1]) * rng.choice([-1, 1])
    yield rng.choice([-1, 1]) * x[:, None], t, "one input, one example far out"


def _separable(rng: np.random.Generator, B: int, d: int) -> tuple:
    """Examples on both sides of a line that passes the origin at a distance."""
    while True:
        u = rng.normal(size=d)
        u /= np.linalg.norm(u)
        theta = rng.uniform(0.4, 1.2) * rng.choice([-1, 1])
        x, t = rng.uniform(-1.2, 1.2, size=(B, d)), rng.choice([-1, 1], size=B)
        x += np.outer(theta + t * rng.uniform(0.5, 1, size=B) - x @ u, u)
        margin = (t * (x @ u - theta)).min() / np.hypot(1, theta)
        most = (1 + (x**2).sum(axis=1).max()) / margin**2
        if most < MOST_MISTAKES and len(set(t)) == 2:
            return x, t


def _narrow(rng: np.random.Generator) -> tuple:
    """Two examples that take the mended code between 110 and 300 passes."""
    d = int(rng.integers(2, 5))
    one, across = np.linalg.qr(rng.normal(size=(d, 2)))[0].T
    across = across + rng.uniform(0.02, 0.07) * one  # no sum that rounding decides
    one = rng.uniform(1, 1.4) * one
    label = rng.choice([-1, 1])
    return np.array([one + rng.uniform(0.09, 0.1) * across, one]), label * NAND[2:]


def _through_origin(rng: np.random.Generator) -> tuple:
    """Two examples on both sides of a line through the origin."""
    d, t = int(rng.integers(2, 5)), rng.permutation([-1, 1])
    u, *rest = np.linalg.qr(rng.normal(size=(d, d)))[0]
    x = np.outer(t * rng.uniform(0.6, 1, size=2), u)
    return x + rng.uniform(-0.3, 0.3, size=(2, d - 1)) @ np.array(rest), t


def _separates(answer: Callable, x: np.ndarray, t: np.ndarray, name: str) -> None:
    hint = f"sizes: B = {len(x)}, inputs = {x.shape[1]}"
    w, theta = _weights(ask(answer, x, t, hint=hint).value, x)
    wrong = _wrong(x, t, w, theta)
    if wrong:
        found = f"{name}: {wrong} of {len(x)} wrong"
        raise AssertionError(f"{found}; {_blamed(x, t, w, theta)}")


def _weights(got: object, x: np.ndarray) -> tuple[np.ndarray, float]:
    w, theta = parts(got, ("w", "theta"))
    w = array(w, x.shape[1:], "w", why="one weight for each input").astype(float)
    theta = number(theta, "theta")
    assert np.isfinite([*w, theta]).all(), "w and theta must be finite numbers"
    return w, theta


def _wrong(x: np.ndarray, t: np.ndarray, w: np.ndarray, theta: float) -> int:
    return int((np.where(x @ w > theta, 1, -1) != t).sum())


def _blamed(x: np.ndarray, t: np.ndarray, w: np.ndarray, theta: float) -> str:
    """What is certain about wrong weights: a known mistake gives these very numbers."""
    *right, threshold = _perceptron(x, t, 1, -1)
    mistakes = [(_perceptron(x, t, *signs), words) for signs, words in SIGNS.items()]
    mistakes.append(([*right, -threshold], "that is the bias: theta is minus it"))
    turned = "it fires on the wrong side: with both signs turned all are right"
    mistakes.append((np.negative([*right, threshold]), turned))
    known = [
        words
        for values, words in mistakes
        if np.allclose([*w, theta], values, rtol=1e-9, atol=1e-12)
    ]
    if len(known) == 1:  # two mistakes can give the same numbers
        return known[0]
    if not w.any():
        return "w is 0: nothing was learned"
    return f"w = {np.round(w, 3)}, theta = {theta:.3g}: the unit fires when w·x > theta"


def _perceptron(x: np.ndarray, t: np.ndarray, sign: int, slope: int) -> list[float]:
    """What the exercise's code gives when these signs stand in its two updates."""
    rows = [(row.tolist(), int(label)) for row, label in zip(x, t, strict=True)]
    w, theta = [0.0] * x.shape[1], 0.0
    for _ in range(PASSES):
        before = list(w), theta
        for row, label in rows:
            total = sum(a * b for a, b in zip(row, w, strict=True)) - theta
            if label * total <= 0:
                w = [a + sign * label * b for a, b in zip(w, row, strict=True)]
                theta += slope * label
        if before == (w, theta):
            break
    return [*w, theta]


def check_mistake_bound(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, t, w)` must give Novikoff's bound, and refuse a bad `w`."""
    for B, d in (sizes(rng, 2, low=3), (1, 3), (4, 1), (1, 1), (7, 2)):
        x, t, w = _sides(rng, B, d)
        while min(B, d) > 2 and not _tell_apart(x, t, w):
            x, t, w = _sides(rng, B, d)
        _check_bound(answer, x, t, w)
        _check_bad_sides(answer, rng, x, t, w)
        _check_bound(answer, x, -t, -w)  # now the nearest has the other label
        if min(B, d) > 1:
            _check_another(answer, rng, x, t, w)
    x, t, w = _sides(rng, B, d)
    for small in (1e-9, 1e9):
        _check_bound(answer, small * x, t, w)
        _check_bound(answer, x, t, small * w / np.linalg.norm(w))
    _check_bound(answer, *_near(rng, x, t, w), tolerance=1e-6)


def _check_another(answer: Callable, rng: np.random.Generator, x, t, w) -> None:
    """Ask again with one argument changed: another `w`, then another `x`."""
    B, d = x.shape
    unit, turn = w / np.linalg.norm(w), rng.normal(size=d)
    room = (t * (x @ unit)).min() / np.linalg.norm(x, axis=1).max()
    turned = unit + 0.5 * room * turn / np.linalg.norm(turn)
    moved = x + np.outer(t * rng.uniform(0.5, 1, size=B), unit)
    for new_x, new_w in rng.permutation([(0, 0), (0, 1), (0, 0), (1, 0)]).tolist():
        _check_bound(answer, moved if new_x else x, t, turned if new_w else w)


def _near(rng: np.random.Generator, x, t, w) -> tuple:
    """The same, but one example is hardly off the line: 1e-7 of the longest."""
    one, unit = rng.integers(0, len(x)), w / np.linalg.norm(w)
    gap = 1e-7 * np.linalg.norm(x, axis=1).max()
    x = x.copy()
    x[one] += (t[one] * gap - x[one] @ unit) * unit
    return x, t, w


def _check_bound(answer: Callable, x, t, w, tolerance: float | None = None) -> None:
    hint = f"w separates these examples; sizes: B = {len(x)}, inputs = {len(w)}"
    got = number(ask(answer, x, t, w, hint=hint).value, "the bound")
    wrong = partial(_wrong_bounds, x, t, w)
    expect(got, _bound(x, t, w), "the bound", wrong, tolerance, alone=True)


def _bound(x, t, w) -> float:
    longest, least = np.linalg.norm(x, axis=1).max(), (t * (x @ w)).min()
    return (longest * np.linalg.norm(w) / least) ** 2


def _tell_apart(x, t, w) -> bool:
    """Whether all known mistakes are different numbers.

    But for one side's nearest and longest examples: one side has those of all.
    """
    right = _bound(x, t, w)
    wrong = [
        value
        for value, words in _wrong_bounds(x, t, w)
        if words not in (NEAREST, LONGEST) or abs(value - right) > 1e-9 * right
    ]
    numbers = np.sort([right, *wrong])
    return bool((np.diff(numbers) > 1e-6 * numbers[1:]).all())


def _sides(rng: np.random.Generator, B: int, d: int) -> tuple:
    """Examples, labels (integers or floats), and a `w` of any scale between them.

    Two examples or more have both labels.
    """
    w = rng.normal(size=d)
    w /= np.linalg.norm(w)
    t = rng.permutation([-1, 1, *rng.choice([-1, 1], size=B)][:B])
    x = rng.normal(size=(B, d))
    x += np.outer(t * rng.uniform(0.2, 2, size=B) - x @ w, w)
    scale = 10 ** rng.uniform(-9, 9)
    return x, t.astype(rng.choice([int, float])), scale * w


def _wrong_bounds(x, t, w) -> list:
    """Known wrong bounds, each with what to say of it."""
    lengths, sums = np.linalg.norm(x, axis=1), t * (x @ w)
    margins = sums / np.linalg.norm(w)
    largest, smallest = lengths.max(), margins.min()
    return [
        (largest / smallest, "the ratio is squared"),
        (
            (smallest / largest) ** 2,
            "the ratio is upside down: R is above, gamma below",
        ),
        (
            (largest / sums.min()) ** 2,
            "a distance from the line: divide the sum by the length of w",
        ),
        ((largest / margins.mean()) ** 2, "the smallest margin, not the mean"),
        ((largest / margins.max()) ** 2, "the smallest margin, not the largest"),
        ((lengths.mean() / smallest) ** 2, "the longest example, not the mean"),
        (
            (np.linalg.norm(x) / smallest) ** 2,
            "norm over the whole table: name the axis",
        ),
        ((np.abs(x).max() / smallest) ** 2, "R is a length, not the largest number"),
        ((largest**2 + 1) / smallest**2, "there is no bias here, and no constant 1"),
        *[
            ((largest / margins[t == side].min(initial=np.inf)) ** 2, NEAREST)
            for side in (1, -1)
        ],
        *[
            ((lengths[t == side].max(initial=0) / smallest) ** 2, LONGEST)
            for side in (1, -1)
        ],
        (
            ((lengths / margins) ** 2).max(),
            "R and gamma may be of two different examples",
        ),
    ]


def _check_bad_sides(answer: Callable, rng, x, t, w) -> None:
    """Bad `w`: one example on its wrong side or on its line, all of them, w = 0."""
    B, d = x.shape
    words = "raise a ValueError: {} was accepted"
    for one in range(B):
        turned = np.where(np.arange(B) == one, -t, t)
        wrong = f"example {one} of {B} on the wrong side"
        refused(answer, x, turned, w, words=words.format(wrong))
    refused(answer, x, -t, w, words=words.format("a w with all on the wrong side"))
    refused(answer, x, t, 0 * w, words=words.format("w = 0, which has no line"))
    one, axis = rng.integers(0, B), rng.integers(0, d)
    on_line, flat = x.copy(), w.copy()
    on_line[one] = 0.0
    refused(answer, on_line, t, w, words=words.format("an example on the line"))
    if d > 1:  # a product of exactly 0, however it is added up
        flat[axis], on_line[one, axis] = 0.0, 1.0
        t = np.where(on_line @ flat < 0, -1, 1)
        refused(answer, on_line, t, flat, words=words.format("an example on the line"))
