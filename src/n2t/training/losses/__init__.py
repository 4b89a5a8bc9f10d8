"""Losses: each gives the *sum* over tokens and the number of tokens.

A sum and a count, and not a mean, because batches differ in length: only the sums
of several batches, or of several processes, divided by all their tokens, give the
loss that one large batch would.
"""

from n2t.training.losses.chunked import chunked_cross_entropy, chunked_r_drop
from n2t.training.losses.summed import (
    Loss,
    SummedLoss,
    check_sum,
    check_summed,
    classification_loss,
    cross_entropy,
    language_model_loss,
    translation_loss,
)

__all__ = [
    "Loss",
    "SummedLoss",
    "check_sum",
    "check_summed",
    "chunked_cross_entropy",
    "chunked_r_drop",
    "classification_loss",
    "cross_entropy",
    "language_model_loss",
    "translation_loss",
]
