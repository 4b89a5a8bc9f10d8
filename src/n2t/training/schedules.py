"""Learning-rate schedules: the share of the peak that update ``step`` uses.

Steps count from 1. Every schedule rises in a straight line from 0 to 1 over the
first ``warmup`` steps; what follows gives it its name.
"""

import math
from collections.abc import Callable

Schedule = Callable[..., float]


def constant(step: int, *, warmup: int = 0, **_: float | int) -> float:
    """Warm up, then stay."""
    return min(1.0, step / warmup) if warmup else 1.0


def noam(step: int, *, warmup: int = 0, **_: float | int) -> float:
    """Warm up, then fall as 1/√step: the 2017 Transformer's schedule.

    Vaswani et al., "Attention Is All You Need", equation 3, divided by its own peak
    (``noam_peak``), so that the peak is 1, at ``step == warmup``.
    """
    warmup = max(warmup, 1)
    return min(step / warmup, math.sqrt(warmup / step))


def noam_peak(d_model: int, warmup: int) -> float:
    """The highest learning rate of the 2017 paper's equation 3: (d_model·warmup)^-½."""
    if d_model < 1 or warmup < 1:
        raise ValueError(f"d_model ({d_model}) and warmup ({warmup}) must be positive")
    return (d_model * warmup) ** -0.5


def cosine(
    step: int, *, max_steps: int, warmup: int = 0, final_share: float = 0.0
) -> float:
    """Warm up, then fall along half a cosine to ``final_share`` at ``max_steps``."""
    if step < warmup:
        return step / warmup
    fallen = 0.5 - 0.5 * math.cos(math.pi * _progress(step, warmup, max_steps))
    return 1.0 - (1.0 - final_share) * fallen


def linear(
    step: int, *, max_steps: int, warmup: int = 0, final_share: float = 0.0
) -> float:
    """Warm up, then fall in a straight line to ``final_share`` at ``max_steps``."""
    if step < warmup:
        return step / warmup
    return 1.0 - (1.0 - final_share) * _progress(step, warmup, max_steps)


def warmup_stable_decay(
    step: int,
    *,
    max_steps: int,
    warmup: int = 0,
    final_share: float = 0.0,
    decay_share: float = 0.2,
) -> float:
    """Warm up, stay at the peak, then fall in a line over the last ``decay_share``.

    The fall may start from any checkpoint of the flat part, so a run can be made
    longer later (Hu et al., "MiniCPM", 2024).
    """
    if step < warmup:
        return step / warmup
    start = max(warmup, round(max_steps * (1.0 - decay_share)))
    return 1.0 - (1.0 - final_share) * _progress(step, start, max_steps)


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "noam": noam,
    "cosine": cosine,
    "linear": linear,
    "warmup_stable_decay": warmup_stable_decay,
}


def _progress(step: int, start: int, end: int) -> float:
    """How far ``step`` is on the way from ``start`` to ``end``, from 0 to 1."""
    if end <= start:
        return float(step >= end)
    return min(max((step - start) / (end - start), 0.0), 1.0)
