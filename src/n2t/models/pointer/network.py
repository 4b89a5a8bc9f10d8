"""A Transformer that may also copy: what it has no word for, it takes from the source.

At each step a switch p_gen divides the probability between words of the vocabulary and
words of the source, where one more attention points: the pointer-generator of See, Liu
and Manning (2017), "Get to the point", equations 8 and 9, on a Transformer in place of
their recurrent network, without their coverage.

Ids from `vocab_size` on are words that only this source knows, numbered as they come
(`n2t.data.text.copying`). The model reads them as `unk_id` and can write them.

>>> import torch
>>> config = PointerConfig(20, 20, d_model=16, n_head=4, n_layer=2, d_ff=32)
>>> model = PointerTransformer(config)
>>> source = torch.tensor([[5, 20, 9, 21], [20, 6, 20, 0]])  # 20, 21: not in the list
>>> model(source, torch.tensor([[1, 7], [1, 20]])).shape    # (B, Tt, V + 2)
torch.Size([2, 2, 22])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from n2t._checks import check_ids
from n2t._fields import Count
from n2t._special_ids import UNK
from n2t.attention import scaled_dot_product_attention
from n2t.models.configuration import check_special_ids
from n2t.models.saving import Pretrained
from n2t.models.state import TransformerState
from n2t.models.transformer import Transformer, TransformerConfig


@dataclass(frozen=True)
class PointerConfig(TransformerConfig):
    """A `TransformerConfig` with one vocabulary for both sides, and its `unk_id`."""

    unk_id: Count = UNK

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.source_vocab_size != self.target_vocab_size:
            raise ValueError(
                "copying wants one vocabulary: source_vocab_size "
                f"({self.source_vocab_size}) and target_vocab_size "
                f"({self.target_vocab_size}) differ"
            )
        check_special_ids(self, "unk_id", self.target_vocab_size)


class Parts(NamedTuple):
    """What the mixture is made of, at each place of the target.

    written: probability of each word of the vocabulary, if the model writes.
    weights: where it points in the source, if it copies; zero at padding.
    p_gen: how likely it is to write rather than to copy.
    """

    written: Float[Tensor, "batch target vocabulary"]
    weights: Float[Tensor, "batch target source"]
    p_gen: Float[Tensor, "batch target 1"]


def copy_mixture(
    parts: Parts, source: Int[Tensor, "batch source"], n_extra: int
) -> Float[Tensor, "batch target extended"]:
    """p_gen · written, and (1 - p_gen) · weights added to the ids of the source.

    A word that stands in the source several times gets all its weights. `n_extra` is
    how many ids beyond the vocabulary there are: (B, Tt, V + n_extra).
    """
    written = F.pad(parts.p_gen * parts.written, (0, n_extra))
    copied = (1 - parts.p_gen) * parts.weights  # (B, Tt, Ts)
    places = source[:, None].expand_as(copied)
    return written.scatter_add(-1, places, copied)


@dataclass
class PointerState:
    """What a `PointerTransformer` remembers while it decodes: where it can point, too.

    n_extra is fixed at the start, so that every step has logits as wide.
    """

    body: TransformerState
    source: Int[Tensor, "batch source"]
    n_extra: int

    def reorder(self, rows: Int[Tensor, " new_batch"]) -> None:
        """Let row i become the old row rows[i]; the batch may grow or shrink."""
        self.body.reorder(rows)
        self.source = self.source.index_select(0, rows)


class PointerTransformer(Pretrained, nn.Module):
    """Source ids and target ids to log-probabilities of words written or copied.

    What it returns are logits like any model's (log-probabilities are logits whose
    softmax changes nothing), so losses and `n2t.decoding` take it as it is. No word
    has a probability below the smallest normal float: the logarithm stays finite.
    """

    config_class = PointerConfig

    def __init__(self, config: PointerConfig):
        super().__init__()
        if not isinstance(config, PointerConfig):
            raise TypeError(f"config must be a PointerConfig, got {config!r}")
        self.config, D = config, config.d_model
        self.body = Transformer(config)
        self.project_query = nn.Linear(D, D, bias=False)
        self.project_key = nn.Linear(D, D, bias=False)
        self.switch = nn.Linear(3 * D, 1)

    def forward(
        self, source: Int[Tensor, "batch source"], target: Int[Tensor, "batch target"]
    ) -> Float[Tensor, "batch target extended"]:
        """(B, Ts) and (B, Tt) to (B, Tt, V + E), E ids beyond the vocabulary.

        E is what the largest id of `source` asks for. `target` begins with bos_id.
        """
        mixed = copy_mixture(self.parts(source, target), source, self.n_extra(source))
        return _log(mixed)

    def parts(
        self, source: Int[Tensor, "batch source"], target: Int[Tensor, "batch target"]
    ) -> Parts:
        """The distributions that are mixed, and the switch."""
        check_ids("source", source)
        check_ids("target", target)
        given, state = self.known(target), self.body.start(self.known(source))
        features = self.body.decoder(given, state.memory, state.memory_mask)
        return self._parts(features, state.memory, source, given)

    def _parts(
        self, features: Tensor, memory: Tensor, source: Tensor, given: Tensor
    ) -> Parts:
        """As `parts`, from the decoder's features and the encoder's memory."""
        mask = (source != self.config.pad_id)[:, None]  # (B, 1, Ts)
        context, weights = scaled_dot_product_attention(
            self.project_query(features), self.project_key(memory), memory, mask,
            return_weights=True,
        )  # fmt: skip
        table = self.body.decoder.embedding.table
        seen = torch.cat([context, features, table(given)], dim=-1)
        written = self.body.output(features).softmax(-1)
        return Parts(written, weights, self.switch(seen).sigmoid())

    def known(self, ids: Int[Tensor, "batch length"]) -> Int[Tensor, "batch length"]:
        """The ids as the vocabulary has them: those beyond it become `unk_id`."""
        return ids.where(ids < self.config.target_vocab_size, self.config.unk_id)

    def n_extra(self, source: Int[Tensor, "batch source"]) -> int:
        """How many ids beyond the vocabulary a batch of sources uses."""
        return max(int(source.max()) + 1 - self.config.target_vocab_size, 0)

    def start(
        self,
        source: Int[Tensor, "batch source"] | None,
        batch_size: int | None = None,
        max_length: int | None = None,
    ) -> PointerState:
        """Read the source; the state from which to decode (see `n2t.decoding`)."""
        if source is None:
            raise ValueError("source must be given: this model copies from one")
        check_ids("source", source)
        body = self.body.start(self.known(source), batch_size, max_length)
        return PointerState(body, source, self.n_extra(source))

    def step(
        self, ids: Int[Tensor, "batch new"], state: PointerState
    ) -> Float[Tensor, "batch extended"]:
        """Log-probabilities (B, V + E) after the last of `ids` (B, t)."""
        given, body = self.known(ids), state.body
        features = self.body.decoder(given, body.memory, body.memory_mask, body)
        last = self._parts(features[:, -1:], body.memory, state.source, given[:, -1:])
        return _log(copy_mixture(last, state.source, state.n_extra))[:, -1]


def _log(p: Tensor) -> Tensor:
    """A logarithm that is finite, with a slope of 0, where a probability is 0."""
    return p.clamp_min(torch.finfo(p.dtype).tiny).log()
