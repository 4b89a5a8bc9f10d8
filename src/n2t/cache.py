"""What attention keeps while decoding (shown in use in `n2t.attention`)."""

from __future__ import annotations

from jaxtyping import Float, Int
from torch import Tensor

from n2t._checks import check_size


class KeyValueCache:
    """Keys and values of one attention layer, kept while decoding.

    Room for `max_length` steps is taken once, at the first `append`; each further step
    writes its own slice and copies nothing else. `length` counts the filled steps.
    Cross-attention fills its cache at the first call and reads it at all others.
    """

    def __init__(self, max_length: int):
        self.max_length = check_size("max_length", max_length)
        self.length = 0
        self._keys: Tensor | None = None  # (B, H_kv, max_length, d_k)
        self._values: Tensor | None = None  # (B, H_kv, max_length, d_v)

    def append(
        self,
        key: Float[Tensor, "batch heads new d_k"],
        value: Float[Tensor, "batch heads new d_v"],
    ) -> tuple[
        Float[Tensor, "batch heads keys d_k"], Float[Tensor, "batch heads keys d_v"]
    ]:
        """Write the new steps; return views of everything so far.

        Raises ValueError when the new steps do not fit in `max_length`.
        """
        end = self.length + key.shape[-2]
        if end > self.max_length:
            raise ValueError(
                f"the cache holds max_length ({self.max_length}) steps; "
                f"{self.length} are filled and {key.shape[-2]} more came"
            )
        if self._keys is None:
            self._keys, self._values = self._room(key), self._room(value)
        if self._keys.shape[0] != key.shape[0]:
            raise ValueError(
                f"the cache holds a batch of {self._keys.shape[0]}, got {key.shape[0]}"
            )
        self._keys[:, :, self.length : end] = key
        self._values[:, :, self.length : end] = value
        self.length = end
        return self.contents()

    def contents(self) -> tuple[Tensor, Tensor]:
        """Views of the filled keys and values, (B, H_kv, length, d_k) and d_v."""
        return self._keys[:, :, : self.length], self._values[:, :, : self.length]

    def reorder(self, rows: Int[Tensor, " new_batch"]) -> None:
        """Let row i become the old row rows[i] (beam search); the batch may change."""
        if self._keys is not None:
            self._keys = self._keys.index_select(0, rows)
            self._values = self._values.index_select(0, rows)

    def _room(self, like: Tensor) -> Tensor:
        B, H, _, d = like.shape
        return like.new_empty(B, H, self.max_length, d)
