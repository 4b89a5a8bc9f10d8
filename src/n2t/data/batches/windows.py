"""Batches of windows of one long line of ids, for a language model."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from n2t._fields import Size
from n2t._special_ids import EOS
from n2t.data.batches.epochs import Epochs
from n2t.files import whole


def pack(documents: Iterable[Sequence[int]], eos_id: int = EOS) -> Int[Tensor, " time"]:
    """Documents end to end, each closed by ``eos_id``: one line of ids, no padding.

    Raises:
        ValueError: there is no document.
    """
    rows = [torch.tensor([*document, eos_id]) for document in documents]
    if not rows:
        raise ValueError("documents must hold at least one document, got none")
    return torch.cat(rows)


def pack_file(
    documents: Iterable[Sequence[int]], path: str | Path, eos_id: int = EOS
) -> np.memmap:
    """``pack`` into a file, for more ids than memory holds.

    One document after another is written, four bytes an id, in the order of the
    machine's own bytes; none is kept. An error leaves no file.

    Args:
        documents: ids, such as ``Tokenizer.encode_iterable`` gives them.
        path: of the file; what was there goes.
        eos_id: closes each document.

    Returns:
        The file as an array (N,), read where it is looked at, which
        ``LanguageModelBatches`` takes.

    Raises:
        ValueError: there is no document, or an id does not fit into four bytes.
    """
    with whole(path) as part, part.open("wb") as file:
        for document in documents:
            try:
                file.write(np.array([*document, eos_id], dtype=np.int32))
            except OverflowError as error:
                raise ValueError(f"documents hold an id too large: {error}") from error
        if not file.tell():
            raise ValueError("documents must hold at least one document, got none")
    return np.memmap(path, dtype=np.int32, mode="r")


class LanguageModelBatches(Epochs):
    """Windows of a long line of ids, for a language model. Nothing is padded.

    Iterating gives ``(inputs, targets)``, both (B, T): targets are the inputs
    moved on by one id. An epoch shows each id about once as a target; each
    shuffled epoch cuts its windows at other places.

    Args:
        ids: one line of ids, (N,); see ``pack``, and ``pack_file`` for a memory map.
        batch_size: windows in a batch. Shuffled, an incomplete last batch is
            left out.
        length: T, ids in a window.
        seed, shuffle: as in ``TokenBatches``.

    Raises:
        ValueError: too few ids for one batch.
    """

    def __init__(
        self,
        ids: Iterable[int] | np.ndarray | Tensor,
        batch_size: Size,
        length: Size,
        seed: int = 0,
        *,
        shuffle: bool = True,
    ):
        super().__init__(seed, shuffle)
        if batch_size < 1 or length < 1:
            raise ValueError(
                f"batch_size ({batch_size}) and length ({length}) must be at least 1"
            )
        ids = np.fromiter(ids, np.int64) if isinstance(ids, Iterator) else ids
        self.ids = ids if isinstance(ids, np.ndarray | Tensor) else np.asarray(ids)
        self.batch_size, self.length = batch_size, length
        wanted = (batch_size if shuffle else 1) * length + (length if shuffle else 1)
        if len(self.ids) < wanted:
            raise ValueError(
                f"ids ({len(self.ids)}) must be at least {wanted} for a batch of "
                f"{batch_size} windows of {length}"
            )

    def _plan(self, rng: np.random.Generator) -> list[np.ndarray]:
        """First ids of the windows, (B,) for each batch."""
        offset = int(rng.integers(self.length)) if self.shuffle else 0
        n_window = (len(self.ids) - 1 - offset) // self.length
        starts = offset + self.length * np.arange(n_window)
        if self.shuffle:
            starts = rng.permutation(starts)[: n_window - n_window % self.batch_size]
        return np.split(starts, range(self.batch_size, len(starts), self.batch_size))

    def _make(self, index: np.ndarray) -> tuple[Tensor, Tensor]:
        windows = [self.ids[i : i + self.length + 1] for i in index.tolist()]
        rows = np.stack([np.asarray(window) for window in windows])  # a copy
        block = torch.from_numpy(rows.astype(np.int64))
        return block[:, :-1].contiguous(), block[:, 1:].contiguous()

    def _identity(self) -> dict[str, int]:
        shape = {"batch_size": self.batch_size, "length": self.length}
        return {"ids": len(self.ids), **shape}
