"""Variants of chapter 10's exercises."""

from collections.abc import Callable
from typing import Any

import numpy as np

from coursekit.checks.twisting import Twist


def _exchanged(value: Any) -> Any:
    """A pair in the other order; what is no pair stays as it is."""
    return value[::-1] if isinstance(value, tuple | list) else value


def _asked_otherwise(attend: Callable) -> tuple:
    """`attend`, with the memory first and a mask that is True at padding."""

    def turned(memory: Any, query: Any, padding: Any) -> np.ndarray:
        return attend(query, memory, ~np.array(padding, bool))

    return (turned,)


TWISTS = {
    "ex-attn-general": Twist(
        statement="The last argument is `hidden` (B, Tk): True marks the places that "
        "may **not** be attended to. Return the weights first, then the context.",
        solution='''
def general(query, memory, W, hidden):
    """Weights (B, Tq, Tk) and context (B, Tq, d_k)."""
    ### BEGIN SOLUTION
    scores = query @ W @ memory.mT                   # (B, Tq, Tk)
    scores = scores.masked_fill(hidden[:, None], -torch.inf)
    weights = scores.softmax(-1)
    return weights, weights @ memory
    ### END SOLUTION
''',
        before=lambda query, memory, W, mask: (query, memory, W, ~mask[:, 0]),
        after=_exchanged,
    ),
    "ex-attn-padding": Twist(
        statement="You are given `attend(memory, query, padding)`: "
        "memory (Tk, d) comes first, and in `padding` (Tk,) True marks a place of "
        "**padding**.",
        solution='''
def sees_padding(attend):
    """Does any output of `attend(memory, query, padding)` depend on padding?"""
    ### BEGIN SOLUTION
    g = np.random.default_rng(1)
    query, memory = g.normal(size=(4, 3)), g.normal(size=(6, 3))
    padding = np.arange(6) >= 3
    before = np.array(attend(memory, query, padding))
    for place in (3, 4, 5):
        moved = memory.copy()
        moved[place] += 3.0
        if np.abs(attend(moved, query, padding) - before).max() > 1e-9:
            return True
    return False
    ### END SOLUTION
''',
        before=_asked_otherwise,
    ),
    "ex-attn-leave": Twist(
        statement="Write `leave_one_out(points, sharpness)` instead: `points` is "
        "(N, 2), each row the value $y$ and then the place $x$; `sharpness` stands "
        r"for $1/2\sigma^2$.",
        solution='''
def leave_one_out(points, sharpness):
    """Nadaraya-Watson at every place, from the other points: (N,)."""
    ### BEGIN SOLUTION
    y, x = points.T
    scores = -((x[:, None] - x) ** 2) * sharpness
    np.fill_diagonal(scores, -np.inf)
    return softmax(scores) @ y
    ### END SOLUTION
''',
        before=lambda x, y, bandwidth: (np.stack([y, x], 1), 1 / (2 * bandwidth**2)),
    ),
}
