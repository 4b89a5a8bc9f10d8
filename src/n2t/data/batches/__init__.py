"""Batches: examples sorted and padded, in an order that can be taken up.

>>> pairs = [([5, 6, 7], [8]), ([5], [9, 9])]
>>> batches = TokenBatches(pairs, max_tokens=8, shuffle=False)
>>> next(iter(batches)).target_in
tensor([[1, 9, 9],
        [1, 8, 0]])
"""

from n2t.data.batches.buckets import Buckets, pad
from n2t.data.batches.epochs import Epochs
from n2t.data.batches.labels import LabeledBatches
from n2t.data.batches.pairs import Batch, TokenBatches
from n2t.data.batches.resampled import ResampledBatches
from n2t.data.batches.windows import LanguageModelBatches, pack, pack_file

__all__ = [
    "Batch",
    "Buckets",
    "Epochs",
    "LabeledBatches",
    "LanguageModelBatches",
    "ResampledBatches",
    "TokenBatches",
    "pack",
    "pack_file",
    "pad",
]
