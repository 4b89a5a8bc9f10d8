"""Batches by token count: little padding, shuffled, and resumable.

A batch is a rectangle of ids, and short rows are padded to the longest one.
Rows of like length therefore share a batch, and a batch is full when its
rectangle is, not when it has so many rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from n2t.data.batches.epochs import Buckets, Epochs
from n2t.data.text.vocabulary import BOS, EOS, PAD
from n2t.masks import causal_mask, combine_masks, padding_mask


def pad(rows: Sequence[Sequence[int]], pad_id: int = PAD) -> Int[Tensor, "batch time"]:
    """Rows of ids as one rectangle, (B, T), padded behind to the longest row."""
    padded = torch.full((len(rows), max(map(len, rows), default=0)), pad_id)
    for number, row in enumerate(rows):
        padded[number, : len(row)] = torch.as_tensor(row, dtype=torch.long)
    return padded


@dataclass(frozen=True, eq=False)
class Batch:
    """Pairs of sequences, for an encoder-decoder under teacher forcing.

    Attributes:
        source: ids that the encoder reads, (B, Ts).
        target_in: ids that the decoder is given, (B, Tt), from ``BOS`` on.
        target_out: ids that it should answer, (B, Tt), up to ``EOS``.
        index: which pair of the data set each row is, (B,).
    """

    source: Int[Tensor, "batch source"]
    target_in: Int[Tensor, "batch target"]
    target_out: Int[Tensor, "batch target"]
    index: Int[Tensor, " batch"]

    @cached_property
    def source_mask(self) -> Bool[Tensor, "batch 1 1 source"]:
        """True where a source position is not padding. Made once."""
        return padding_mask(self.source, PAD)

    @cached_property
    def target_mask(self) -> Bool[Tensor, "batch 1 target target"]:
        """True where a target position may look: back, and not at padding."""
        length, device = self.target_in.shape[1], self.target_in.device
        causal = causal_mask(length, device=device)
        return combine_masks(causal, padding_mask(self.target_in, PAD))

    @property
    def n_token(self) -> int:
        """Target tokens that count, padding left out."""
        return int((self.target_out != PAD).sum())

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "Batch":
        """The batch on a device."""
        tensors = (getattr(self, field.name) for field in fields(self))
        return Batch(*(t.to(device, non_blocking=non_blocking) for t in tensors))

    def __len__(self) -> int:
        return len(self.source)


class TokenBatches(Buckets):
    """Batches of (source, target) pairs by token count.

    Args:
        pairs: pairs of lists of ids. The source goes to the model as it is
            (encode it with ``eos=True`` if the model should see an end). The
            target comes without ``BOS`` and ``EOS``: they are added here.
        max_tokens: rows × longest row, at most, for source and target each.
        seed: decides the order of every epoch.
        shuffle: False keeps one order, by length; ``Batch.index`` says which
            pair is where.
        rank, world_size: this process and how many there are; each is given
            its own batches. Shuffled, all get equally many (up to
            ``world_size - 1`` batches an epoch are left out); unshuffled,
            every batch goes to exactly one. ``n2t.training.fit`` deals batches
            itself: leave these alone there.

    Raises:
        ValueError: no pairs, an empty source, a target that has its special
            ids already, or a pair longer than ``max_tokens``.
    """

    def __init__(
        self,
        pairs: Iterable[tuple[Sequence[int], Sequence[int]]],
        *,
        max_tokens: int = 4096,
        seed: int = 0,
        shuffle: bool = True,
        rank: int = 0,
        world_size: int = 1,
    ):
        self.pairs = [(tuple(source), tuple(target)) for source, target in pairs]
        for number, (source, target) in enumerate(self.pairs):
            if not source:
                raise ValueError(f"pairs[{number}]: the source is empty")
            if target[:1] == (BOS,) or target[-1:] == (EOS,):
                raise ValueError(
                    f"pairs[{number}]: the target has BOS or EOS already: encode it "
                    "without them, they are added here"
                )
        sizes = [(len(source), len(target) + 1) for source, target in self.pairs]
        lengths = np.array(sizes, dtype=np.int64).reshape(-1, 2)
        order = dict(seed=seed, shuffle=shuffle, rank=rank, world_size=world_size)
        super().__init__(lengths, max_tokens, **order)

    def _make(self, index: np.ndarray) -> Batch:
        pairs = [self.pairs[i] for i in index]
        return Batch(
            source=pad([source for source, _ in pairs]),
            target_in=pad([(BOS, *target) for _, target in pairs]),
            target_out=pad([(*target, EOS) for _, target in pairs]),
            index=torch.as_tensor(index),
        )


class LabeledBatches(Buckets):
    """Batches of (ids, label) by token count, for classification.

    Iterating gives ``(inputs, labels)``: ids (B, T) and labels (B,).

    Args:
        examples: ids of a text and the number of its class.
        max_tokens, seed, shuffle, rank, world_size: as in ``TokenBatches``.

    Raises:
        ValueError: no examples, an empty text, or one longer than
            ``max_tokens``.
    """

    def __init__(
        self,
        examples: Iterable[tuple[Sequence[int], int]],
        *,
        max_tokens: int = 4096,
        seed: int = 0,
        shuffle: bool = True,
        rank: int = 0,
        world_size: int = 1,
    ):
        self.examples = [(tuple(ids), int(label)) for ids, label in examples]
        for number, (ids, _) in enumerate(self.examples):
            if not ids:
                raise ValueError(f"examples[{number}]: the text is empty")
        sizes = [len(ids) for ids, _ in self.examples]
        order = dict(seed=seed, shuffle=shuffle, rank=rank, world_size=world_size)
        super().__init__(np.array(sizes, np.int64).reshape(-1, 1), max_tokens, **order)

    def _make(self, index: np.ndarray) -> tuple[Tensor, Tensor]:
        examples = [self.examples[i] for i in index]
        labels = torch.tensor([label for _, label in examples])
        return pad([ids for ids, _ in examples]), labels


def pack(documents: Iterable[Sequence[int]], eos_id: int = EOS) -> Int[Tensor, " time"]:
    """Documents end to end, each closed by ``eos_id``: one line of ids, no padding.

    Raises:
        ValueError: there is no document.
    """
    rows = [torch.tensor([*document, eos_id]) for document in documents]
    if not rows:
        raise ValueError("documents must hold at least one document, got none")
    return torch.cat(rows)


class LanguageModelBatches(Epochs):
    """Windows of a long line of ids, for a language model. Nothing is padded.

    Iterating gives ``(inputs, targets)``, both (B, T): targets are the inputs
    moved on by one id. An epoch shows each id about once as a target; each
    shuffled epoch cuts its windows at other places.

    Args:
        ids: one line of ids, (N,); see ``pack``. A NumPy memory map will do.
        batch_size: windows in a batch. Shuffled, an incomplete last batch is
            left out.
        length: T, ids in a window.
        seed, shuffle, rank, world_size: as in ``TokenBatches``.

    Raises:
        ValueError: too few ids for one batch.
    """

    def __init__(
        self,
        ids: Sequence[int] | np.ndarray | Tensor,
        batch_size: int,
        length: int,
        seed: int = 0,
        *,
        shuffle: bool = True,
        rank: int = 0,
        world_size: int = 1,
    ):
        super().__init__(seed, shuffle, rank, world_size)
        if batch_size < 1 or length < 1:
            raise ValueError(
                f"batch_size ({batch_size}) and length ({length}) must be at least 1"
            )
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
        block = torch.stack([torch.as_tensor(np.asarray(w)).long() for w in windows])
        return block[:, :-1].contiguous(), block[:, 1:].contiguous()

    def _identity(self) -> dict[str, int]:
        shape = {"batch_size": self.batch_size, "length": self.length}
        return {"ids": len(self.ids), **shape}
