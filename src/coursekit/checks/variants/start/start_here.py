"""Variants of chapter 0's exercises."""

from itertools import accumulate, chain
from typing import Any

import numpy as np

from coursekit.checks.twisting import Twist


def _flat(sentences: list, pad_id: int) -> tuple:
    """All words in one list, and where each sentence ends in it."""
    return list(chain(*sentences)), list(accumulate(map(len, sentences))), pad_id


def _squared(root: Any) -> Any:
    """A number's square with its sign; what is no number stays as it came."""
    return root * abs(root) if hasattr(root, "__abs__") else root


TWISTS = {
    "ex-start-pad": Twist(
        statement="the function is `pad(words, ends, pad_id)`. `words` is one flat "
        "list, all sentences one after another; `ends` has for each sentence the "
        "place at which it ends, that is, where the next begins. The result is as "
        "before.",
        solution='''
def pad(words, ends, pad_id):
    """Ids (B, T) and the mask of real words (B, T)."""
    ### BEGIN SOLUTION
    starts = [0, *ends[:-1]]
    lengths = np.array(ends) - np.array(starts)
    T = lengths.max()
    ids = np.full((len(ends), T), pad_id)
    for row, start, end in zip(ids, starts, ends):
        row[: end - start] = words[start:end]
    return ids, np.arange(T) < lengths[:, None]
    ### END SOLUTION
''',
        before=_flat,
    ),
    "ex-start-mean": Twist(
        statement="`x` has its axes in the order (T, B, D), places first, and the "
        "second argument is `leave_out` (T, B): True marks the places that do "
        "**not** count. The result is (B, D), as before.",
        solution='''
def mean_of_kept(x, leave_out):
    """Mean over the places where `leave_out` is False, (B, D)."""
    ### BEGIN SOLUTION
    kept = np.where(leave_out[:, :, None], 0.0, x)   # (T, B, D)
    count = (~leave_out).sum(axis=0)[:, None]        # (B, 1)
    return kept.sum(axis=0) / np.maximum(count, 1)
    ### END SOLUTION
''',
        before=lambda x, keep: (np.swapaxes(x, 0, 1), ~keep.T),
    ),
    "ex-start-refuse": Twist(
        statement="`squared_error` returns the **root** of the mean squared error. "
        "(What the check says of your loss is about its square.)",
        solution='''
def squared_error(prediction, target):
    """Root of the mean squared error; shapes must be equal."""
    ### BEGIN SOLUTION
    if prediction.shape != target.shape:
        raise ValueError(
            f"prediction {prediction.shape} and target {target.shape} "
            "must have the same shape")
    return np.sqrt(((prediction - target) ** 2).mean())
    ### END SOLUTION
''',
        after=_squared,
    ),
}
