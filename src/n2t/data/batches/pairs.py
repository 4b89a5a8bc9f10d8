"""Batches of pairs by token count, for an encoder-decoder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from n2t._fields import Size
from n2t._special_ids import BOS, EOS, PAD
from n2t.data.batches.buckets import Buckets, pad


@dataclass(frozen=True, eq=False)
class Batch:
    """Pairs of sequences, for an encoder-decoder under teacher forcing.

    Attributes:
        source: ids that the encoder reads, (B, Ts).
        target_in: ids that the decoder is given, (B, Tt), from ``BOS`` on.
        target_out: ids that it should answer, (B, Tt), up to ``EOS``.
        index: which pair of the data set each row is, (B,).
        pad_id: what shorter rows are filled with.
    """

    source: Int[Tensor, "batch source"]
    target_in: Int[Tensor, "batch target"]
    target_out: Int[Tensor, "batch target"]
    index: Int[Tensor, " batch"]
    pad_id: int = PAD

    @property
    def n_token(self) -> int:
        """Target tokens that count, padding left out."""
        return int((self.target_out != self.pad_id).sum())

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "Batch":
        """The batch on a device."""
        tensors = {name: x for name, x in vars(self).items() if isinstance(x, Tensor)}
        moved = {n: x.to(device, non_blocking=non_blocking) for n, x in tensors.items()}
        return replace(self, **moved)

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
        pad_id, bos_id, eos_id: for tokenizers with ids of their own; models and
            losses must be told them too (``pad_id``, ``ignore_id``).

    Raises:
        ValueError: no pairs, an empty source, a target that has its special
            ids already, or a pair longer than ``max_tokens``.
    """

    def __init__(
        self,
        pairs: Iterable[tuple[Sequence[int], Sequence[int]]],
        *,
        max_tokens: Size = 4096,
        seed: int = 0,
        shuffle: bool = True,
        pad_id: int = PAD,
        bos_id: int = BOS,
        eos_id: int = EOS,
    ):
        self.pad_id, self.bos_id, self.eos_id = pad_id, bos_id, eos_id
        self.pairs = [(tuple(source), tuple(target)) for source, target in pairs]
        for number, (source, target) in enumerate(self.pairs):
            if not source:
                raise ValueError(f"pairs[{number}]: the source is empty")
            if target[:1] == (bos_id,) or target[-1:] == (eos_id,):
                raise ValueError(
                    f"pairs[{number}]: the target has BOS or EOS already: encode it "
                    "without them, they are added here"
                )
        sizes = [(len(source), len(target) + 1) for source, target in self.pairs]
        lengths = np.array(sizes, dtype=np.int64).reshape(-1, 2)
        super().__init__(lengths, max_tokens, seed, shuffle)

    def _make(self, index: np.ndarray) -> Batch:
        pairs, fill = [self.pairs[i] for i in index], self.pad_id
        return Batch(
            source=pad([source for source, _ in pairs], fill),
            target_in=pad([(self.bos_id, *target) for _, target in pairs], fill),
            target_out=pad([(*target, self.eos_id) for _, target in pairs], fill),
            index=torch.as_tensor(index),
            pad_id=fill,
        )
