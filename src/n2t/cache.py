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

        Raises ValueError when the new steps do not fit in `max_length` or beside what
        is kept, TypeError for another dtype, which would be rounded or widened.
        """
        if key.shape[-2] != value.shape[-2]:
            raise ValueError(
                f"key has {key.shape[-2]} steps, value {value.shape[-2]}: want as many"
            )
        end = self.length + key.shape[-2]
        if end > self.max_length:
            raise ValueError(
                f"the cache holds max_length ({self.max_length}) steps; "
                f"{self.length} are filled and {key.shape[-2]} more came"
            )
        if self._keys is None:
            self._keys, self._values = self._room(key), self._room(value)
        self._check("key", self._keys, key)
        self._check("value", self._values, value)
        self._keys[:, :, self.length : end] = key
        self._values[:, :, self.length : end] = value
        self.length = end
        return self.contents()

    def contents(self) -> tuple[Tensor, Tensor]:
        """Views of the filled keys and values, (B, H_kv, length, d_k) and d_v.

        Raises ValueError before the first `append`.
        """
        if self._keys is None:
            raise ValueError("the cache is empty: nothing was appended")
        return self._keys[:, :, : self.length], self._values[:, :, : self.length]

    def reorder(self, rows: Int[Tensor, " new_batch"]) -> None:
        """Let row i become the old row rows[i] (beam search); the batch may change."""
        if self._keys is not None:
            self._keys = self._keys.index_select(0, rows)
            self._values = self._values.index_select(0, rows)

    def _check(self, name: str, kept: Tensor, new: Tensor) -> None:
        if kept.shape[0] != new.shape[0]:
            raise ValueError(
                f"the cache holds a batch of {kept.shape[0]}, got {new.shape[0]}"
            )
        if (kept.shape[1], kept.shape[3]) != (new.shape[1], new.shape[3]):
            raise ValueError(
                f"the cache holds a {name} (B, {kept.shape[1]}, t, {kept.shape[3]}), "
                f"got {tuple(new.shape)}"
            )
        if kept.dtype != new.dtype:
            raise TypeError(f"the cache holds {name} in {kept.dtype}, got {new.dtype}")

    def _room(self, like: Tensor) -> Tensor:
        B, H, _, d = like.shape
        return like.new_empty(B, H, self.max_length, d)
