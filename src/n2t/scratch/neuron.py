"""A neuron that spikes, and one that learns: the two models of chapter 1."""

from typing import NamedTuple

import numpy as np


class Spikes(NamedTuple):
    """What a simulated neuron did: times in seconds, potentials in volts."""

    times: np.ndarray  # (steps,)
    potential: np.ndarray  # (steps,)
    spikes: np.ndarray  # (number of spikes,), the time of each


def leaky_integrate_and_fire(
    current: np.ndarray,
    *,
    dt: float = 1e-4,
    tau: float = 0.020,
    resistance: float = 1e7,
    rest: float = -0.065,
    threshold: float = -0.050,
    refractory: float = 0.002,
) -> Spikes:
    """A membrane that charges, leaks, fires and rests, driven by `current`.

    tau dv/dt = -(v - rest) + resistance · current, until v reaches `threshold`:
    then a spike is recorded, and v is held at `rest` for `refractory` seconds
    (Gerstner et al. 2014, chapter 1). `current` is in amperes, (steps,), one
    value every `dt` seconds; within a step it is constant and the equation is
    solved exactly.
    """
    current = np.asarray(current, dtype=float)
    if current.ndim != 1 or not current.size:
        raise ValueError(f"current has shape {current.shape}, wanted (steps,)")
    if not threshold > rest:
        raise ValueError(f"threshold ({threshold}) must be above rest ({rest})")
    if min(dt, tau) <= 0 or refractory < 0:
        raise ValueError(
            f"dt ({dt}) and tau ({tau}) must be above 0, refractory "
            f"({refractory}) must not be below 0"
        )
    decay = np.exp(-dt / tau)
    times = dt * np.arange(1, len(current) + 1)
    potential, spikes = np.empty(len(current)), []
    v, waiting = rest, 0
    for step, target in enumerate(rest + resistance * current):
        if waiting:
            waiting -= 1
        else:
            v = target + (v - target) * decay
        if v >= threshold:
            spikes.append(times[step])
            v, waiting = rest, round(refractory / dt)
        potential[step] = v
    return Spikes(times, potential, np.array(spikes))


def fit_perceptron(
    x: np.ndarray, label: np.ndarray, max_epochs: int = 100
) -> tuple[np.ndarray, list[int]]:
    """The perceptron (Rosenblatt 1958) with its error-correcting rule.

    `x` is (B, inputs), `label` (B,) holds +1 and -1. Whenever an example is on
    the wrong side, label · x is added to the weights and label to the bias.
    Returns the weights (inputs + 1,), the bias last, and the number of mistakes
    in each epoch; it stops after the first epoch without one, which comes for
    every linearly separable set (Novikoff 1962), or after `max_epochs`.
    """
    if x.ndim != 2 or label.shape != x.shape[:1] or not len(x):
        raise ValueError(
            f"x has shape {x.shape} and label {label.shape}, "
            "wanted (B, inputs) and (B,)"
        )
    if not np.isin(label, (-1, 1)).all():
        raise ValueError(f"label holds {np.unique(label)}, wanted only -1 and +1")
    rows = np.column_stack([x, np.ones(len(x))])  # the bias reads a constant 1
    weights, mistakes = np.zeros(rows.shape[1]), []
    for _ in range(max_epochs):
        wrong = 0
        for row, side in zip(rows, label, strict=True):
            if side * (row @ weights) <= 0:
                weights += side * row
                wrong += 1
        mistakes.append(wrong)
        if wrong == 0:
            break
    return weights, mistakes
