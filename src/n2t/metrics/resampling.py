"""How much of a score, or of a difference, is luck of the test set.

Bootstrap: draw as many examples as there are, with replacement, again and
again, and see how the score moves (Efron, "Bootstrap methods: another look at
the jackknife", 1979). It works for any score that is computed from rows of
numbers, one row an example; for BLEU the rows are n-gram counts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from n2t.metrics.counts import Score, check_confidence

Statistic = Callable[[np.ndarray], float]


@dataclass(frozen=True)
class Comparison:
    """Two systems on the same examples.

    Attributes:
        difference: score of the second system minus that of the first.
        low, high: interval of the difference.
        p_value: how often chance alone gives a difference as large, if the
            systems are equally good.
    """

    difference: float
    low: float
    high: float
    p_value: float


def bootstrap(
    rows: Sequence | np.ndarray,
    statistic: Statistic = np.mean,
    *,
    n_resample: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Score:
    """A score with its percentile interval.

    Args:
        rows: one entry an example, (N,) or (N, K).
        statistic: the score of some rows.
        n_resample: how often to draw.
        confidence: how often such an interval should hold the true score.
        seed: of the draws.

    Raises:
        TypeError: rows that are no numbers, None among them.
        ValueError: no rows, fewer than 1 draw, or a wrong confidence.
    """
    rows = _rows("rows", rows)
    draws = _draws(len(rows), n_resample, seed)
    scores = [float(statistic(rows[index])) for index in draws]
    return Score(float(statistic(rows)), *_percentiles(scores, confidence))


def paired_bootstrap(
    first: Sequence | np.ndarray,
    second: Sequence | np.ndarray,
    statistic: Statistic = np.mean,
    *,
    n_resample: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Is the second system better than the first, on examples like these?

    Both systems are scored on the same draws, so that hard examples are hard
    for both (Koehn, "Statistical significance tests for machine translation
    evaluation", 2004). The p value counts the draws whose difference strays
    from the observed one by as much as that is from zero.

    Args:
        first, second: rows of the same N examples, (N,) or (N, K).
        statistic, n_resample, confidence, seed: as in ``bootstrap``.

    Raises:
        TypeError: as ``bootstrap``.
        ValueError: as ``bootstrap``, or different numbers of rows.
    """
    first, second = _rows("first", first), _rows("second", second)
    if len(first) != len(second):
        raise ValueError(
            f"first ({len(first)}) and second ({len(second)}) must hold the same "
            "examples, row by row"
        )
    observed = float(statistic(second)) - float(statistic(first))
    drawn = np.array(
        [
            float(statistic(second[index])) - float(statistic(first[index]))
            for index in _draws(len(first), n_resample, seed)
        ]
    )
    strayed = np.abs(drawn - observed) >= abs(observed)
    p_value = (1 + int(strayed.sum())) / (1 + n_resample)
    return Comparison(observed, *_percentiles(drawn, confidence), p_value)


def _rows(name: str, rows: Sequence | np.ndarray) -> np.ndarray:
    array = np.asarray(list(rows) if isinstance(rows, Iterator) else rows)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers, got {str(rows):.60}")
    if array.ndim == 0 or not len(array):
        raise ValueError(f"{name} must hold at least one example, got none")
    return array


def _draws(n: int, n_resample: int, seed: int) -> Iterator[np.ndarray]:
    """Numbers of the examples that each resample holds, (N,)."""
    if n_resample < 1:
        raise ValueError(f"n_resample ({n_resample}) must be at least 1")
    rng = np.random.default_rng(seed)
    return (rng.integers(n, size=n) for _ in range(n_resample))


def _percentiles(
    scores: Sequence[float] | np.ndarray, confidence: float
) -> tuple[float, float]:
    tail = (1 - check_confidence(confidence)) / 2
    low, high = np.quantile(scores, [tail, 1 - tail])
    return float(low), float(high)
