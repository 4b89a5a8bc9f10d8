"""Variants of chapter 21's exercises."""

from typing import Any

from coursekit.checks.twisting import Twist


def _masked(logits: Any, ids: Any, lengths: Any, end: Any) -> tuple:
    import torch

    padded = torch.arange(ids.shape[1]) >= lengths[:, None]
    return logits, ids, padded, end


def _half_open(value: Any) -> Any:
    return [(start, last + 1, first) for start, last, first in value]


def _transposed(value: Any) -> Any:
    return value.T if getattr(value, "ndim", 0) == 2 else value


TWISTS = {
    "ex-gpt-loss": Twist(
        statement="Instead of `lengths` comes `padded`, a boolean tensor (B, T), "
        "True where there is padding.",
        solution='''
def text_loss(logits, ids, padded, end):
    """Mean nats of each token of a text after those before it."""
    ### BEGIN SOLUTION
    real = ~padded[:, 1:]                            # (B, T - 1)
    guesses = logits[:, :-1][real]                   # (tokens, V)
    return F.cross_entropy(guesses, ids[:, 1:][real])
    ### END SOLUTION
''',
        before=_masked,
    ),
    "ex-gpt-windows": Twist(
        statement="The triples are `(start, last, first)`: `last` is the last token "
        "that the window reads, not the one behind it.",
        solution='''
def windows(n, length, stride):
    """(start, last, first) of windows that score each token once."""
    ### BEGIN SOLUTION
    found, done, start = [], 0, 0
    while done < n:
        end = min(start + length, n)
        found.append((start, end - 1, done))
        done = end
        start += stride
    return found
    ### END SOLUTION
''',
        after=_half_open,
    ),
    "ex-gpt-induction": Twist(
        statement="The result is $(V, T)$: **column** $t$ says what comes after "
        "`ids[t]`.",
        solution='''
def induction(ids, V, share):
    """What followed the same id before will follow it again."""
    ### BEGIN SOLUTION
    p = np.full((V, len(ids)), 1 / V)
    followed = {}
    for t, i in enumerate(ids.tolist()):
        if t > 0:
            followed[int(ids[t - 1])] = i
        if i in followed:
            p[:, t] = (1 - share) / V
            p[followed[i], t] += share
    return p
    ### END SOLUTION
''',
        after=_transposed,
    ),
}
