"""Attentions that a test for padding judges: right ones, and wrong ones of each kind.

A right one never looks at a padded place, so it may hold anything: numbers in the
thousands, NaN, nothing at all. In a wrong one, padding matters for any sizes and any
mask. All are functions of their arguments alone, drawn anew for each judgement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

Attend = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
COVERED = 6  #: leaks reach each place, query and feature, of this many
LARGEST = 10**7  #: Tq Tk d of one call


def drawn(
    rng: np.random.Generator, masks: list[bool]
) -> list[tuple[Attend, bool, str]]:
    """(a function, whether it sees padding, what it is), in a random order.

    Each call adds to `masks` whether its mask had a real place.
    """
    right = [(one, False, f"a right one, {what}") for one, what in _right(rng)]
    wrong = [(one, True, f"one {what}") for one, what in _wrong(rng)]
    right, wrong = (
        [(_taking(one, masks), *rest) for one, *rest in some] for some in (right, wrong)
    )
    cases = right + wrong
    return [cases[place] for place in rng.permutation(len(cases))]


def _taking(attend: Attend, masks: list[bool]) -> Attend:
    """`attend` of what a test may hand over: other types, a mask that keeps nothing."""

    def taking(query, memory, mask):
        query, memory = (np.array(x, float, ndmin=1) for x in (query, memory))
        mask = np.array(mask, bool)
        fits = query.shape[1:] == memory.shape[1:] and query.ndim == 2
        if not fits or mask.shape != memory.shape[:1]:
            raise ValueError(
                "attend wants (Tq, d), (Tk, d) and (Tk,); got "
                f"{query.shape}, {memory.shape} and {mask.shape}"
            )
        if query.size * len(memory) > LARGEST:
            raise ValueError(f"Tq Tk d is above {LARGEST:,}: smaller arrays will do")
        masks.append(bool(mask.any()))
        with np.errstate(all="ignore"):
            return attend(query, memory, mask)

    return taking


def _scores(query: np.ndarray, memory: np.ndarray) -> np.ndarray:
    """(Tq, Tk), close together for any memory, so that no place counts for nothing.

    Not finite for memory that is not.
    """
    products = (query[:, None] * memory).sum(-1) / query.shape[1] ** 0.5
    return np.copysign(np.log1p(np.abs(products)), products) / 2 + 0 * products


def _softmax(scores: np.ndarray) -> np.ndarray:
    exps = np.exp(scores - scores.max(-1, keepdims=True, initial=-1e9))
    return exps / exps.sum(-1, keepdims=True)


def _mean(weights: np.ndarray, memory: np.ndarray) -> np.ndarray:
    """Weights (Tq, Tk) times memory; the sums do not depend on how it lies."""
    return (weights[:, :, None] * memory).sum(1)


def _soft(query: np.ndarray, memory: np.ndarray, size: float = 1.0) -> np.ndarray:
    """Attention over all of a memory; zeros where it is empty."""
    if not len(memory):
        return np.zeros(query.shape)
    return size * _mean(_softmax(_scores(query, memory)), memory)


def _selecting(read: Callable) -> Attend:
    """Right: `read(query, memory)` gets the real places only."""
    return lambda query, memory, mask: read(query, memory[mask])


def _right(rng: np.random.Generator) -> Iterator[tuple[Attend, str]]:
    for size in (1.0, *(10.0 ** rng.uniform(-1, 5, size=2))):
        yield _selecting(partial(_soft, size=size)), f"times {size:.2g}"
    yield _selecting(_hard), "which picks the best real place"
    yield _selecting(_plain), "the mean of the real places"
    place = int(rng.integers(1000))
    yield _selecting(partial(_one, place=place)), "which picks one real place"
    number = float(rng.normal())
    yield _selecting(lambda q, m: q + number), "which gives the query, moved"
    yield _selecting(lambda q, m: np.full(q.shape, number)), "which gives a constant"
    yield _selecting(lambda q, m: q * m.sum()), "the query times a sum"


def _hard(query: np.ndarray, memory: np.ndarray) -> np.ndarray:
    if not len(memory):
        return np.zeros(query.shape)
    return memory[_scores(query, memory).argmax(-1)]


def _plain(query: np.ndarray, memory: np.ndarray) -> np.ndarray:
    return np.zeros(query.shape) + memory.sum(0) / max(len(memory), 1)


def _one(query: np.ndarray, memory: np.ndarray, place: int) -> np.ndarray:
    return query + memory[place % len(memory)] if len(memory) else query


def _wrong(rng: np.random.Generator) -> Iterator[tuple[Attend, str]]:
    yield _selecting_nothing, "without a mask"
    yield lambda q, m, mask: _soft(q, m[~mask]), "whose mask is turned round"
    yield _afterwards, "that masks after the softmax"
    yield _wrong_axis, "with the mask along the queries"
    for below in rng.uniform(0, 4, size=3):
        yield partial(_filled, below=below), "with a fill that is too weak"
    for which in rng.permutation(COVERED)[:2]:
        yield partial(_short, which=int(which)), "that takes one padded place for real"
    start = rng.integers(1000, size=4)
    for number in range(COVERED):
        effect = float(rng.uniform(0.1, 1))
        yield partial(_leaks, at=start + number, effect=effect), "with a single leak"
    sizes = [*rng.uniform(8, 16, size=COVERED // 2), *10 ** rng.uniform(3.3, 4, size=3)]
    for moved in rng.permutation(np.resize([-1, 1], COVERED)) * sizes:
        start = rng.integers(1000, size=4)
        faint = partial(_leaks, at=start, effect=1e-3, moved=float(moved))
        yield faint, "with a single leak of 0.001 of a number"
    for effect, size in ((1e-3, 1.0), *10 ** rng.uniform((-3, 0), (-1, 3), (2, 2))):
        at = int(rng.integers(1000)), int(rng.integers(1000))
        leak = partial(_tiny, at=at, effect=effect, size=size)
        yield leak, f"with a leak of {effect:.2g} of what a place gives"


def _selecting_nothing(query, memory, mask) -> np.ndarray:
    return _soft(query, memory)


def _afterwards(query, memory, mask) -> np.ndarray:
    """The padding's share is taken away, not handed on: the real ones' is smaller."""
    weights = _softmax(_scores(query, memory))
    return _mean(weights[:, mask], memory[mask])


def _wrong_axis(query, memory, mask) -> np.ndarray:
    """The published bug: the mask along the queries hides no key."""
    rows = np.resize(mask, len(query))[:, None]
    scores = _scores(query, memory)
    return _mean(_softmax(np.where(rows, scores, -1e9 + 0 * scores)), memory)


def _filled(query, memory, mask, below: float) -> np.ndarray:
    """Padding's score is only a little `below` the best of the real ones."""
    scores = _scores(query, memory)
    best = scores[:, mask].max(-1, keepdims=True, initial=-1.0)
    return _mean(_softmax(np.where(mask, scores, best - below)), memory)


def _short(query, memory, mask, which: int) -> np.ndarray:
    """Right, but that one padded place counts as real."""
    mask, padded = mask.copy(), np.flatnonzero(~mask)
    if len(padded):
        mask[padded[which % len(padded)]] = True
    return _soft(query, memory[mask])


def _leaks(query, memory, mask, at, effect: float, moved: float = 0.0) -> np.ndarray:
    """One number of one padded place reaches one number of one output.

    All outputs are `moved`, so that a share of them is far more than the leak.
    """
    out, padded = moved + _soft(query, memory[mask]), np.flatnonzero(~mask)
    if len(padded):
        place, read = padded[at[0] % len(padded)], at[1] % memory.shape[1]
        out[at[2] % len(out), at[3] % out.shape[1]] += effect * memory[place, read]
    return out


def _tiny(query, memory, mask, at: tuple, effect: float, size: float) -> np.ndarray:
    """A small share of one padded place reaches one output."""
    out, padded = _soft(query, memory[mask]), np.flatnonzero(~mask)
    if len(padded):
        out[at[0] % len(out)] += effect * memory[padded[at[1] % len(padded)]]
    return size * out
