"""Checks of chapter 18: a fair nucleus, and a beam that keeps what has ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from coursekit.checks.asking import ask
from coursekit.checks.values import expect, one_changed, parts, sizes, tensor

#: How far each cumulative probability must be from the mass that is asked for.
MARGIN = 1e-5


@dataclass(frozen=True)
class _Habit:
    """How a nucleus is made: the right way, or with a mistake."""

    heat_first: bool = True
    heat: bool = True
    least: bool = True
    fair: bool = True
    reach: bool = True
    divide: bool = True
    rows_apart: bool = True


def check_nucleus(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(logits, temperature, mass, at_least)`: probabilities (B, V).

    The fewest likeliest tokens that hold the mass after the temperature, but so many
    at least, with all equals of the last one.
    """
    for logits, *rest in _nuclei(rng):
        _check_nucleus(answer, logits, *rest)
    B, V = sizes(rng, 2, low=4, high=9)
    given = [_logits(rng, B, V), 0.7, 0.6, 1]
    other = [_logits(rng, B, V), 1.9, 0.93, 3]
    for logits, *rest in one_changed(rng, given, other):
        _check_nucleus(answer, logits, *rest)


def _logits(rng: np.random.Generator, B: int, V: int) -> np.ndarray:
    return 2 * rng.normal(size=(B, V))


def _nuclei(rng: np.random.Generator) -> Iterator[tuple]:
    """What is asked: ordinary batches first, then ties, edges and extremes."""
    B, V = sizes(rng, 2, low=4, high=11)
    for _ in range(4):
        heat = float(rng.choice([rng.uniform(0.3, 0.7), rng.uniform(1.5, 3)]))
        yield _logits(rng, B, V), heat, float(rng.uniform(0.3, 0.9)), 1
    yield _logits(rng, B, V), 1.0, float(rng.uniform(0.05, 0.2)), 1
    yield _logits(rng, B, V), 1.0, float(rng.uniform(0.05, 0.2)), 3
    for least in (1, 2, 3, V):
        yield _tied(rng, B, V), 1.0, float(rng.uniform(0.2, 0.8)), least
    yield _tied(rng, 1, V), float(rng.uniform(0.5, 2)), 0.5, 1
    yield _seconds(rng, B, V), 1.0, 0.05, 2
    for step in (1e-6, 1e-9):
        yield _near(rng, B, V, step), 1.0, 0.3, 2
    yield _logits(rng, B, V), 1.0, 1.0, 1
    yield _logits(rng, 1, V), 0.5, 0.7, 1
    yield _logits(rng, V, V), 2.0, 0.7, 1
    yield _logits(rng, B, 1), 1.0, 0.5, 1
    yield 0.5 * _logits(rng, 2, int(rng.integers(200, 300))), 1.3, 0.95, 1
    for heat in (0.02, 30.0):
        yield _logits(rng, B, V), heat, 0.6, 2
    for shift in (5000.0, -5000.0):
        yield shift + _logits(rng, B, V), 0.8, 0.6, 2
    yield 2000 * _logits(rng, B, V), 1.0, 0.6, 1
    yield _impossible(rng, B, V), 1.0, 0.6, 1
    yield _impossible(rng, B, V), 1.5, 1.0, 2
    yield _impossible(rng, B, V), 1.0, 0.6, V
    yield _impossible(rng, B, V) - 5000.0, 1.0, 0.6, 2


def _tied(rng: np.random.Generator, B: int, V: int) -> np.ndarray:
    """Logits with equals in every row, often all of them."""
    few = rng.normal(size=(B, 3)).round(1)
    few[0] = few[0, 0]
    return np.take_along_axis(few, rng.integers(3, size=(B, V)), 1)


def _seconds(rng: np.random.Generator, B: int, V: int) -> np.ndarray:
    """One likeliest token in every row, and two or more that are second."""
    row = np.array([2.0, 1.0, 1.0, *rng.choice([1.0, 0.3, -0.7], size=V - 3)])
    return rng.permuted(np.tile(row, (B, 1)), axis=1)


def _near(rng: np.random.Generator, B: int, V: int, step: float) -> np.ndarray:
    """Logits that are nearly equal: each of them has a place of its own."""
    steps = step * np.arange(V)
    return np.stack([rng.permutation(steps) for _ in range(B)])


def _impossible(rng: np.random.Generator, B: int, V: int) -> np.ndarray:
    """Logits of which some are -inf, one in every row not; in one row all others."""
    logits = _logits(rng, B, V)
    logits[rng.random((B, V)) < 0.4] = -np.inf
    logits[0] = -np.inf
    logits[np.arange(B), rng.integers(V, size=B)] = rng.normal(size=B)
    return logits


def _check_nucleus(answer, logits, temperature, mass, at_least) -> None:
    mass = _clear(logits, temperature, mass)
    options = temperature, mass, at_least
    record = ask(
        answer,
        torch.from_numpy(logits),
        *options,
        hint="logits are (B, V); the other three are numbers",
    )
    got = tensor(record.value, logits.shape, "the probabilities")
    wanted = _nucleus(logits, *options, _Habit())
    name = (
        f"the probability for temperature {temperature:.2f}, mass {mass:.2f}, "
        f"at_least {at_least}"
    )
    assert np.isfinite(got).all() or np.isinf(logits).any(), (
        f"{name} is not finite: take each row's maximum away before any exponential"
    )
    assert np.isfinite(got).all(), f"{name} is not finite where a logit is -inf"
    expect(got, wanted, name, lambda: _wrong_nuclei(logits, *options), tolerance=1e-7)


def _clear(logits: np.ndarray, temperature: float, mass: float) -> float:
    """A mass near `mass` that no sum of likeliest tokens comes near to."""
    if mass == 1:
        return mass
    sums = np.sort(_softmax(logits / temperature), -1)[:, ::-1].cumsum(-1)
    while np.abs(sums - mass).min() < MARGIN:
        mass *= 0.999
    return mass


def _softmax(z: np.ndarray) -> np.ndarray:
    weights = np.exp(z - z.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def _nucleus(logits, temperature, mass, at_least, habit: _Habit) -> np.ndarray:
    """One row, one token after another."""
    heat = temperature if habit.heat else 1.0
    if not habit.rows_apart:
        flat = _nucleus(logits.reshape(1, -1), heat, mass, at_least, _Habit())
        return flat.reshape(logits.shape)
    found = np.zeros(logits.shape)
    for b, row in enumerate(logits):
        p = _softmax(row / heat)
        ranked = p if habit.heat_first else _softmax(row)
        kept = _kept(row, ranked, mass, at_least if habit.least else 1, habit)
        found[b, kept] = p[kept]
        if habit.divide:
            found[b] /= found[b].sum()
    return found


def _kept(row, p, mass, at_least, habit: _Habit) -> list[int]:
    order = sorted(range(len(row)), key=lambda i: (-row[i], i))
    total, kept = 0.0, []
    for i in order:
        enough = total >= mass if habit.reach else total + p[i] > mass
        equal = habit.fair and kept and row[i] == row[kept[-1]]
        if kept and enough and len(kept) >= at_least and not equal:
            break
        kept.append(i)
        total += p[i]
    return kept if mass < 1 or not habit.reach else order


def _wrong_nuclei(*given) -> list[tuple]:
    """What the usual mistakes give, with their names."""
    habits = [
        (_Habit(heat_first=False), "cut first and heated later: top-p counts mass, "
         "so the temperature comes before it"),
        (_Habit(heat=False), "the temperature changes nothing"),
        (_Habit(reach=False), "the kept tokens do not hold the mass: the one that "
         "reaches it belongs to them"),
        (_Habit(fair=False), "a token exactly as likely as the last kept one is left "
         "out"),
        (_Habit(least=False), "fewer tokens than at_least"),
        (_Habit(divide=False), "the kept probabilities do not sum to 1"),
        (_Habit(rows_apart=False), "one nucleus for all rows: each row has its own"),
    ]  # fmt: skip
    return [(_nucleus(*given, habit), words) for habit, words in habits]


def check_beam_step(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(totals, log_p, ended, end)`: the W best candidates of each row.

    An ended beginning offers itself alone. Totals, parents and tokens, best first.
    """
    for given in _steps(rng):
        _check_step(answer, given)
    B, W, V = sizes(rng, 3, low=3, high=8)
    first, other = _step(rng, B, W, V), _step(rng, B, W, V)
    other[3] = (first[3] + 1) % V
    for given in one_changed(rng, first, other):
        _check_step(answer, given)


def _steps(rng: np.random.Generator) -> Iterator[list]:
    """What is asked: some ended, none, all; one row, one place; the first step."""
    B, W, V = sizes(rng, 3, low=3, high=9)
    for _ in range(3):
        yield _step(rng, B, W, V)
    for share in (0.0, 1.0, 0.8):
        yield _step(rng, B, W, V, share=share)
    yield _step(rng, 1, W, V)
    yield _step(rng, B, 1, V)
    yield _step(rng, B, W, W)
    yield _step(rng, B, V, 2)
    yield _step(rng, 6, 3, int(rng.integers(150, 250)))
    yield _far(rng, B, W, V)
    begin = _step(rng, B, 3, V + 2, share=0.0)
    begin[0][:, 1:] = -np.inf
    yield begin
    yield _step(rng, B, W, V, garbage=math.nan)
    yield _step(rng, B, W, V, garbage=math.inf)
    yield _step(rng, B, W, V, garbage=-math.inf)
    rare = _step(rng, B, 2, V + 3, share=0.3)
    rare[1][..., rng.permutation(V + 3)[:V]] = -np.inf
    yield rare


def _step(rng, B, W, V, share: float = 0.4, garbage: float = 50.0) -> list:
    """Totals, log-probabilities, who has ended, and the end mark."""
    totals = -rng.uniform(1, 4, size=(B, W))
    ended = rng.random((B, W)) < share
    log_p = np.log(_softmax(rng.normal(size=(B, W, V))))
    spoiled = garbage if not math.isfinite(garbage) else rng.normal(size=V) * garbage
    log_p[ended] = spoiled
    return [totals, log_p, ended, int(rng.integers(V))]


def _far(rng: np.random.Generator, B: int, W: int, V: int) -> list:
    """The best beginning of each row has ended, and is far above all others."""
    totals, log_p, ended, end = _step(rng, B, W, V, share=0.0)
    best = np.arange(B), rng.integers(W, size=B)
    totals *= 1e4
    totals[best], ended[best], log_p[best] = -2.0, True, -1.0
    return [totals, log_p, ended, end]


def _check_step(answer: Callable, given: list) -> None:
    totals, log_p, ended, end = given
    record = ask(
        answer,
        torch.from_numpy(totals),
        torch.from_numpy(log_p),
        torch.from_numpy(ended),
        end,
        hint="totals and ended are (B, W), log_p (B, W, V)",
    )
    names = ("best", "parents", "tokens")
    found = parts(record.value, names)
    kinds = ("f", "i", "i")
    got = [
        tensor(one, totals.shape, name, kind)
        for one, name, kind in zip(found, names, kinds, strict=True)
    ]
    wanted = _slow_step(*given)
    assert not np.isnan(got[0]).any(), (
        "best has NaN: what stands in log_p of an ended beginning is of no use, and "
        "0 times an infinity is NaN"
    )
    mistakes = [(_slow_step(*given, how=how)[0], words) for how, words in HOW]
    expect(got[0], wanted[0], "the best total", mistakes, tolerance=1e-7)
    V = log_p.shape[-1]
    flat = wanted[1] * V + wanted[2]
    said = [(flat, "places among all W V candidates: wanted the beginning alone")]
    expect(got[1], wanted[1], "the parent", said)
    said = [(flat, "places among all W V candidates: wanted the token alone")]
    expect(got[2], wanted[2], "the token", said)


HOW = (
    ("grows", "an ended beginning goes on by its log_p: its total stays"),
    ("copies", "an ended beginning is there several times: it offers itself once"),
    ("leaves", "an ended beginning is gone: it stays among the candidates"),
    ("sorted", "not the best first"),
    ("greedy", "one candidate for each beginning: the W best may have one parent"),
)


def _slow_step(totals, log_p, ended, end, how: str = "") -> list[np.ndarray]:
    """One candidate after another; `how` names a mistake."""
    B, W, V = log_p.shape
    found = [np.zeros((B, W)), np.zeros((B, W), int), np.zeros((B, W), int)]
    for b in range(B):
        offers = []
        for w in range(W):
            if not ended[b, w] or how == "grows":
                own = [(totals[b, w] + log_p[b, w, v], w, v) for v in range(V)]
            else:
                own = [(totals[b, w], w, end)] * (V if how == "copies" else 1)
                own = [] if how == "leaves" else own
            offers += [max(own)] if how == "greedy" and own else own
        offers.sort(key=lambda one: -one[0])
        if how == "sorted":
            offers = offers[:W][::-1]
        for w, one in enumerate(offers[:W]):
            for field, value in zip(found, one, strict=True):
                field[b, w] = value
    return found
