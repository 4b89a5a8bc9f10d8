"""Checks of chapter 17: the smoothed loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import exp, log
from typing import Any

import numpy as np
import torch

from coursekit.checks.asking import ask, avoids
from coursekit.checks.values import expect, sizes, telling, tensor
from coursekit.kernel.calls import weights_like

#: Rounding that is allowed, as a share of the loss and of the largest logit: float32's,
#: which is good enough for float64 logits too.
ROUNDING = 3e-6
WATCH = ("torch.nn.functional.", "torch._C._nn.", "torch._ops.", "n2t.")
READY = (
    "torch.nn.functional.cross_entropy",
    "torch._C._nn.cross_entropy_loss",
    "torch._ops.",
    "n2t.",
)


@dataclass(frozen=True)
class _Case:
    """One call of the loss: float64 logits (B, T, V), and what is real in them.

    `real` says which positions count (B, T), `possible` which pieces can be right (V,).
    """

    logits: np.ndarray
    targets: np.ndarray
    epsilon: float
    pad_id: int
    dtype: torch.dtype

    @property
    def real(self) -> np.ndarray:
        return self.targets != self.pad_id

    @property
    def possible(self) -> np.ndarray:
        return np.arange(self.logits.shape[-1]) != self.pad_id

    @property
    def largest(self) -> float:
        return float(np.abs(self.logits[..., self.possible]).max())

    @property
    def ruled_out(self) -> bool:
        return bool(np.isinf(self.logits).any())


def check_smoothed_loss(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(logits, targets, epsilon, pad_id)`: the mean over real positions.

    The share epsilon is spread over the pieces that are not padding. Value and
    gradient, against loops in float64.
    """
    for case in _cases(rng):
        _check_loss(answer, case)


def _cases(rng: np.random.Generator) -> Iterator[_Case]:
    """Ordinary ones first, then edges, logits in the thousands, padding ruled out."""
    B, T, V = sizes(rng, 3, low=3, high=8)
    usual = float(rng.uniform(0.1, 0.4))
    for dtype in (torch.float64, torch.float32):
        yield _case(rng, (B, T, V), usual, dtype)
        yield _case(rng, (1, T, V), usual, dtype)
        yield _case(rng, (B, 1, 2), usual, dtype, padded=False)
        yield _case(rng, (1, 1, V), float(rng.uniform(0.5, 0.9)), dtype)
        for end in (0.0, 1.0):
            yield _case(rng, (B, 2, V), end, dtype, spread=20.0)
        yield _case(rng, (B, T, V), usual, dtype, spread=3000.0)
        yield _case(
            rng, (B, T, V), float(rng.uniform(1e-4, 5e-4)), dtype, spread=3000.0
        )
        far = float(rng.choice([-9000.0, 9000.0]))
        yield _case(rng, (T, B, V), usual, dtype, center=far)
        for share in (0.0, usual, 1.0):
            yield _case(rng, (T, V, B + 1), share, dtype, rule_out=True)
    yield _case(rng, (2, 2, int(rng.integers(100, 300))), usual, torch.float32)
    yield from _one_by_one(rng, _case(rng, (B, T, V), usual, torch.float64, pad_id=0))


def _one_by_one(rng: np.random.Generator, case: _Case) -> Iterator[_Case]:
    """`case`, before each of others that differ from it in one argument."""
    V = case.logits.shape[-1]
    others = [
        replace(case, logits=rng.normal(size=case.logits.shape)),
        replace(case, targets=rng.permuted(case.targets)),
        replace(case, epsilon=case.epsilon / 2),
        replace(case, pad_id=int(rng.integers(1, V))),
    ]
    for place in rng.permutation(len(others)):
        yield case
        yield others[place]


def _case(
    rng: np.random.Generator,
    shape: tuple,
    epsilon: float,
    dtype: torch.dtype,
    padded: bool = True,
    spread: float = 2.0,
    center: float = 0.0,
    pad_id: int | None = None,
    rule_out: bool = False,
) -> _Case:
    B, T, V = shape
    logits = torch.from_numpy(center + spread * rng.normal(size=shape)).to(dtype)
    pad_id = int(rng.integers(V)) if pad_id is None else pad_id
    if rule_out:
        logits[..., pad_id] = -torch.inf
    targets = (pad_id + rng.integers(1, V, (B, T))) % V
    if padded and B * T > 1:  # anywhere, with one real position at least
        places = rng.permutation(B * T)[: rng.integers(1, B * T)]
        targets.ravel()[places] = pad_id
    return _Case(logits.double().numpy(), targets, epsilon, pad_id, dtype)


def _check_loss(answer: Callable, case: _Case) -> None:
    record = ask(
        answer,
        torch.from_numpy(case.logits).to(case.dtype),
        torch.from_numpy(case.targets),
        case.epsilon,
        case.pad_id,
        gradients=(0,),
        watch=WATCH,
        hint="logits are (B, T, V), targets (B, T)",
    )
    avoids(record, READY, "write the loss out")
    got = tensor(record.value, (), "the loss", why="the mean over real positions")
    loss, slope = _slow_loss(case)
    _check_finite(got, case, "the loss")
    near = ROUNDING * (abs(loss) + case.largest)
    _expect(
        got,
        loss,
        near,
        "the loss",
        lambda: (
            []
            if case.largest > 1000 or case.ruled_out
            else telling(_wrong_losses(case))
        ),
    )
    (found,) = record.gradients
    assert found is not None, (
        "no gradient reaches the logits: the loss must come from them by torch's "
        "operations, without .item(), .detach() or NumPy"
    )
    _check_finite(found.numpy(), case, "the gradient")
    scale = weights_like(record.value).item()
    near = ROUNDING * (1 + case.largest) / case.real.sum()
    _expect(found.double() / scale, slope, near, "the gradient for the logits", ())


def _check_finite(got: np.ndarray, case: _Case, name: str) -> None:
    """Of large logits, and of one of -inf: say what makes infinities and NaN."""
    if np.isfinite(got).all():
        return
    found = f"{name} has {got[~np.isfinite(got)][0]}"
    assert not case.ruled_out, (
        f"{found} where padding's logit is -inf: 0 times an infinity is NaN, so leave "
        "padding out of every sum and do not multiply it by 0"
    )
    assert case.largest <= 1000, (
        f"{found} for logits up to {case.largest:,.0f}: take each position's maximum "
        "away before any exponential, as log_softmax does"
    )


def _expect(got: Any, wanted: Any, near: float, name: str, mistakes: Any) -> None:
    """`expect` with an absolute tolerance."""
    largest = max(float(np.abs(wanted).max()), np.finfo(float).tiny)
    expect(got, wanted, name, mistakes, tolerance=near / largest)


def _slow_loss(case: _Case) -> tuple[float, np.ndarray]:
    """The loss and its gradient (B, T, V), one number after another."""
    B, T, V = case.logits.shape
    n, total, slope = case.real.sum(), 0.0, np.zeros(case.logits.shape)
    for b, t in zip(*np.nonzero(case.real), strict=True):
        z = case.logits[b, t].tolist()
        top = max(z)
        normalizer = log(sum(exp(one - top) for one in z))
        for j in range(V):
            log_p, q = z[j] - top - normalizer, 0.0
            if case.possible[j]:
                right = j == case.targets[b, t]
                q = case.epsilon / (V - 1) + (1 - case.epsilon) * right
                total -= q * log_p / n
            slope[b, t, j] = (exp(log_p) - q) / n
    return total, slope


def _log_softmax(z: np.ndarray, axis: int = -1) -> np.ndarray:
    z = z - z.max(axis, keepdims=True)
    return z - np.log(np.exp(z).sum(axis, keepdims=True))


def _wrong_losses(case: _Case) -> list[tuple[float, str]]:
    """What the usual mistakes give, with their names."""
    V, real, epsilon = case.logits.shape[-1], case.real, case.epsilon
    right, n = case.targets[..., None], real.sum()

    def parts(log_p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hard = -np.take_along_axis(log_p, right, -1)[..., 0]  # (B, T)
        return hard, -log_p[..., case.possible].mean(-1)

    log_p = _log_softmax(case.logits)
    hard, even = parts(log_p)
    both = (1 - epsilon) * hard + epsilon * even
    wrong = ((V - 1) * even - hard) / max(V - 2, 1)
    others = (1 - epsilon) * hard + epsilon * wrong
    pieces = (1 - epsilon) * hard - epsilon * log_p.mean(-1)
    less = (1 - epsilon) * hard + epsilon * (V - 1) / V * even
    leaky = ((1 - epsilon) * hard[real].sum() + epsilon * even.sum()) / n
    time = parts(_log_softmax(case.logits, 1))
    time = (1 - epsilon) * time[0] + epsilon * time[1]
    some = real.any(1)
    each = (both * real).sum(1)[some] / real.sum(1)[some]
    return [
        (both.mean(), "padding counts like a real position"),
        (both[real].sum() / real.size, "divided by padding too: count real ones"),
        (leaky, "padding still counts in the smoothed part"),
        (hard[real].mean(), "nothing is smoothed: where is epsilon?"),
        (pieces[real].mean(), "padding's piece has a share: it can never be right"),
        (less[real].mean(), "the shares sum to less than 1: V - 1 pieces have one"),
        (others[real].mean(), "epsilon goes to the right piece too"),
        (both[real].sum(), "a sum, wanted the mean over real positions"),
        (each.mean(), "a mean of sentences' means: short ones weigh too much"),
        (time[real].mean(), "the softmax runs over time: use the last axis"),
        (-both[real].mean(), "the sign is turned round"),
        (
            (epsilon * hard + (1 - epsilon) * even)[real].mean(),
            "the right piece gets the share epsilon: it gets what is left of 1",
        ),
        (
            ((1 - epsilon) * hard + epsilon * (V - 1) * even)[real].mean(),
            "each piece gets epsilon: it is one share, for all of them together",
        ),
    ]
