"""Checks of chapter 7: perplexity, Kneser-Ney for a bigram, temperature."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask
from coursekit.checks.values import array, expect, number, one_changed, sizes


def check_perplexity(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(logits, targets, real)` must give the perplexity of the real places."""
    B, T, V = sizes(rng, 3, 3, 9)
    _check_perplexity(answer, _batch(rng, B, T, V), _wrong_perplexities)
    small = int(rng.integers(2, 6))
    for shape in ((1, T, V), (B, 1, V), (small, small, small), (1, 1, V), (B, T, 1)):
        _check_perplexity(answer, _batch(rng, *shape))
    _check_perplexity(answer, _batch(rng, 2, int(rng.integers(300, 600)), 3))
    one, whole, rows = (_batch(rng, B, T, V) for _ in range(3))
    one[2][:] = False
    one[2][rng.integers(B), rng.integers(T)] = True
    whole[2][:] = True
    rows[2][:] = False
    rows[2][rng.integers(B)] = True
    for given in (one, whole, rows):
        _check_perplexity(answer, given)
    for dtype in (torch.float64, torch.float32):
        _check_perplexity(answer, _batch(rng, B, T, V, dtype))
        for low, high in ((2000, 5000), (-5000, -2000), (-4000, 4000)):
            logits, targets, real = _batch(rng, B, T, V, dtype)
            shift = torch.tensor(rng.integers(low, high, size=(B, T, 1)))
            given = [(logits + shift).to(dtype), targets, real]
            _check_perplexity(answer, given, hint="with logits in the thousands")
    for garbage in ("nan", "inf", "-inf", "ids below 0", "ids from V on", "ids of V"):
        given = _batch(rng, B, T, V)
        given[2][rng.integers(B), rng.integers(T)] = False
        _spoil(rng, given, garbage)
        _check_perplexity(answer, given, hint=f"with garbage in the padding: {garbage}")
    for given in one_changed(rng, _batch(rng, B, T, V), _batch(rng, B, T, V)):
        _check_perplexity(answer, given)


def _batch(rng, B: int, T: int, V: int, dtype=torch.float64) -> list[Tensor]:
    """Logits, targets and a mask whose rows have different numbers of real places."""
    logits = torch.tensor(rng.normal(size=(B, T, V)) * 2, dtype=dtype)
    targets = torch.tensor(rng.integers(V, size=(B, T)))
    lengths = rng.integers(0, T + 1, size=B)
    lengths[rng.integers(B)] = T
    if B > 1:
        lengths[rng.permutation(B)[0]] = max(1, T // 2)
    real = np.arange(T) < lengths[:, None]
    if rng.random() < 0.5:
        real = real[:, ::-1]  # padded in front
    if not real.any():
        real = ~real
    return [logits, targets, torch.tensor(real.copy())]


def _spoil(rng, given: list[Tensor], garbage: str) -> None:
    """Put garbage where there is no text."""
    logits, targets, real = given
    V = logits.shape[-1]
    if garbage in ("nan", "inf", "-inf"):
        logits[~real] = float(garbage)
        return
    low, high = {"ids below 0": (-99, 0), "ids from V on": (V, V + 99)}.get(
        garbage, (V, V + 1)
    )
    targets[~real] = torch.tensor(rng.integers(low, high, size=int((~real).sum())))


def _check_perplexity(answer: Callable, given: list, mistakes=None, hint="") -> None:
    logits, targets, real = given
    record = ask(answer, *given, hint=hint)
    got = number(record.value, "the perplexity")
    right = math.exp(_costs(logits, targets, real)[real].mean().item())
    shape = tuple(logits.shape)
    name = f"the perplexity {hint}".strip() + f", for (B, T, V) = {shape}"
    found = (lambda: mistakes(*given)) if mistakes else ()
    tolerance = 1e-6 if logits.dtype == torch.float64 else 2e-3
    expect(got, right, name, found, tolerance)


def _costs(logits: Tensor, targets: Tensor, real: Tensor) -> Tensor:
    """Nats at each place, (B, T); 0 where there is no text."""
    B, T, V = logits.shape
    costs = torch.zeros(B, T, dtype=torch.float64)
    for b in range(B):
        for t in range(T):
            if real[b, t]:
                row = logits[b, t].double()
                costs[b, t] = row.logsumexp(-1) - row[targets[b, t]]
    return costs


def _wrong_perplexities(logits, targets, real) -> Iterator[tuple]:
    """Known wrong numbers, each with what to say of it."""
    nats = _costs(logits, targets, real)
    everywhere = _costs(logits, targets, torch.ones_like(real))
    mean = nats[real].mean()
    counts = real.sum(1)
    means = nats.sum(1)[counts > 0] / counts[counts > 0]
    yield mean, "this is the cross-entropy in nats; its exponential is wanted"
    yield (
        mean / math.log(2),
        "this is the cross-entropy in bits; wanted 2 to its power",
    )
    yield 2**mean, "nats are raised as a power of e, not of 2"
    yield nats[real].sum().exp(), "the sum is to be divided by the number of places"
    yield nats.mean().exp(), "padding counts as places: divide by the real ones alone"
    yield everywhere.mean().exp(), "padding is in the sum: `real` says what is text"
    yield (
        (everywhere.sum() / real.sum()).exp(),
        "padding is in the sum, not the count",
    )
    yield means.mean().exp(), "a mean of the rows' means: short rows weigh too much"
    yield means.exp().mean(), "a mean of the rows' perplexities: sum first, divide once"
    yield nats[real].exp().mean(), "the exponential comes after the mean, not before"
    yield everywhere[~real].mean().exp(), "`real` is True where there is text"


def check_kneser_ney(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(ids, V, d)` must give p(b | a), (V, V), rows that sum to 1."""
    V = int(rng.integers(4, 9))
    for _ in range(3):
        ids, d = _text(rng, V, int(rng.integers(20, 60))), float(rng.uniform(0.2, 0.8))
        _check_kneser(answer, ids, V, d, _wrong_bigrams)
    for d in (0.0, 1.0, 0, 1):
        _check_kneser(answer, _text(rng, V, int(rng.integers(10, 40))), V, d)
    d = float(rng.uniform(0.2, 0.8))
    same = int(rng.integers(V))
    other = (same + 1 + int(rng.integers(V - 1))) % V
    edges = [same, other], [same, same], [same] * 7, [same, other] * 3, [same] * 4
    for edge in edges:
        _check_kneser(answer, np.array(edge), V, d)
    _check_kneser(answer, np.array([*edges[4], other]), V, d)  # nothing follows it
    _check_kneser(answer, np.zeros(5, dtype=int), 1, d)
    _check_kneser(answer, _text(rng, 5, 30), int(rng.integers(150, 300)), d)
    _check_kneser(answer, _text(rng, 40, 3000), 40, d)
    _check_kneser(answer, rng.integers(2, size=400), 2, d)
    given = _text(rng, V, 40), V, d
    changed = _text(rng, V, 40), V + 1, (d + 0.1) / 2
    for ids, size, less in one_changed(rng, given, changed):
        _check_kneser(answer, ids, size, less)


def _text(rng: np.random.Generator, V: int, length: int) -> np.ndarray:
    """Ids of which some are common and the last may occur once, at the end."""
    shares = rng.dirichlet(np.full(V - 1, 0.7))
    ids = rng.choice(V - 1, size=length, p=shares)
    if rng.random() < 0.5:
        ids[-1] = V - 1
    return rng.permutation(V)[ids]


def _check_kneser(answer: Callable, ids, V: int, d: float, mistakes=None) -> None:
    hint = f"for {len(ids)} ids, V = {V}, d = {d:.2f}"
    record = ask(answer, ids, V, d, hint=hint)
    got = array(record.value, (V, V), "(V, V)", why="[a, b] is p(b | a)")
    right = _kneser(ids, V, d)
    found = (lambda: mistakes(ids, V, d)) if mistakes else ()
    finite = np.isfinite(got).all()
    assert finite, f"{hint}: not every entry is a number; which row divides by 0?"
    expect(got, right, f"{hint}, the probability", found, tolerance=1e-6)


def _kneser(ids, V: int, d: float, lower=None, kinds=None) -> np.ndarray:
    """The probabilities, one pair after the other."""
    pairs: dict[tuple[int, int], int] = {}
    for a, b in zip(ids[:-1].tolist(), ids[1:].tolist(), strict=True):
        pairs[a, b] = pairs.get((a, b), 0) + 1
    if lower is None:
        lower = np.array([sum(b == c for _, b in pairs) for c in range(V)]) / len(pairs)
    p = np.zeros((V, V))
    for a in range(V):
        row = {b: n for (first, b), n in pairs.items() if first == a}
        if not row:
            p[a] = lower
            continue
        total, K = sum(row.values()), len(row) if kinds is None else kinds
        for b in range(V):
            p[a, b] = max(row.get(b, 0) - d, 0) / total + d * K / total * lower[b]
    return p


def _wrong_bigrams(ids, V: int, d: float) -> Iterator[tuple]:
    """Known wrong answers, each with what to say of it."""
    right = _kneser(ids, V, d)
    N = np.zeros((V, V))
    np.add.at(N, (ids[:-1], ids[1:]), 1)
    seen, total = N > 0, N.sum(1, keepdims=True)
    lower = seen.sum(0) / seen.sum()
    none = (total == 0)[:, 0]
    plain = np.bincount(ids, minlength=V) / len(ids)
    second = N.sum(0) / N.sum()
    before = seen.sum(1) / seen.sum()
    frequent = "the empty context counts how often b came; wanted: after how many ids"
    for other, words in (
        (plain, frequent),
        (second, frequent),
        (before, "continuations of b are the ids *before* it; you counted those after"),
        (
            np.full(V, 1 / V),
            "under the bigram lies no uniform share: continuations",
        ),
    ):
        yield _kneser(ids, V, d, other), words
    yield right.T, "[a, b] is p(b | a): rows are the contexts"
    yield _kneser(ids, V, d, kinds=V), "K counts the ids that *did* follow a, not all V"
    yield _kneser(ids, V, 0.0), "d is not taken from the counts"
    taken = np.where(none[:, None], lower, np.maximum(N - d, 0) / np.maximum(total, 1))
    yield taken, "what was taken is given to nobody: the rows do not sum to 1"
    low = N - d + d * seen.sum(1, keepdims=True) * lower
    negative = np.where(none[:, None], lower, low / np.maximum(total, 1))
    yield negative, "d is taken from counts of 0 too: nothing falls below 0"
    for rest, words in (
        (0.0, "a row of an id that nothing followed is 0: give it the continuations"),
        (
            1 / V,
            "a row of an id that nothing followed is uniform, not as continuations",
        ),
    ):
        yield np.where(none[:, None], rest, right), words
    ring = _kneser(np.append(ids, ids[0]), V, d)
    yield ring, "the last id is followed by nothing, not by the first"


def check_tempered(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(logits, temperature)` must give probabilities along the last axis."""
    B, T, V = sizes(rng, 3, 3, 8)
    for temperature in (float(rng.uniform(0.2, 0.7)), float(rng.uniform(2, 6)), 1.0):
        _check_tempered(answer, rng.normal(size=(B, T, V)), temperature, _wrong_tempers)
    square = rng.normal(size=(V, V, V))
    _check_tempered(answer, square, float(rng.uniform(2, 6)), _wrong_tempers)
    for shape in ((V,), (B, V), (B, 1), (1,), (2, B, 1, V), (1, 1, V)):
        for temperature in (0, 0.5, 2, np.inf):
            _check_tempered(answer, rng.normal(size=shape) * 3, temperature)
    far = rng.normal(size=(B, T, V)) * 3
    far += rng.permutation(np.resize([3000.0, -3000.0, 0.0], B * T)).reshape(B, T, 1)
    wide = rng.normal(size=(B, T, V)) * 1500
    ties = rng.integers(0, 3, size=(B, T, V)) * 2.0
    ties[0, 0] = 2.0
    ties[-1, -1] = [3.0, 3.0, *[1.0] * (V - 2)]
    near = rng.normal(size=(B, V))
    near[0] = near[0].max() - np.arange(V) * 1e-9  # nearly equal is not equal
    holes = rng.normal(size=(B, T, V)) * 2
    holes[rng.random(holes.shape) < 0.4] = -np.inf
    holes[..., 0] = rng.normal(size=(B, T))
    holes = rng.permuted(holes, axis=-1)
    holes[0, 0] = -np.inf
    holes[0, 0, rng.integers(V)] = float(rng.normal())
    ends = (0, 0.0, np.inf, math.inf, 1e-6, 1e6, 1, float(rng.uniform(0.3, 3)))
    for logits in (far, wide, ties, near, holes, holes - 4000, holes + 4000, ties - 9):
        for temperature in ends:
            _check_tempered(answer, logits, temperature)
    given = rng.normal(size=(B, V)), 0.7
    for logits, temperature in one_changed(rng, given, (rng.normal(size=(B, V)), 1.9)):
        _check_tempered(answer, logits, temperature)


def _check_tempered(answer: Callable, logits, temperature, mistakes=None) -> None:
    what = _what(logits)
    hint = f"at temperature {temperature:g}" + (f", {what}" if what else "")
    record = ask(answer, logits.copy(), temperature, hint=hint)
    got = array(
        record.value, logits.shape, "the probabilities", why="as logits have it"
    )
    assert np.isfinite(got).all(), (
        f"{hint}: not every probability is a number; is something divided by 0, or "
        "infinity taken from infinity, or an exponential too large?"
    )
    found = (lambda: mistakes(logits, temperature)) if mistakes else ()
    expect(got, _temper(logits, temperature), f"{hint}, the probability", found)


def _what(logits: np.ndarray) -> str:
    """What is special about these logits."""
    if np.isneginf(logits).any():
        return "where some logits are -inf"
    if np.abs(logits).max() > 1000:
        return "for logits in the thousands"
    rows = logits.reshape(-1, logits.shape[-1])
    tied = any((row == row.max()).sum() > 1 for row in rows)
    return "where several logits are equal" if tied else ""


def _temper(logits: np.ndarray, temperature: float) -> np.ndarray:
    """The probabilities, one row after the other."""
    rows = logits.reshape(-1, logits.shape[-1])
    out = np.zeros(rows.shape)
    for row, p in zip(rows, out, strict=True):
        top = max(row)
        for i, x in enumerate(row):
            if temperature == 0:
                p[i] = x == top
            elif x == -np.inf:
                p[i] = 0
            else:
                p[i] = math.exp((x - top) / temperature)
        p /= p.sum()
    return out.reshape(logits.shape)


def _softmax(x: np.ndarray, axis=-1) -> np.ndarray:
    weights = np.exp(x - x.max(axis, keepdims=True))
    return weights / weights.sum(axis, keepdims=True)


def _wrong_tempers(logits: np.ndarray, temperature: float) -> Iterator[tuple]:
    """Known wrong answers, each with what to say of it."""
    p = _softmax(logits)
    yield p, "the temperature changes nothing"
    yield _softmax(logits * temperature), "multiplied by the temperature: divide"
    yield p ** (1 / temperature), "the powers do not sum to 1: divide by their sum"
    for axis in range(logits.ndim - 1):
        other = _softmax(logits / temperature, axis)
        yield other, "the probabilities sum to 1 along another axis than the last"
    weights = np.exp((logits - logits.max()) / temperature)
    yield weights / weights.sum(), "the sum runs over all rows: each row sums to 1"
    yield p / temperature, "the probabilities are divided: divide the logits"
