"""Variants of chapter 19's exercises."""

from typing import Any

import numpy as np

from coursekit.checks.twisting import Twist


def _as_averaged(w: Any) -> Any:
    """Weights for summed processes with averaged micro-batches, as the book's."""
    found = np.asarray(w)
    return found * (len(found) / found.shape[1]) if found.ndim == 2 else w


TWISTS = {
    "ex-gpus-mfu": Twist(
        statement="`rate` counts *sequences* of `T` tokens, in a second and on *one* "
        "card, and `peak` is the FLOP/s of *all* cards together.",
        solution='''
def utilization(N, L, D, T, frozen, rate, peak, cards):
    """Model FLOP utilization, 0 to 1."""
    ### BEGIN SOLUTION
    tokens = rate * T * cards
    flops = 6 * N - 2 * frozen + 12 * L * D * T
    return flops * tokens / peak
    ### END SOLUTION
''',
        before=lambda N, L, D, T, frozen, rate, peak, cards: (
            *(N, L, D, T, frozen),
            *(rate / T / cards, peak * cards, cards),
        ),
    ),
    "ex-gpus-fit": Twist(
        statement="the states are sharded, as under FSDP: all cards together hold the "
        "16 bytes of a parameter once, each an equal part (`cards` divides "
        "`n_parameter`). And return `(steps, micro)`.",
        solution='''
def plan(memory, n_parameter, per_sequence, sequences, cards):
    """(steps, micro) with micro as large as fits."""
    ### BEGIN SOLUTION
    share, rest = divmod(sequences, cards)
    room = (memory - 16 * n_parameter // cards) // per_sequence
    for micro in range(min(room, share), 0, -1):
        if rest == 0 and share % micro == 0:
            return share // micro, micro
    raise ValueError("no micro-batch fits")
    ### END SOLUTION
''',
        before=lambda memory, n_parameter, per_sequence, sequences, cards: (
            *(memory, n_parameter * cards, per_sequence),
            *(sequences, cards),
        ),
        after=lambda found: found[::-1] if isinstance(found, tuple | list) else found,
    ),
    "ex-gpus-weights": Twist(
        statement="each process divides what adds up over $k$ by $K$, so its "
        "micro-batches are *averaged*; then the processes' gradients are *summed* over "
        "$r$, not averaged.",
        solution='''
def loss_weights(tokens):
    """Factor of each mean loss, (R, K)."""
    ### BEGIN SOLUTION
    return tokens.shape[1] * tokens / tokens.sum()
    ### END SOLUTION
''',
        after=_as_averaged,
    ),
}
