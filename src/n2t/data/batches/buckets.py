"""Batches by token count: little padding.

A batch is a rectangle of ids, and short rows are padded to the longest one.
Rows of like length therefore share a batch, and a batch is full when its
rectangle is, not when it has so many rows.
"""

from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from n2t._special_ids import PAD
from n2t.data.batches.epochs import Epochs

ENOUGH = 0.4  # a batch this full may end early where the next row is longer


def pad(rows: Iterable[Iterable[int]], pad_id: int = PAD) -> Int[Tensor, "batch time"]:
    """Rows of ids as one rectangle, (B, T), padded behind to the longest row."""
    rows = [row if hasattr(row, "__len__") else list(row) for row in rows]
    padded = torch.full((len(rows), max(map(len, rows), default=0)), pad_id)
    for number, row in enumerate(rows):
        padded[number, : len(row)] = torch.as_tensor(row, dtype=torch.long)
    return padded


class Buckets(Epochs):
    """Batches of rows with like lengths, each at most ``max_tokens`` large.

    Where batches end depends on the lengths alone. Each epoch deals rows of
    equal lengths anew, and puts the batches in another order.

    Args:
        lengths: (N, K): how long example n is on each of its K sides.
        max_tokens: rows × longest row of a batch, at most, on every side.
        seed, shuffle: as ``Epochs`` takes them.

    Raises:
        ValueError: no example, or one that is longer than ``max_tokens``.
    """

    def __init__(self, lengths: np.ndarray, max_tokens: int, seed: int, shuffle: bool):
        super().__init__(seed, shuffle)
        self.lengths, self.max_tokens = lengths, max_tokens
        if not len(lengths):
            raise ValueError("the data set must hold at least one example, got none")
        if lengths.max() > max_tokens:
            longest = int(lengths.max(1).argmax())
            raise ValueError(
                f"max_tokens ({max_tokens}) must be at least {lengths.max()}, the "
                f"length of example {longest}"
            )
        by_length = lengths[self._sorted(np.arange(len(lengths)))]
        self._cuts = self._cut(by_length)
        self._cells = sum(
            int(part.max(0).sum()) * len(part)
            for part in np.split(by_length, self._cuts)
        )

    def _sorted(self, order: np.ndarray) -> np.ndarray:
        """Rows by length. Ties keep their order, so shuffled rows stay shuffled.

        First by the longest side. Within it by the first side, once upwards
        and once downwards, so that neighbors are alike on every side.
        """
        longest, first = self.lengths[order].max(1), self.lengths[order, 0]
        second = self.lengths[order, -1]
        slope = np.where(longest % 2, 1, -1)
        return order[np.lexsort((slope * (second - first), longest))]

    def _cut(self, lengths: np.ndarray) -> list[int]:
        """Where batches end: when full, or nearly so and the next row is longer."""
        cuts, start, largest = [], 0, lengths[0]
        for i, row in enumerate(lengths):
            grown = np.maximum(largest, row)
            full = grown.max() * (i + 1 - start) > self.max_tokens
            enough = largest.max() * (i - start) >= ENOUGH * self.max_tokens
            if full or (enough and (grown != largest).any()):
                cuts.append(i)
                start, grown = i, row
            largest = grown
        return cuts

    def _plan(self, rng: np.random.Generator) -> list[np.ndarray]:
        n = len(self.lengths)
        order = rng.permutation(n) if self.shuffle else np.arange(n)
        return np.split(self._sorted(order), self._cuts)

    def _identity(self) -> dict[str, int]:
        return {"examples": len(self.lengths), "max_tokens": self.max_tokens}

    @property
    def waste(self) -> float:
        """Share of an epoch's cells that hold padding, all sides together."""
        return 1.0 - float(self.lengths.sum()) / self._cells
