"""Variants of chapter 4's exercises."""

from typing import Any

import numpy as np

from coursekit.checks.twisting import Twist


def _columns(w: Any, slopes: Any, rates: Any, betas: Any, tiny: Any, decay: Any):
    return w, np.ascontiguousarray(slopes.T), rates, betas, tiny, decay


def _turned(value: Any) -> Any:
    """(n, steps) to (steps, n)."""
    return np.asarray(value).T


def _kept(x: Any, dy: Any, noise: Any, p: float, training: bool) -> tuple:
    """The chance that an entry stays, in place of the chance that it is dropped."""
    return x, dy, 1 - noise, 1 - p, training


def _half(value: Any) -> Any:
    """The rates of the variant, which are twice as high."""
    return np.asarray(value) / 2


TWISTS = {
    "ex-train-adamw": Twist(
        statement="`slopes` is (n, steps): one row for each weight. The result is "
        "(n, steps) as well.",
        solution='''
def adamw_path(w, slopes, rates, betas, tiny, decay):
    """The weights after each update, (n, steps)."""
    ### BEGIN SOLUTION
    path = np.zeros(slopes.shape)
    for place in range(len(w)):
        value = w[place]
        mean = square = 0.0
        count = 0
        for step, dw in enumerate(slopes[place]):
            if not np.isnan(dw):
                count += 1
                mean = betas[0] * mean + (1 - betas[0]) * dw
                square = betas[1] * square + (1 - betas[1]) * dw**2
                fair = mean / (1 - betas[0] ** count)
                typical = np.sqrt(square / (1 - betas[1] ** count)) + tiny
                value = (1 - rates[step] * decay) * value
                value = value - rates[step] * fair / typical
            path[place, step] = value
    return path
    ### END SOLUTION
''',
        before=_columns,
        after=_turned,
    ),
    "ex-train-schedule": Twist(
        statement="Everything is twice as high: the rate rises to 2 · `peak`, stays "
        "there, and falls from there.",
        solution='''
def rates(steps, warmup, fall, peak):
    """The rate of each update, (steps,)."""
    ### BEGIN SOLUTION
    found = []
    for k in range(1, steps + 1):
        share = min(1.0, (steps + 1 - k) / (fall + 1))
        if warmup:
            share = min(share, k / warmup)
        found.append(2 * peak * share)
    return np.array(found)
    ### END SOLUTION
''',
        after=_half,
    ),
    "ex-train-dropout": Twist(
        statement="`p`, above 0 and up to 1, is the chance that an entry *stays*: it "
        "stays where its noise is at most `p`.",
        solution='''
def dropout(x, dy, noise, p, training):
    """The result, and the gradient with respect to x."""
    ### BEGIN SOLUTION
    factor = (noise <= p) / p if training else np.ones(x.shape)
    return x * factor, dy * factor
    ### END SOLUTION
''',
        before=_kept,
    ),
}
