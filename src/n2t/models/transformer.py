"""The Transformer of "Attention is all you need": encoder, decoder, both together.

>>> import torch
>>> config = TransformerConfig(20, 30, d_model=16, n_head=4, n_layer=2, d_ff=32)
>>> model = Transformer(config)
>>> source, target = torch.randint(3, 20, (2, 7)), torch.randint(3, 30, (2, 5))
>>> model(source, target).shape                  # (B, Tt, V)
torch.Size([2, 5, 30])
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Annotated

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from n2t._checks import check_ids
from n2t._fields import Count, OneOf, Size
from n2t._special_ids import BOS, EOS, PAD
from n2t.blocks import DecoderLayer, EncoderLayer, make_norm
from n2t.cache import KeyValueCache
from n2t.masks import padding_mask
from n2t.models.configuration import StackConfig, check_special_ids
from n2t.models.counting import (
    cross_attention_flops,
    linear_flops,
    self_attention_flops,
)
from n2t.models.embedding import Embedding
from n2t.models.prepared import PreparedTransformer, prepared, remember
from n2t.models.recording import ShowsAttention
from n2t.models.saving import Pretrained
from n2t.models.state import TransformerState, check_start

TIES = ("none", "target", "all")


@dataclass(frozen=True)
class TransformerConfig(StackConfig):
    """A `Transformer`'s sizes; by default the 2017 paper's base model.

    source_vocab_size, target_vocab_size: how many ids there are on each side.
    n_decoder_layer: by default n_layer, as many as the encoder has.
    tie_embeddings: "target" reads out the logits with the target's embedding table
    (Press and Wolf, 2017); "all" has one table for source, target and logits, as in
    the paper (3.4), and wants one vocabulary.
    pad_id, bos_id, eos_id: the ids that pad, begin and end a sentence.
    The other fields are `StackConfig`'s.
    """

    source_vocab_size: Size
    target_vocab_size: Size
    _: KW_ONLY
    n_decoder_layer: Size | None = None
    tie_embeddings: Annotated[str, OneOf(TIES)] = "none"
    pad_id: Count = PAD
    bos_id: Count = BOS
    eos_id: Count = EOS

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tie_embeddings == "all" and (
            self.source_vocab_size != self.target_vocab_size
        ):
            raise ValueError(
                'tie_embeddings="all" wants one vocabulary: source_vocab_size '
                f"({self.source_vocab_size}) and target_vocab_size "
                f"({self.target_vocab_size}) differ"
            )
        check_special_ids(self, "pad_id", self.source_vocab_size)
        check_special_ids(self, "pad_id bos_id eos_id", self.target_vocab_size)

    @classmethod
    def from_article(
        cls,
        input_dim: int,
        output_dim: int,
        n_head: int,
        n_layer: int,
        d_k: int,
        d_v: int,
        d_model: int,
        dropout: float,
        **others,
    ) -> TransformerConfig:
        """The eight arguments of the article that this course grew out of.

        `input_dim` and `output_dim` are the source's and target's vocabulary sizes;
        `d_ff` is 4 · d_model unless given among `others`, any further fields.

        >>> config = TransformerConfig.from_article(20, 30, 4, 2, 8, 8, 32, 0.1)
        >>> config.target_vocab_size, config.d_ff
        (30, 128)
        """
        others.setdefault("d_ff", 4 * d_model)
        return cls(
            input_dim, output_dim, n_head=n_head, n_layer=n_layer,
            d_k=d_k, d_v=d_v, d_model=d_model, dropout=dropout, **others,
        )  # fmt: skip


class Encoder(nn.Module):
    """Embedding, then `n_layer` encoder layers; pre-norm has one more norm at last.

    `embedding_options` go to `Embedding`: scaled, norm, n_token_type.
    """

    def __init__(self, config: StackConfig, vocab_size: int, **embedding_options):
        super().__init__()
        self.vocab_size = vocab_size
        self.embedding = Embedding(config, vocab_size, **embedding_options)
        options = config.layer_options()
        self.layers = nn.ModuleList(
            EncoderLayer(**options) for _ in range(config.n_layer)
        )
        final = make_norm(config.norm, config.d_model, config.norm_epsilon)
        self.norm = final if config.norm_first else nn.Identity()

    def forward(
        self,
        ids: Int[Tensor, "batch length"],
        mask: Bool[Tensor, "batch 1 1 length"] | None = None,
        token_types: Int[Tensor, "batch length"] | None = None,
    ) -> Float[Tensor, "batch length d_model"]:
        """Ids (B, T) to features (B, T, d_model); `mask` hides padding."""
        check_ids("source", ids, self.vocab_size)
        x = self.embedding(ids, token_types=token_types)
        positions = self.embedding.positions.for_one_pass()
        for layer in self.layers:
            x = layer(x, mask, positions=positions)
        return self.norm(x)


class Decoder(nn.Module):
    """Embedding, then decoder layers that also attend to the encoder's memory."""

    def __init__(self, config: TransformerConfig):
        super().__init__()
        self.vocab_size = config.target_vocab_size
        self.embedding = Embedding(config, config.target_vocab_size)
        options = config.layer_options()
        n_layer = config.n_decoder_layer or config.n_layer
        self.layers = nn.ModuleList(DecoderLayer(**options) for _ in range(n_layer))
        final = make_norm(config.norm, config.d_model, config.norm_epsilon)
        self.norm = final if config.norm_first else nn.Identity()

    def forward(
        self,
        ids: Int[Tensor, "batch target"],
        memory: Float[Tensor, "batch source d_model"],
        memory_mask: Bool[Tensor, "batch 1 1 source"] | None = None,
        state: TransformerState | None = None,
    ) -> Float[Tensor, "batch target d_model"]:
        """Ids (B, Tt) to features (B, Tt, d_model), going on from `state` if given."""
        check_ids("target", ids, self.vocab_size)
        x = self.embedding(ids, 0 if state is None else state.length)
        positions = self.embedding.positions.for_one_pass()
        for i, layer in enumerate(self.layers):
            cache = None if state is None else (state.own[i], state.cross[i])
            x = layer(x, memory, memory_mask, positions=positions, cache=cache)
        return self.norm(x)


class Transformer(Pretrained, ShowsAttention, nn.Module):
    """Source ids and target ids to the logits of the target's next ids.

    Position t of the target sees target ids up to t and the whole source; padding of
    the source is hidden, padding of the target stands on the right, where causality
    hides it. Weights start as in Glorot and Bengio's (2010) uniform scheme.
    """

    config_class = TransformerConfig

    def __init__(self, config: TransformerConfig):
        super().__init__()
        if not isinstance(config, TransformerConfig):
            raise TypeError(f"config must be a TransformerConfig, got {config!r}")
        self.config = config
        self.encoder = Encoder(config, config.source_vocab_size)
        self.decoder = Decoder(config)
        self.output = nn.Linear(config.d_model, config.target_vocab_size, bias=False)
        nn.init.normal_(self.output.weight, std=config.d_model**-0.5)
        if config.tie_embeddings != "none":
            self.output.weight = self.decoder.embedding.table.weight
        if config.tie_embeddings == "all":
            self.encoder.embedding.table.weight = self.decoder.embedding.table.weight

    def forward(
        self, source: Int[Tensor, "batch source"], target: Int[Tensor, "batch target"]
    ) -> Float[Tensor, "batch target vocabulary"]:
        """`source` (B, Ts) and `target` (B, Tt), which begins with bos_id: (B, Tt, V).

        Raises ValueError for an empty batch, ids outside the vocabulary (where looking
        is cheap: on a CPU), a length over max_length, or batches that differ.
        """
        return self.output(self.features(source, target))

    def features(
        self, source: Int[Tensor, "batch source"], target: Int[Tensor, "batch target"]
    ) -> Float[Tensor, "batch target d_model"]:
        """What the logits are read from; a loss in chunks saves memory with it."""
        check_ids("source", source, self.config.source_vocab_size)
        check_ids("target", target, self.config.target_vocab_size)
        if len(source) != len(target):
            raise ValueError(f"source has {len(source)} rows, target {len(target)}")
        mask = self._mask(source)
        return self.decoder(target, self.encoder(source, mask), mask)

    def embedding_weights(self) -> list[nn.Parameter]:
        """The matrix that reads out the logits: a row for each token."""
        return [self.output.weight]

    def encode(
        self, source: Int[Tensor, "batch source"]
    ) -> Float[Tensor, "batch source d_model"]:
        """The encoder's memory of `source` (B, Ts): (B, Ts, d_model)."""
        return self.encoder(source, self._mask(source))

    def prepare(self, n_row: int = 1, *, weights: str = "own") -> nn.Module:
        """This model in a form for decoding `n_row` rows, or itself where it cannot be:
        see `n2t.models.prepared`. weights="int8" is fast and inexact."""
        return prepared(self, PreparedTransformer, n_row, weights)

    def _mask(self, source: Tensor) -> Tensor | None:
        """The source's padding mask; None, on a CPU, where there is nothing to hide."""
        check_ids("source", source)
        mask = padding_mask(source, self.config.pad_id)
        cheap = source.device.type == "cpu" and not torch.compiler.is_compiling()
        return None if cheap and bool(mask.all()) else mask

    def forward_flops(self, batch_size: int, Ts: int, Tt: int) -> int:
        """Operations of a forward pass (see `n2t.models.counting`)."""
        return (
            self_attention_flops(self.encoder.layers, batch_size, Ts)
            + self_attention_flops(self.decoder.layers, batch_size, Tt)
            + cross_attention_flops(self.decoder.layers, batch_size, Tt, Ts)
            + linear_flops(self.output, batch_size * Tt)
        )

    def start(
        self,
        source: Int[Tensor, "batch source"] | None,
        batch_size: int | None = None,
        max_length: int | None = None,
    ) -> TransformerState:
        """Read the source; the state from which to decode up to `max_length` ids."""
        if source is None:
            raise ValueError("source must be given: this model translates one")
        max_length = self.config.max_length if max_length is None else max_length
        check_start(source, batch_size, max_length)
        return TransformerState(
            own=[KeyValueCache(max_length) for _ in self.decoder.layers],
            cross=[KeyValueCache(source.shape[1]) for _ in self.decoder.layers],
            memory=self.encode(source),
            memory_mask=self._mask(source),
        )

    def step(
        self, ids: Int[Tensor, "batch new"], state: TransformerState
    ) -> Float[Tensor, "batch vocabulary"]:
        """Logits (B, V) after the last of `ids` (B, t), which go on from `state`."""
        x = self.decoder(ids, state.memory, state.memory_mask, state)
        return self.output(x[:, -1])


remember(Transformer, Encoder, Decoder, Embedding, TransformerState)
