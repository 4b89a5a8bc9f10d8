"""How good a model is, with how sure that is: one number is half an answer.

Every score is a ``Score``, a float that remembers its interval and, where the
recipe matters for comparison, its signature.
"""

from n2t.metrics.counts import (
    Score,
    accuracy,
    bits_per_byte,
    exact_match,
    perplexity,
    wilson_interval,
)
from n2t.metrics.resampling import Comparison, bootstrap, paired_bootstrap
from n2t.metrics.text import (
    bleu,
    bleu_of_statistics,
    bleu_statistics,
    chrf,
    rouge,
    split_for,
)

__all__ = [
    "Comparison",
    "Score",
    "accuracy",
    "bits_per_byte",
    "bleu",
    "bleu_of_statistics",
    "bleu_statistics",
    "bootstrap",
    "chrf",
    "exact_match",
    "paired_bootstrap",
    "perplexity",
    "rouge",
    "split_for",
    "wilson_interval",
]
