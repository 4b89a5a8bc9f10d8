"""What a prepared model remembers while it decodes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass
class Sources:
    """Keys and values of the sources, once each, in every layer.

    kept: a layer's keys (S, H_kv, Ts, d_k) and values. mask (S, 1, 1, Ts) hides
    padding. of: which source each row of the batch reads. width: rows a source has,
    beside each other.
    """

    kept: list[tuple[Tensor, Tensor]]
    mask: Bool[Tensor, "sources 1 1 source"] | None
    of: Int[Tensor, " rows"]
    width: int = 1

    def reorder(self, rows: Int[Tensor, " new_rows"]) -> None:
        """Let row i read what the old row rows[i] read; store what is still read."""
        of = self.of[rows]
        if torch.equal(of, self.of):
            return
        values, counts = of.unique_consecutive(return_counts=True)
        self.width = int(counts[0])
        if not bool((counts == self.width).all()):
            values, self.width = of, 1
        if len(values) != len(self.kept[0][0]) or not torch.equal(
            values, torch.arange(len(values))
        ):
            self.kept = [
                (k.index_select(0, values), v.index_select(0, values))
                for k, v in self.kept
            ]
            if self.mask is not None:
                self.mask = self.mask.index_select(0, values)
        self.of = torch.arange(len(values)).repeat_interleave(self.width)


class PreparedState:
    """The keys and values of every layer's self-attention, and the sources' if any.

    own: a layer's keys (rows, H_kv, max_length, d_k) and values, room for all steps
    taken at once; `length` steps are filled.
    """

    def __init__(
        self,
        own: list[tuple[Float[Tensor, "..."], Float[Tensor, "..."]]],
        max_length: int,
        sources: Sources | None = None,
        turns: Tensor | None = None,
    ):
        self.own, self.max_length = own, max_length
        self.sources, self.turns = sources, turns
        self.length = 0
        self.checked = False  # whether ids were looked at

    @property
    def n_byte(self) -> int:
        """Bytes of all keys and values, the sources' too."""
        pairs = [*self.own, *(self.sources.kept if self.sources else [])]
        return sum(x.numel() * x.element_size() for pair in pairs for x in pair)

    def reorder(self, rows: Int[Tensor, " new_batch"]) -> None:
        """Let row i become the old row rows[i]; the batch may grow or shrink."""
        n_row = len(self.own[0][0])
        if len(rows) == n_row and torch.equal(rows, torch.arange(n_row)):
            return
        self.own = [(self._moved(k, rows), self._moved(v, rows)) for k, v in self.own]
        if self.sources is not None:
            self.sources.reorder(rows)

    def _moved(self, kept: Tensor, rows: Tensor) -> Tensor:
        """Rows in another order: what is filled is copied, the rest is room."""
        new = kept.new_empty(len(rows), *kept.shape[1:])
        filled = slice(self.length)
        torch.index_select(kept[:, :, filled], 0, rows, out=new[:, :, filled])
        return new
