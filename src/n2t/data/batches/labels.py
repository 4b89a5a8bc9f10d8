"""Batches of texts by token count, for classification."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from n2t._fields import Size
from n2t._special_ids import PAD
from n2t.data.batches.buckets import Buckets, pad


class LabeledBatches(Buckets):
    """Batches of (ids, label) by token count, for classification.

    Iterating gives ``(inputs, labels)``: ids (B, T) and labels (B,).

    Args:
        examples: ids of a text and the number of its class.
        max_tokens, seed, shuffle, pad_id: as in ``TokenBatches``.

    Raises:
        ValueError: no examples, an empty text, or one longer than
            ``max_tokens``.
    """

    def __init__(
        self,
        examples: Iterable[tuple[Sequence[int], int]],
        *,
        max_tokens: Size = 4096,
        seed: int = 0,
        shuffle: bool = True,
        pad_id: int = PAD,
    ):
        self.pad_id = pad_id
        self.examples = [(tuple(ids), int(label)) for ids, label in examples]
        for number, (ids, _) in enumerate(self.examples):
            if not ids:
                raise ValueError(f"examples[{number}]: the text is empty")
        sizes = [len(ids) for ids, _ in self.examples]
        lengths = np.array(sizes, dtype=np.int64).reshape(-1, 1)
        super().__init__(lengths, max_tokens, seed, shuffle)

    def _make(self, index: np.ndarray) -> tuple[Tensor, Tensor]:
        examples = [self.examples[i] for i in index]
        labels = torch.tensor([label for _, label in examples])
        return pad([ids for ids, _ in examples], self.pad_id), labels
