"""Variants of chapter 0's exercises."""

import numpy as np

from coursekit.checks.twisting import Twist

TWISTS = {
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
}
