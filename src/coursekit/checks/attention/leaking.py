"""Functions (T, d) -> (T, d), drawn anew, for a test that must tell which look ahead.

Those that do not leak compute each output from a slice of what came before: to the last
bit the same, whatever comes later, NaN too. Those that do leak show it for every T from
`LENGTH` up and every d, wherever a later input is moved in all its features, and no
input is so large that an exponential hides it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

LENGTH = 6
FAINT = 1e-5  #: the smallest leak, as a share of how far an input moves

Attend = Callable[[np.ndarray], np.ndarray]
Case = tuple[Attend, bool, str]


def cases(rng: np.random.Generator) -> list[Case]:
    """(function, does it leak, what it is), in the order in which they are told."""
    return [*_right(rng), *_wrong(rng), *_faint(rng)]


def _right(rng: np.random.Generator) -> list[Case]:
    attend, wide = _attention(rng, _to(0)), int(rng.integers(2, 5))
    return [
        (_each(lambda past: past[:-1].sum(0) / max(1, len(past) - 1)), False,
         "a mean of what came before"),
        (attend, False, "a causal attention"),
        (_attention(rng, _to(-1)), False, "one that sees only what is before it"),
        (_each(lambda past: np.tanh(past[-1]) - 1), False, "one that sees only itself"),
        (_each(lambda past: past.sum(0)), False, "a sum of everything so far"),
        (_each(lambda past: past[-wide:].max(0)), False, "the largest of the last few"),
        (_far(rng, attend), False, "a causal attention with large outputs"),
    ]  # fmt: skip


def _wrong(rng: np.random.Generator) -> list[Case]:
    causal = _attention(rng, _to(0))
    turned = slice(1, None), slice(0, None)
    own = turned[rng.integers(2)]
    return [
        (_attention(rng, lambda t, T: range(T)), True, "one without a mask"),
        (_attention(rng, lambda t, T: range(T)[t:][own]), True,
         "one whose mask is turned round"),
        (_attention(rng, _to(1)), True, "one that sees a single step ahead"),
        (_masked_late(rng), True, "one that is masked after its softmax"),
        (lambda x: causal(_given(x) - _given(x).mean(0)), True,
         "a causal one that takes the mean of all inputs away first"),
        (lambda x: _given(x)[::-1] + causal(x), True, "one that reads backwards"),
    ]  # fmt: skip


def _faint(rng: np.random.Generator) -> list[Case]:
    """Functions that leak from one place to one output, in one feature, or faintly."""
    causal = _attention(rng, _to(0))
    late, early = sorted(rng.permutation(LENGTH)[:2].tolist()), int(rng.integers(5))
    later = FAINT * (1 + rng.random())
    features = [
        rng.permutation([0, 1, 2, 3, order]) for order in rng.integers(4, size=2)
    ]
    ways = [
        (lambda T: (T - 2, T - 1), "one that leaks at the last step only"),
        (lambda T: (0, T - 1), "one whose first query sees the last key"),
        (lambda T: (0, 1), "one that leaks at the first step only"),
        (lambda T: (T - 1 - late[1], T - 1 - late[0]),
         "one that leaks from one place to one other"),
        (lambda T: (early, LENGTH - 1), "one that leaks from one place to one other"),
    ]  # fmt: skip
    found = []
    for (way, what), *pair in zip(ways, *features, strict=True):
        size = float(rng.choice([1.0, 0.1, 0.01]))
        found.append((_leaking(causal, way, size, pair), True, what))
    faint = _leaking(_far(rng, causal), ways[3][0], later, rng.integers(4, size=2))
    far = _far(rng, causal)
    up = int(rng.integers(4))
    down = up + 1  # another feature, whatever d is
    paired = _leaking(causal, ways[4][0], FAINT, (up, down))
    back = _leaking(paired, ways[4][0], -FAINT, (down, down))
    return [
        *found,
        (lambda x: back(x) if _given(x).shape[1] > 1 else paired(x), True,
         "one that leaks little, up in one feature and down in another"),
        (faint, True, "one that leaks from one place only, and little"),
        (lambda x: far(x) + later * _sums_ahead(x), True,
         "one without a mask that leaks little"),
    ]  # fmt: skip


def _given(x: object) -> np.ndarray:
    """A copy of `x` in float64; raises `ValueError` unless it has two axes."""
    found = np.array(x, dtype=float)
    if found.ndim != 2:
        raise ValueError(f"attend takes an array (T, d), got shape {found.shape}")
    return found


def _each(function: Callable) -> Attend:
    """Output t is `function` of the inputs up to t, its own the last."""

    def attend(x):
        x = _given(x)
        rows = [function(x[: t + 1]) for t in range(len(x))]
        return np.array(rows).reshape(x.shape)

    return attend


def _to(ahead: int) -> Callable:
    return lambda t, T: range(min(T, t + 1 + ahead))


def _attention(rng: np.random.Generator, sees: Callable) -> Attend:
    """An attention; query t sees the keys ``sees(t, T)``; if there are none, zeros."""
    exps = _exponentials(rng)

    def attend(x):
        x = _given(x)
        out = np.zeros_like(x)
        for t in range(len(x)):
            keys = x[list(sees(t, len(x)))]
            if len(keys):
                weights = exps(x[t], keys)
                out[t] = (weights[:, None] * keys).sum(0) / weights.sum()
        return out

    return attend


def _exponentials(rng: np.random.Generator) -> Callable:
    """e^score of a query with each key; scores stay small for inputs of any size."""
    one, other = rng.normal(size=2)

    def exps(query, keys):
        query, keys = _small(query + one), _small(keys + other)
        return np.exp((keys * query).sum(-1) / np.sqrt(len(query)))

    return exps


def _small(x: np.ndarray) -> np.ndarray:
    """Each number brought between -1 and 1, different ones to different places."""
    return x / (1 + np.abs(x))


def _masked_late(rng: np.random.Generator) -> Attend:
    """Forbidden weights are set to 0 after the softmax: they still take their share."""
    exps, shift = _exponentials(rng), 1 + rng.random()

    def attend(x):
        x = _given(x)
        out = np.zeros_like(x)
        for t in range(len(x)):
            weights = exps(x[t], x)
            kept = weights[: t + 1, None] * (np.abs(x[: t + 1]) + shift)
            out[t] = kept.sum(0) / weights.sum()
        return out

    return attend


def _far(rng: np.random.Generator, attend: Attend) -> Attend:
    """`attend` with outputs of some tens: a relative tolerance is a wide one there."""
    offset = float(rng.choice([-1, 1]) * rng.uniform(30, 60))
    return lambda x: attend(x) + offset


def _leaking(base: Attend, way: Callable, share: float, features) -> Attend:
    """`base`, but output i also gets `share` of input j, in one feature each.

    ``way(T)`` gives i and j. Sequences that are too short for them do not leak.
    """
    to, of = (int(feature) for feature in features)

    def attend(x):
        x, out = _given(x), base(x)
        T, d = x.shape
        i, j = way(T)
        if d and 0 <= i < j < T:
            out[i, to % d] += share * x[j, of % d]
        return out

    return attend


def _sums_ahead(x: object) -> np.ndarray:
    """For each place the sum of the inputs after it."""
    x = _given(x)
    return np.array([x[t + 1 :].sum(0) for t in range(len(x))]).reshape(x.shape)
