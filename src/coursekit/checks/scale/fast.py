"""Checks of chapter 25: tiles under any mask, merged parts, a state that goes on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask
from coursekit.checks.values import array, expect, one_changed, parts, sizes, tensor

FAR = 200_000.0  # a score below it is as good as any other
JUNK, LOWEST = 1e12, -1e12
#: Where scores are that large, their own last digits are worth this much.
LARGE = 1e-6


def check_masked_tiles(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(q, k, v, mask, b)`: softmax over the keys that a mask shows."""
    Tq, Tk, d, d_v = sizes(rng, 4, 3, 9)
    Tk += 4
    b = int(rng.integers(2, Tk - 1))
    given = _masked(rng, Tq, Tk, d, d_v)
    _check_masked(answer, given, b, "")
    for some in (1, Tk - 1, Tk, 3 * Tk, 2):
        _check_masked(answer, given, some, "")
    for shape in ((1, Tk, d, d_v), (Tq, 1, d, d_v), (Tq, Tk, 1, 1), (5, 7, 5, 7)):
        _check_masked(answer, _masked(rng, *shape), 2, "")
    everything = _masked(rng, Tq, Tk, d, d_v)
    everything[3][:] = True
    _check_masked(answer, everything, b, "where all may be seen")
    blind = _masked(rng, Tq, Tk, d, d_v)
    blind[3][rng.integers(Tq)] = False
    _check_masked(answer, blind, b, "where a query may look at nothing")
    blind[3][:] = False
    _check_masked(answer, blind, b, "where no query may look at anything")
    late = _masked(rng, Tq, Tk, d, d_v)
    late[3][:, : Tk - 1] = False
    late[3][:, -1] = True
    words = "where the first tiles show a query nothing"
    _check_masked(answer, late, 2, words)
    _check_masked(answer, late[:3] + [late[3][:, ::-1]], 2, "where the last show none")
    for sign, words in ((-1.0, "far below zero"), (1.0, "far above zero")):
        far = _masked(rng, Tq, Tk, d, d_v)
        far[0][:] = np.abs(far[0]) + 1
        far[1][:] = sign * FAR * d**0.5 + far[1]
        _check_masked(answer, far, b, f"where scores are {words}")
    low = _masked(rng, Tq, Tk, 1, d_v)  # whole numbers, so that no digit is lost
    low[0][:], low[3][0] = 1.0, False
    low[1][:] = LOWEST + rng.integers(5, size=(Tk, 1))
    _check_masked(answer, low, b, "where scores are lower than any sentinel")
    rising = _masked(rng, Tq, Tk, 1, d_v)
    rising[0][:], rising[3][:] = 1.0, True
    rising[1][:, 0] = 40 * np.arange(Tk)
    _check_masked(answer, rising, b, "where the greatest score comes last")
    hidden = _masked(rng, Tq, Tk, d, d_v)
    column = int(rng.integers(Tk))
    hidden[3][:, column] = False
    hidden[3][:, (column + 1) % Tk] = True
    hidden[1][column], hidden[2][column] = 1e3 * np.sign(hidden[0][0]), JUNK
    _check_masked(answer, hidden, b, "where a hidden key and value are enormous")
    for some in one_changed(rng, given, _masked(rng, Tq, Tk, d, d_v)):
        _check_masked(answer, some, b, "")


def _masked(rng, Tq: int, Tk: int, d: int, d_v: int) -> list:
    """Queries, keys, values, and a mask in which each query sees something."""
    q, k = rng.normal(size=(Tq, d)), rng.normal(size=(Tk, d))
    mask = rng.random((Tq, Tk)) < 0.6
    mask[np.arange(Tq), rng.integers(Tk, size=Tq)] = True
    return [2 * q, k, rng.normal(size=(Tk, d_v)), mask]


def _check_masked(answer, given, b, words) -> None:
    q, k, v, mask = (x.copy() for x in given)
    shape = f"Tq = {len(q)}, Tk = {len(k)}, d = {q.shape[1]}, b = {b}"
    name = f"{words + ', ' if words else ''}for {shape}"
    record = ask(answer, q, k, v, mask, b, hint=name)
    got = array(record.value, (len(q), v.shape[1]), f"{name}: the output")
    wanted = _softmax_mix(_scores(q, k), v, mask)
    known = lambda: _wrong_masked(q, k, v, mask, b)  # noqa: E731
    tolerance = LARGE if np.abs(_scores(q, k)).max() > FAR / 2 else None
    expect(got, wanted, f"the output {name}", known, tolerance)


def _scores(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    return q @ k.T / q.shape[1] ** 0.5


def _softmax_mix(s: np.ndarray, v: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Each row's mean of the values it may see; zeros where there is none."""
    output = np.zeros((len(s), v.shape[1]))
    for i, row in enumerate(mask):
        if row.any():
            weights = np.exp(s[i, row] - s[i, row].max())
            output[i] = weights @ v[row] / weights.sum()
    return output


def _wrong_masked(q, k, v, mask, b) -> list:
    """What comes of known mistakes, and what to say of each."""
    s, blind = _scores(q, k), ~mask.any(1)
    evenly = _softmax_mix(s, v, mask)
    evenly[blind] = v.mean(0)
    with np.errstate(all="ignore"):
        lost = _tiles(s, v, mask, b, -np.inf, shrinks=True)
        return [
            (evenly, "a query that may look at nothing gets zeros, not the mean"),
            (_tiles(s, v, mask, b, -np.inf, shrinks=False), "shrink `o` as well"),
            (lost, _NAN),
            (np.nan_to_num(lost), _NAN),
            (_tiles(s, v, mask, b, -50_000.0, shrinks=True), _FINITE),
            (_tiles(s, v, mask, b, -50_000.0, shrinks=False), "shrink `o` as well"),
            (_softmax_mix(s, v, ~mask), "True means that a query may look"),
            (_softmax_mix(s * q.shape[1] ** 0.5, v, mask), "divide scores by √d"),
            (_softmax_mix(s, v, np.ones_like(mask)), "the mask is not used"),
        ]


_NAN = "-inf - (-inf) is not a number: a row that has seen nothing yet needs a rule"
_FINITE = "a finite number stands for hidden: a score may be lower than it"


def _tiles(s, v, mask, b, hidden: float, shrinks: bool) -> np.ndarray:
    """The rule with a number for hidden scores, maybe without shrinking the mix."""
    m = np.full(len(s), hidden)
    total, mix = np.zeros(len(s)), np.zeros((len(s), v.shape[1]))
    for left in range(0, s.shape[1], b):
        part = np.where(mask[:, left : left + b], s[:, left : left + b], hidden)
        new = np.maximum(m, part.max(1))
        weights, shrink = np.exp(part - new[:, None]), np.exp(m - new)
        total = total * shrink + weights.sum(1)
        mix = mix * (shrink[:, None] if shrinks else 1) + weights @ v[left : left + b]
        m = new
    return mix / total[:, None]


def check_merge(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(first, second)`: (output, L) over two parts' keys together."""
    T, d = sizes(rng, 2, 4, 9)
    _check_merge(answer, _parts(rng, T, d), "", mistakes=True)
    for shape in ((1, d), (T, 1), (T, T)):
        _check_merge(answer, _parts(rng, *shape), "")
    for shift in (-5000.0, 5000.0):
        far = _parts(rng, T, d)
        for _, total in far:
            total += shift
        _check_merge(answer, far, f"where L is about {shift:.0f}", mistakes=True)
    apart = _parts(rng, T, d)
    apart[0][1][:] += 3000.0
    _check_merge(answer, apart, "where the first L is far above the second")
    _check_merge(answer, apart[::-1], "where the second L is far above the first")
    rows = rng.permutation(T)
    for words, blind in (
        ("where the first has shown nothing to a query", (rows[:1], ())),
        ("where the second has shown nothing to a query", ((), rows[:1])),
        ("where neither has shown anything to a query", (rows[:1], rows[:1])),
        ("where each has shown some nothing", (rows[:2], rows[1:3])),
        ("where the first is empty", (rows, ())),
        ("where both are empty", (rows, rows)),
    ):
        given = _parts(rng, T, d)
        for (output, total), some in zip(given, blind, strict=True):
            output[list(some)], total[list(some)] = 0.0, -np.inf
        _check_merge(answer, given, words, mistakes=True)
    for first, second in one_changed(rng, given := _parts(rng, T, d), given[::-1]):
        _check_merge(answer, [first, second], "")


def _parts(rng: np.random.Generator, T: int, d: int) -> list:
    """Two parts, each an output (T, d) and a log-sum-exp (T)."""
    return [(rng.normal(size=(T, d)), 2 * rng.normal(size=T)) for _ in range(2)]


def _check_merge(answer, given, words, mistakes=False) -> None:
    first, second = ((output.copy(), total.copy()) for output, total in given)
    T, d = first[0].shape
    name = f"{words + ', ' if words else ''}for T = {T}, d = {d}"
    value = ask(answer, first, second, hint=name).value
    output, total = parts(value, ("output", "L"))
    output = array(output, (T, d), f"{name}: the output")
    total = array(total, (T,), f"{name}: L")
    right = _merged(first, second)
    known = (lambda: _wrong_merges(first, second)) if mistakes else ()
    blind = np.isinf(right[1])
    said = f"{name}: L is -inf where neither part has shown anything, and only there"
    assert np.array_equal(np.isneginf(total), blind), said
    seen = np.where(blind, 0.0, total)
    expect(seen, np.where(blind, 0.0, right[1]), f"L {name}", lambda: _wrong_totals(
        first, second) if mistakes else ())  # fmt: skip
    expect(output, right[0], f"the output {name}", known)


def _merged(first, second) -> tuple[np.ndarray, np.ndarray]:
    """Row by row: a mean weighted by exp(L), measured against the greater."""
    (one, a), (other, b) = first, second
    output, total = np.zeros_like(one), np.full(len(a), -np.inf)
    for t in range(len(a)):
        most = max(a[t], b[t])
        if np.isneginf(most):
            continue
        share, rest = np.exp(a[t] - most), np.exp(b[t] - most)
        output[t] = (share * one[t] + rest * other[t]) / (share + rest)
        total[t] = most + np.log(share + rest)
    return output, total


def _wrong_merges(first, second) -> list:
    (one, a), (other, b) = first, second
    with np.errstate(all="ignore"):
        share = np.exp(a) / (np.exp(a) + np.exp(b))
        linear = a / (a + b)
        mix = share[:, None] * one + (1 - share)[:, None] * other
        by_size = linear[:, None] * one + (1 - linear)[:, None] * other
        raw = np.exp(a)[:, None] * one + np.exp(b)[:, None] * other
    return [
        (mix, _GREATER),
        (np.nan_to_num(mix), _GREATER),
        ((one + other) / 2, "a plain mean: each part counts with its share of the sum"),
        (one + other, "outputs are divided already: weigh each with its share"),
        (by_size, "the shares are those of exp(L), not of L"),
        (raw, "divide by the whole sum"),
    ]


_GREATER = "subtract the greater L before exp: exp overflows, or is 0 / 0"


def _wrong_totals(first, second) -> list:
    a, b = first[1], second[1]
    words = "L is the log of a sum of exponentials"
    return [(a + b, words), (np.maximum(a, b), words), ((a + b) / 2, words)]


def check_go_on(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(q, k, v, S, z)`: the next tokens of causal linear attention."""
    T, d, d_v = sizes(rng, 3, 3, 8)
    _check_go_on(answer, _going(rng, T, d, d_v), "", mistakes=True)
    for shape in ((1, d, d_v), (T, 1, d_v), (T, d, 1), (T, T, T), (40, d, d_v)):
        _check_go_on(answer, _going(rng, *shape), "")
    fresh = _going(rng, T, d, d_v)
    fresh[3].zero_()
    fresh[4].zero_()
    _check_go_on(answer, fresh, "at the start of a text", mistakes=True)
    for small in (fresh[0], fresh[1]):
        small *= 1e-9
    _check_go_on(answer, fresh, "at the start of a text, with small features")
    for some in one_changed(
        rng, given := _going(rng, T, d, d_v), _going(rng, T, d, d_v)
    ):
        _check_go_on(answer, some, "")
    _check_two_calls(answer, given, int(rng.integers(1, T)))


def _going(rng: np.random.Generator, T: int, d: int, d_v: int) -> list[Tensor]:
    """Features of queries and keys, values, and a state that some tokens have left."""
    q, k, before = (rng.gamma(1.0, size=(n, d)) + 0.01 for n in (T, T, 5))
    v, past = rng.normal(size=(T, d_v)), rng.normal(size=(5, d_v))
    state = before.T @ past, before.sum(0)
    return [torch.from_numpy(x) for x in (q, k, v, *state)]


def _check_go_on(answer, given, words, mistakes=False) -> None:
    q, k, v, S, z = (x.clone() for x in given)
    name = f"{words + ', ' if words else ''}for q {tuple(q.shape)}, v {tuple(v.shape)}"
    found = ask(answer, q, k, v, S, z, hint=name).value
    wanted = _gone_on(q, k, v, S, z)
    names = ("output", "S", "z")
    known = _wrong_outputs(q, k, v, S, z) if mistakes else ()
    for got, right, what in zip(parts(found, names), wanted, names, strict=True):
        got = tensor(got, tuple(right.shape), f"{name}: {what}")
        expect(got, right, f"{what} {name}", known if what == "output" else ())


def _gone_on(q, k, v, S, z) -> tuple[Tensor, Tensor, Tensor]:
    """One token after the other."""
    outputs = []
    for t in range(len(q)):
        S = S + k[t][:, None] * v[t]
        z = z + k[t]
        outputs.append((q[t] @ S) / (q[t] @ z))
    return torch.stack(outputs), S, z


def _wrong_outputs(q, k, v, S, z) -> list:
    weights = q @ k.mT
    inner, before = weights.tril(), weights.tril(-1)
    past, below = q @ S, (q @ z)[:, None]
    return [
        (
            (past + before @ v) / (below + before.sum(-1, keepdim=True)),
            "a token sees itself",
        ),
        (
            (past + weights @ v) / (below + weights.sum(-1, keepdim=True)),
            "a token sees the tokens after it",
        ),
        (past + inner @ v, "divide by the sum of the weights"),
        (
            inner @ v / inner.sum(-1, keepdim=True),
            "the tokens before are forgotten: use S and z",
        ),
        (
            (past + inner @ v) / inner.sum(-1, keepdim=True),
            "the sum below has z in it, too",
        ),
    ]


def _check_two_calls(answer, given, cut: int) -> None:
    q, k, v, S, z = given
    whole = _gone_on(q, k, v, S, z)[0]
    state, outputs = (S, z), []
    for some in (slice(cut), slice(cut, None)):
        name = "for a text in two calls"
        parts_of = [x[some].clone() for x in (q, k, v)]
        value = ask(answer, *parts_of, *(x.clone() for x in state), hint=name).value
        output, *state = parts(value, ("output", "S", "z"))
        outputs.append(tensor(output, (len(parts_of[0]), v.shape[1]), name))
    expect(np.concatenate(outputs), whole, "the outputs of a text in two calls")
