"""Sequence to sequence with recurrent networks, before the Transformer.

One network reads the source, another writes the target (chapters 9 and 10). Between
them stands either nothing but the last state (Sutskever et al. 2014), or additive
attention over everything read (Bahdanau et al. 2015), or dot-product attention
(Luong et al. 2015).

>>> import torch
>>> config = RecurrentConfig(50, 60, cell="gru", attention="additive", d_model=32)
>>> model = RecurrentSeq2Seq(config)
>>> source, target = torch.randint(3, 50, (4, 7)), torch.randint(3, 60, (4, 5))
>>> model(source, target).shape  # (B, Tt, V)
torch.Size([4, 5, 60])
"""

from dataclasses import dataclass
from typing import Annotated

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from n2t._checks import check_divides, check_ids
from n2t._fields import Count, OneOf, Rate, Size
from n2t._special_ids import BOS, EOS, PAD
from n2t.attention import AdditiveAttention, scaled_dot_product_attention
from n2t.models.cells import CELLS, State
from n2t.models.configuration import Configuration, check_special_ids
from n2t.models.counting import linear_flops, recurrent_flops
from n2t.models.saving import Pretrained
from n2t.modes import evaluating

ATTENTIONS = ("none", "additive", "dot")


@dataclass(frozen=True)
class RecurrentConfig(Configuration):
    """Sizes and choices of a `RecurrentSeq2Seq`.

    `d_model` is the width of the embeddings, `d_hidden` that of the decoder's state.
    A `bidirectional` encoder reads both ways with d_hidden / 2 each, so that what it
    hands over is d_hidden wide either way. `pad_id` pads source and target on the
    right; `bos_id` starts and `eos_id` ends a target.
    """

    source_vocab_size: Size
    target_vocab_size: Size
    cell: Annotated[str, OneOf(tuple(CELLS))] = "gru"
    attention: Annotated[str, OneOf(ATTENTIONS)] = "none"
    d_model: Size = 256
    d_hidden: Size = 256
    n_layer: Size = 1
    dropout: Rate = 0.1
    bidirectional: bool = False
    pad_id: Count = PAD
    bos_id: Count = BOS
    eos_id: Count = EOS

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bidirectional:
            check_divides("d_hidden", self.d_hidden, "directions", 2)
        check_special_ids(self, "pad_id", self.source_vocab_size)
        check_special_ids(self, "pad_id bos_id eos_id", self.target_vocab_size)


@dataclass
class RecurrentState:
    """What decoding carries from step to step; `start` makes it, `step` moves it on."""

    hidden: State  # each (n_layer, B, d_hidden)
    memory: Float[Tensor, "batch source d_hidden"]
    mask: Bool[Tensor, "batch 1 source"]
    projected: Float[Tensor, "batch source d_hidden"] | None

    def reorder(self, rows: Int[Tensor, " new_batch"]) -> None:
        """Let row i become the old row rows[i]; the batch may grow or shrink."""
        self.hidden = tuple(part.index_select(1, rows) for part in self.hidden)
        self.memory, self.mask = self.memory[rows], self.mask[rows]
        if self.projected is not None:
            self.projected = self.projected[rows]


class RecurrentSeq2Seq(Pretrained, nn.Module):
    """An encoder network, a decoder network, and attention between them or none.

    With `attention="additive"` the decoder asks with its state before each step, and
    reads the answer beside the token (Bahdanau et al. 2015, appendix A.2.2, with this
    class's plainer read-out). With `"dot"` it asks with its state after the step, with
    unscaled scores (Luong et al. 2015, section 3.1, without input feeding). In both,
    the logits are read from tanh(W [state; answer]).
    """

    config_class = RecurrentConfig

    def __init__(self, config: RecurrentConfig):
        super().__init__()
        if not isinstance(config, RecurrentConfig):
            raise TypeError(f"config must be a RecurrentConfig, got {config!r}")
        self.config = config
        D, H = config.d_model, config.d_hidden
        network = CELLS[config.cell]
        options = {"n_layer": config.n_layer, "dropout": config.dropout}
        self.embed_source = nn.Embedding(config.source_vocab_size, D)
        self.embed_target = nn.Embedding(config.target_vocab_size, D)
        both = config.bidirectional
        width = H // 2 if both else H
        self.encoder = network(D, width, bidirectional=both, **options)
        additive = config.attention == "additive"
        self.decoder = network(D + H if additive else D, H, **options)
        self.attention = AdditiveAttention(H, H, H) if additive else None
        self.combine = None if config.attention == "none" else nn.Linear(2 * H, H)
        self.dropout = nn.Dropout(config.dropout)
        self.output = nn.Linear(H, config.target_vocab_size)

    def forward(
        self, source: Int[Tensor, "batch source"], target: Int[Tensor, "batch target"]
    ) -> Float[Tensor, "batch target vocabulary"]:
        """Logits of the token after each of `target`'s (teacher forcing).

        Raises TypeError for ids that are not integers, ValueError for an empty batch
        or sentence, batches that differ, padding before a token of the source, and
        on a CPU for an id outside the vocabulary.
        """
        return self.output(self.features(source, target))

    def features(
        self, source: Int[Tensor, "batch source"], target: Int[Tensor, "batch target"]
    ) -> Float[Tensor, "batch target d_hidden"]:
        """What the logits are read from; a loss in chunks saves memory with it."""
        return self._decode(target, self.start(source))[0]

    def embedding_weights(self) -> list[nn.Parameter]:
        """The matrix that reads out the logits: a row for each token."""
        return [self.output.weight]

    def encode(
        self, source: Int[Tensor, "batch source"]
    ) -> tuple[Float[Tensor, "batch source d_hidden"], State]:
        """The encoder's outputs (zeros at padding) and its last state."""
        check_ids("source", source, self.config.source_vocab_size)
        embedded = self.dropout(self.embed_source(source))  # (B, Ts, D)
        memory, state = self.encoder(embedded, lengths=self._lengths(source))
        if self.config.bidirectional:  # (L * 2, B, H / 2) to (L, B, H)
            state = tuple(
                part.unflatten(0, (-1, 2)).transpose(1, 2).flatten(2) for part in state
            )
        return memory, state

    def _lengths(self, source: Tensor) -> Tensor:
        live = source != self.config.pad_id
        if source.device.type == "cpu" and (live[:, 1:] & ~live[:, :-1]).any():
            raise ValueError(
                f"source has padding (pad_id {self.config.pad_id}) before a token: "
                "pad on the right"
            )
        return live.sum(1)

    def _decode(
        self, target: Tensor, state: RecurrentState
    ) -> tuple[Tensor, Tensor | None]:
        """Features (B, t, H) and attention weights (B, t, Ts); `state` moves on."""
        check_ids("target", target, self.config.target_vocab_size)
        if len(target) != len(state.memory):
            raise ValueError(
                f"target has {len(target)} sentences, source has {len(state.memory)}"
            )
        embedded = self.dropout(self.embed_target(target))  # (B, t, D)
        if self.attention is not None:
            return self._decode_additive(embedded, state)
        hidden, state.hidden = self.decoder(embedded, state.hidden)
        if self.combine is None:
            return self.dropout(hidden), None
        context, weights = scaled_dot_product_attention(
            hidden, state.memory, state.memory, state.mask, scale=1.0,
            return_weights=True,
        )  # fmt: skip
        return self._join(hidden, context), weights

    def _decode_additive(
        self, embedded: Tensor, state: RecurrentState
    ) -> tuple[Tensor, Tensor]:
        """One step a token, because each question needs the state before it."""
        hiddens, contexts, maps = [], [], []
        for token in embedded.split(1, dim=1):  # (B, 1, D)
            query = state.hidden[0][-1][:, None]  # (B, 1, H), the top layer's
            context, weights = self.attention(
                query, state.memory, mask=state.mask, return_weights=True,
                projected_key=state.projected,
            )  # fmt: skip
            read = torch.cat([token, context], dim=-1)
            hidden, state.hidden = self.decoder(read, state.hidden)
            hiddens.append(hidden)
            contexts.append(context)
            maps.append(weights)
        join = self._join(torch.cat(hiddens, 1), torch.cat(contexts, 1))
        return join, torch.cat(maps, 1)

    def _join(self, hidden: Tensor, context: Tensor) -> Tensor:
        return self.dropout(self.combine(torch.cat([hidden, context], -1)).tanh())

    @torch.no_grad()
    def attention_maps(
        self, source: Int[Tensor, "batch source"], target: Int[Tensor, "batch target"]
    ) -> dict[str, Float[Tensor, "batch 1 target source"]]:
        """{"attention": weights}: which source token each target token looks at.

        One "head", so that the map is drawn like a Transformer's. Row t belongs to
        the logits after target[:, t]. The model runs in eval mode. Raises ValueError
        when there is no attention.
        """
        if self.config.attention == "none":
            raise ValueError('attention is "none": there are no maps to return')
        with evaluating(self):
            _, weights = self._decode(target, self.start(source))
        return {"attention": weights[:, None]}

    def forward_flops(self, batch_size: int, Ts: int, Tt: int) -> int:
        """Operations of a forward pass (see `n2t.models.counting`), padding too."""
        B, H = batch_size, self.config.d_hidden
        total = recurrent_flops(self.encoder, B * Ts)
        total += recurrent_flops(self.decoder, B * Tt)
        if self.attention is not None:  # a score is a product of width H too
            total += linear_flops(self.attention.project_key, B * Ts)
            total += linear_flops(self.attention.project_query, B * Tt)
        if self.combine is not None:  # scores, and the answers
            total += 2 * 2 * B * Tt * Ts * H + linear_flops(self.combine, B * Tt)
        return total + linear_flops(self.output, B * Tt)

    def start(
        self,
        source: Int[Tensor, "batch source"] | None,
        batch_size: int | None = None,
        max_length: int | None = None,
    ) -> RecurrentState:
        """Read the source; the state to decode from (see `n2t.decoding`).

        `batch_size` has to be the source's, if given. A recurrent network has no
        `max_length`: its state is as large after a thousand tokens as after one.
        """
        if source is None:
            raise ValueError("source must be given: this model translates one")
        if batch_size not in (None, len(source)):
            raise ValueError(
                f"batch_size ({batch_size}) must be the source's, {len(source)}"
            )
        memory, hidden = self.encode(source)
        mask = (source != self.config.pad_id)[:, None]
        projected = (
            None if self.attention is None else self.attention.project_key(memory)
        )
        return RecurrentState(hidden, memory, mask, projected)

    def step(
        self, ids: Int[Tensor, "batch new"], state: RecurrentState
    ) -> Float[Tensor, "batch vocabulary"]:
        """Logits after the last of `ids`, which continue what `state` has seen."""
        features, _ = self._decode(ids, state)
        return self.output(features[:, -1])
