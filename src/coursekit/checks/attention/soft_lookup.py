"""Checks of chapter 10: multiplicative attention, padding, leave one out."""

from collections.abc import Callable

import numpy as np
import torch


def check_general(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(query, memory, W, mask)` must give context and weights."""
    B, Tq, Tk, d_q, d_k = rng.permutation(np.arange(3, 9))[:5].tolist()
    query = torch.tensor(rng.normal(size=(B, Tq, d_q)))
    memory = torch.tensor(rng.normal(size=(B, Tk, d_k)))
    W = torch.tensor(rng.normal(size=(d_q, d_k)))
    lengths = torch.arange(B) % (Tk - 1) + 1
    mask = (torch.arange(Tk) < lengths[:, None])[:, None]
    hint = "query @ W is (B, Tq, d_k); turn only the last two axes of memory"
    given = [x.clone() for x in (query, memory, W, mask)]
    got = call(answer, *given, hint=hint)
    assert isinstance(got, tuple) and len(got) == 2, "wanted two: context and weights"
    shapes = (B, Tq, d_k), (B, Tq, Tk)
    for name, tensor, shape in zip(("context", "weights"), got, shapes, strict=True):
        found = tuple(getattr(tensor, "shape", ()))
        assert found == shape, f"{name} has shape {found}, wanted {shape}"
    scores = query @ W @ memory.mT
    _check_weights(got[1], scores, mask)
    assert torch.allclose(got[0], got[1] @ memory, rtol=0, atol=1e-10), (
        "the context is not the weighted mean of the memory"
    )


def _check_weights(
    weights: torch.Tensor, scores: torch.Tensor, mask: torch.Tensor
) -> None:
    """What is wrong with attention weights (B, Tq, Tk), if anything."""
    masked = scores.masked_fill(~mask, -1e30)
    right = masked.softmax(-1)
    assert torch.isfinite(weights).all(), "some weights are NaN or infinite"
    sums = weights.sum(-1)
    for wrong, words in (
        (scores.softmax(-1), "the mask is not used: padding has weight"),
        (
            scores.softmax(-1) * mask,
            "masked after the softmax: rows sum to less",
        ),
        (
            scores.masked_fill(mask, -torch.inf).softmax(-1),
            "the mask is turned round: True means 'may attend'",
        ),
        (masked.softmax(1), "softmax over the queries: it belongs on the last axis"),
        (
            torch.where(mask, scores, 0.0).softmax(-1),
            "a score of 0 is not nothing: e to the 0 is 1",
        ),
    ):
        assert not torch.allclose(weights, wrong), words
    assert torch.allclose(sums, torch.ones_like(sums)), "rows must sum to 1"
    assert torch.allclose(weights, right, rtol=0, atol=1e-10), (
        "wrong weights: this score has no scale, only s W h"
    )


def _attend(weights_of: Callable) -> Callable:
    """An attention (Tq, d), (Tk, d), (Tk,) -> (Tq, d) from scores and mask."""

    def attend(query, memory, mask):
        query, memory = np.asarray(query, float), np.asarray(memory, float)
        weights = weights_of(query @ memory.T, np.asarray(mask, bool))
        return weights @ memory

    return attend


def _softmax(scores: np.ndarray) -> np.ndarray:
    exps = np.exp(scores - scores.max(-1, keepdims=True))
    return exps / exps.sum(-1, keepdims=True)


def _filled(value: float, turned: bool = False) -> Callable:
    """Weights after padding's scores were filled with `value`."""

    def weights(scores, mask):
        return _softmax(np.where(mask ^ turned, scores, value))

    return weights


def _afterwards(renormalized: bool) -> Callable:
    def weights(scores, mask):
        kept = _softmax(scores) * mask
        return kept / kept.sum(-1, keepdims=True) if renormalized else kept

    return weights


def _wrong_axis(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The published bug: the mask along the queries hides no key."""
    rows = np.resize(mask, len(scores))[:, None]
    return _softmax(np.where(rows, scores, -1e9))


def _forgets(place: int) -> Callable:
    """Right, but for one place of padding: the first (0) or the last (-1)."""

    def weights(scores, mask):
        mask = mask.copy()
        mask[np.flatnonzero(~mask)[place]] = True
        return _softmax(np.where(mask, scores, -np.inf))

    return weights


def _nearest(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    best = np.where(mask, scores, -np.inf).argmax(-1)
    return np.eye(len(mask))[best]


def check_sees_padding(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(attend)` must say whether outputs depend on places of padding."""
    del rng  # the functions to judge are fixed
    cases = [
        (_filled(-np.inf), False, "a right one"),
        (_afterwards(renormalized=True), False, "one that masks and divides again"),
        (_nearest, False, "one that picks the best real place"),
        (lambda s, m: _softmax(s), True, "one without a mask"),
        (_filled(-np.inf, turned=True), True, "one whose mask is turned round"),
        (_filled(-5.0), True, "one with a fill of -5"),
        (_afterwards(renormalized=False), True, "one that only masks the weights"),
        (_wrong_axis, True, "one with the mask along the queries"),
        (_forgets(-1), True, "one that forgets the last place"),
        (_forgets(0), True, "one that forgets the first padded place"),
    ]
    answers = [_verdict(answer, _attend(weights)) for weights, _, _ in cases]
    assert answers != [not wanted for _, wanted, _ in cases], (
        "every answer is the opposite: True means 'it sees padding'"
    )
    for got, (_, wanted, what) in zip(answers, cases, strict=True):
        advice = (
            "change the memory at padded places only, nothing else, and compare with "
            "a tolerance near rounding"
            if got
            else "have some padding, change *every* padded place, compare all outputs"
        )
        assert got == wanted, f"{what}: your test says {got}; {advice}"


def _verdict(answer: Callable, attend: Callable) -> bool:
    hint = "attend takes (Tq, d), (Tk, d) and a boolean (Tk,), and gives (Tq, d)"
    got = call(answer, attend, hint=hint)
    assert isinstance(got, (bool, np.bool_)), (
        f"wanted True or False, got {type(got).__name__}"
    )
    return bool(got)


def check_leave_one_out(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, y, bandwidth)` must predict each point from the others, (N,)."""
    N, bandwidth = int(rng.integers(6, 10)), 0.7
    x, y = rng.uniform(0, 5, size=N), rng.normal(size=N)
    got = _predict(answer, x, y, bandwidth)
    squares = (x[:, None] - x) ** 2
    others = np.where(np.eye(N, dtype=bool), np.inf, squares)
    kernel = np.exp(-squares / (2 * bandwidth**2))
    alone = np.exp(-others / (2 * bandwidth**2))
    right = alone @ y / alone.sum(1)
    for wrong, words in (
        (kernel @ y / kernel.sum(1), "each point looks at its own answer"),
        (alone @ y / kernel.sum(1), "the weights do not sum to 1: mask, then divide"),
        (alone @ y, "a sum, not a mean: divide by the sum of the weights"),
        (_weighted(-others / (2 * bandwidth), y), "the bandwidth is to be squared"),
        (_weighted(-others / bandwidth**2, y), "the 2 below the square is missing"),
        (_weighted(np.where(squares == 0, 0, -squares), y), "diagonal zero, or no σ"),
        ((y.sum() - y) / (N - 1), "the plain mean of the others: near ones weigh more"),
    ):
        assert not np.allclose(got, wrong), words
    assert np.allclose(got, right, rtol=0, atol=1e-10), "wrong values"
    far = _predict(answer, 10 * x, y, 0.01)
    assert np.isfinite(far).all(), (
        "not finite for a tiny bandwidth: all exponentials are 0; subtract the largest "
        "score first, of those that count"
    )
    nearest = y[others.argmin(1)]
    assert np.allclose(far, nearest, atol=1e-8), (
        "for a tiny bandwidth wanted the nearest other point's value"
    )


def _weighted(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    return _softmax(scores) @ y


def _predict(answer: Callable, x: np.ndarray, y: np.ndarray, bandwidth: float):
    hint = "x[:, None] - x is (N, N): rows are queries, columns keys"
    with np.errstate(all="ignore"):
        got = np.asarray(call(answer, x.copy(), y.copy(), bandwidth, hint=hint))
    assert got.shape == x.shape, f"wanted shape (N,) = {x.shape}, got {got.shape}"
    return got
