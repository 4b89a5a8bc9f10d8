"""Checks of chapter 1."""

from collections.abc import Callable

import numpy as np

CASES = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)


def check_nand(answer: Callable, rng: np.random.Generator) -> None:
    """`answer()` must give the weights and the bias of a NAND unit."""
    got = call(answer, hint="return two things: weights (2,) and a number")
    assert isinstance(got, tuple) and len(got) == 2, "return weights, bias"
    weights, bias = np.asarray(got[0], dtype=float), float(got[1])
    assert weights.shape == (2,), f"weights have shape {weights.shape}, wanted (2,)"
    sums = CASES @ weights + bias
    wanted = np.array([1, 1, 1, -1])
    fires = np.where(sums > 0, 1, -1)
    assert not (fires == -wanted).all(), "that is AND: turn every sign"
    assert not (fires == [1, -1, -1, -1]).all(), "that is NOR: it fires too seldom"
    for case, is_right in zip(CASES, fires == wanted, strict=True):
        assert is_right, f"inputs {case}: the unit answers wrongly there"
    assert (abs(sums) > 0.25 - 1e-9).all(), (
        f"a sum of {min(sums, key=abs):g} is too near the threshold: "
        "leave 0.25 of room on both sides"
    )


def check_train_unit(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, t)` must find weights and a threshold that separate the examples."""
    logic = {
        "OR": np.array([-1, 1, 1, 1]),
        "AND": np.array([-1, -1, -1, 1]),
        "NAND": np.array([1, 1, 1, -1]),
    }
    x = rng.normal(size=(40, int(rng.integers(3, 6))))
    side = x @ rng.normal(size=x.shape[1]) + 0.5
    x, side = x[abs(side) > 0.2], side[abs(side) > 0.2]
    _separates(answer, x, np.sign(side).astype(int), "random examples")
    for name, wanted in logic.items():
        _separates(answer, CASES, wanted, name)


def _separates(answer: Callable, x: np.ndarray, wanted: np.ndarray, name: str) -> None:
    hint = "w is as long as a row of x, theta is one number"
    got = call(answer, x.copy(), wanted.copy(), hint=hint)
    assert isinstance(got, tuple) and len(got) == 2, "return w, theta"
    w, theta = np.asarray(got[0], dtype=float), float(got[1])
    assert w.shape == x.shape[1:], f"w has shape {w.shape}, wanted {x.shape[1:]}"
    right = np.where(x @ w - theta > 0, 1, -1) == wanted
    if not right.all():
        wrong = f"{name}: {(~right).sum()} of {len(x)} wrong"
        raise AssertionError(f"{wrong}; {_diagnosis(answer)}")


def _diagnosis(answer: Callable) -> str:
    """What one example that should fire does to the weights and the threshold."""
    try:
        w, theta = answer(np.array([[0.5, 0.4]]), np.array([1]))
        other, _ = answer(np.array([[5.0, 3.0]]), np.array([-1]))
    except Exception as error:
        return f"and for one example {error!r}"
    if not np.any(w):
        return "one example that should fire leaves w at 0"
    if np.array_equal(w, other):
        return "w is the same whatever the examples"
    if w[0] < 0:
        return "an example that should fire is subtracted from w"
    if theta == 0:
        return "theta never moves"
    if theta > 2:
        return "an example that should fire raises theta, again and again"
    return "is theta the bias? The threshold is minus that" if theta > 0 else ""


def check_mistake_bound(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, t, w)` must give Novikoff's bound, and refuse a bad `w`."""
    B, d = rng.permutation(np.arange(4, 9))[:2].tolist()
    w = 3 * rng.normal(size=d)
    x = rng.normal(size=(B, d))
    t = np.where(x @ w > 0, 1, -1)
    margins = abs(x @ w) / np.linalg.norm(w)
    lengths = np.linalg.norm(x, axis=1)
    hint = "x is (B, inputs), t (B,) and w (inputs,); return one number"
    got = float(call(answer, x.copy(), t.copy(), w.copy(), hint=hint))
    right = (lengths.max() / margins.min()) ** 2
    for wrong, words in (
        (lengths.max() / margins.min(), "the ratio is squared"),
        (
            (lengths.max() / abs(x @ w).min()) ** 2,
            "a distance from the line: divide the sum by the length of w",
        ),
        ((lengths.max() / margins.mean()) ** 2, "the smallest margin, not the mean"),
        ((lengths.mean() / margins.min()) ** 2, "the longest example, not the mean"),
    ):
        assert not np.isclose(got, wrong), words
    whole = (np.linalg.norm(x) / margins.min()) ** 2
    assert not np.isclose(got, whole), "norm over the whole table: name the axis"
    assert got >= 1, f"{got:.4g} is below 1, and no margin is longer than its example"
    assert np.isclose(got, right, rtol=1e-10), f"{got:.4g}, wanted {right:.4g}"
    try:
        answer(x, -t, w)
    except ValueError:
        return
    except Exception as error:
        raise AssertionError(f"wanted a ValueError, got {error!r}") from None
    raise AssertionError("a w on the wrong side was accepted: raise a ValueError")
