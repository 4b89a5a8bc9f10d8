"""Does a model that says 80% turn out right in 80% of the cases?

Predictions are sorted into bins by their probability; in each, the mean probability is
held against the share that came true (Guo et al., "On calibration of modern neural
networks", 2017, where the confidence of the chosen class is binned; here it is the
probability of the class that is asked about).
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Reliability:
    """What was promised and what came true, bin by bin; empty bins are left out.

    Attributes:
        promised: mean probability of each bin, (K,).
        kept: share that came true, (K,).
        counts: how many predictions, (K,).
    """

    promised: Float[np.ndarray, " bins"]
    kept: Float[np.ndarray, " bins"]
    counts: Int[np.ndarray, " bins"]

    @property
    def error(self) -> float:
        """The mean distance of the two, each bin weighted by its predictions."""
        gaps = np.abs(self.promised - self.kept)
        return float((gaps * self.counts).sum() / self.counts.sum())


def _numbers(values: Any) -> np.ndarray:
    """What comes as an array, a list, or one number after the other."""
    return np.asarray(list(values) if isinstance(values, Iterator) else values, float)


def reliability(
    probabilities: ArrayLike | Iterable[float],
    happened: ArrayLike | Iterable[float],
    n_bin: int = 10,
) -> Reliability:
    """Predictions sorted into bins of equal width; a probability of 1 is in the last.

    Args:
        probabilities: of the class that is asked about, (N,), from 0 to 1.
        happened: 1 where it was that class, 0 where not, (N,).
        n_bin: how many bins.

    Raises:
        ValueError: no predictions, different lengths, or a number out of range.
    """
    p, y = _numbers(probabilities), _numbers(happened)
    if p.ndim != 1 or p.shape != y.shape or not len(p):
        raise ValueError(
            f"probabilities {p.shape} and happened {y.shape} must be equally long "
            "lists with at least one entry"
        )
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("probabilities must be from 0 to 1")
    if not np.isin(y, (0, 1)).all():
        raise ValueError("happened must be 0 or 1")
    if n_bin < 1:
        raise ValueError(f"n_bin ({n_bin}) must be at least 1")
    place = np.minimum((p * n_bin).astype(int), n_bin - 1)
    counts = np.bincount(place, minlength=n_bin)
    full = counts > 0
    sums = [np.bincount(place, weights=values, minlength=n_bin) for values in (p, y)]
    promised, kept = (total[full] / counts[full] for total in sums)
    return Reliability(promised, kept, counts[full])


def best_temperature(
    logits: ArrayLike | Iterable[float],
    happened: ArrayLike | Iterable[float],
    steps: int = 60,
) -> float:
    """The temperature τ with the least log loss of σ(logit / τ).

    The loss is convex in 1/τ, so halving the interval of a falling slope finds it.
    Accuracy does not change: the sign of a logit stays.

    Args:
        logits: log-odds of the class that is asked about, (N,).
        happened: 1 where it was that class, 0 where not, (N,).
        steps: halvings of the interval from 1/1000 to 1000 (of 1/τ, in logarithm).

    Raises:
        ValueError: no predictions or different lengths.
    """
    z, y = _numbers(logits), _numbers(happened)
    if z.ndim != 1 or z.shape != y.shape or not len(z):
        raise ValueError(
            f"logits {z.shape} and happened {y.shape} must be equally long lists with "
            "at least one entry"
        )
    low, high = math.log(1e-3), math.log(1e3)
    for _ in range(steps):
        middle = (low + high) / 2
        p = 0.5 * (1 + np.tanh(z * math.exp(middle) / 2))
        rising = float((z * (p - y)).sum()) > 0
        low, high = (low, middle) if rising else (middle, high)
    return math.exp(-(low + high) / 2)
