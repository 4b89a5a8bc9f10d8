"""What a Transformer remembers while it decodes."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int
from torch import Tensor

from n2t._checks import check_size
from n2t.cache import KeyValueCache


@dataclass
class TransformerState:
    """The keys and values of every layer, and the source's memory if there is one.

    own, cross: a cache a layer, of the self- and of the cross-attention.
    memory (B, Ts, D) and its mask (B, 1, 1, Ts) come from the encoder.
    """

    own: list[KeyValueCache]
    cross: list[KeyValueCache]
    memory: Float[Tensor, "batch source d_model"] | None = None
    memory_mask: Bool[Tensor, "batch 1 1 source"] | None = None

    @property
    def length(self) -> int:
        """How many tokens of each row have been fed."""
        return self.own[0].length

    def reorder(self, rows: Int[Tensor, " new_batch"]) -> None:
        """Let row i become the old row rows[i]; the batch may grow or shrink."""
        for cache in (*self.own, *self.cross):
            cache.reorder(rows)
        if self.memory is not None:
            self.memory = self.memory.index_select(0, rows)
        if self.memory_mask is not None:
            self.memory_mask = self.memory_mask.index_select(0, rows)


def check_start(source: Tensor | None, batch_size: int | None, max_length: int) -> None:
    """Raise unless the sizes that decoding starts with fit each other."""
    check_size("max_length", max_length)
    if source is None:
        check_size("batch_size", batch_size)
    elif batch_size not in (None, len(source)):
        raise ValueError(
            f"batch_size ({batch_size}) must be the source's, {len(source)}"
        )
