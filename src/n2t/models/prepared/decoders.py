"""The prepared forms of `Transformer` and of `DecoderOnly`."""

from __future__ import annotations

from types import SimpleNamespace

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from n2t._checks import check_ids
from n2t.masks import causal_mask
from n2t.models.prepared.forms import Prepared
from n2t.models.prepared.layers import Pass, PreparedLayer, normalize, with_mask
from n2t.models.prepared.products import LayOut, own
from n2t.models.prepared.state import PreparedState, Sources
from n2t.models.state import check_start
from n2t.modes import evaluating
from n2t.positions import Positions, Rotary


class Decoder(Prepared):
    """What both share: a stack that reads new ids and goes on from a state."""

    def _positions(self) -> Positions:
        raise NotImplementedError

    def _embedded(self, ids: Tensor, offset: int) -> Tensor:
        """Ids (B, t) to vectors (B, t, d_model), their places added."""
        raise NotImplementedError

    def _state(
        self, n_row: int, max_length: int, sources: Sources | None = None
    ) -> PreparedState:
        """Room for every layer's keys and values."""
        weight, own_ = self.parts.embedding, []
        for layer in self.parts.layers:
            heads = (n_row, layer.own.n_kv_head, max_length)
            own_.append(
                (
                    weight.new_empty(*heads, layer.own.d_k),
                    weight.new_empty(*heads, layer.own.d_v),
                )
            )
        turns = turns_of(self._positions())
        return PreparedState(own_, max_length, sources, turns)

    @torch.no_grad()
    def step(
        self, ids: Int[Tensor, "batch new"], state: PreparedState
    ) -> Float[Tensor, "batch vocabulary"]:
        """Logits (B, V) after the last of `ids` (B, t), which go on from `state`."""
        self._check(ids, state)
        past, end = state.length, state.length + ids.shape[1]
        x = self._embedded(ids, past)
        shared = self._shared(x, past, end, state.turns)
        for i, layer in enumerate(self.parts.layers):
            if i + 1 == len(self.parts.layers):
                shared = shared.ending()
            x = layer(x, shared, state.own[i], i, state.sources)
        state.length = end
        return self.parts.output(normalize(self.parts.norm, x[:, -1]))

    def _check(self, ids: Tensor, state: PreparedState) -> None:
        """Raise for ids that do not fit; those of one a row came from these logits."""
        if not state.checked or ids.shape[1] > 1:
            check_ids("ids", ids, self.parts.embedding.shape[0])
            state.checked = True
        end = state.length + ids.shape[1]
        if end > state.max_length:
            raise ValueError(
                f"the state holds max_length ({state.max_length}) steps; "
                f"{state.length} are filled and {ids.shape[1]} more came"
            )
        if len(ids) != len(state.own[0][0]):
            raise ValueError(
                f"the state holds a batch of {len(state.own[0][0])}, got {len(ids)}"
            )

    def _shared(self, x: Tensor, past: int, end: int, turns: Tensor | None) -> Pass:
        """What every layer needs to know of the new places."""
        T, positions = end - past, self._positions()
        positions.check(T, past)
        bias = positions.bias(T, end)
        plain = past == 0 and bias is None
        mask = causal_mask(T, end) if T > 1 and not plain else None
        turn = None if turns is None else turns[past:end, None]
        return Pass(past, turn, with_mask(bias, mask, x.dtype), plain and T > 1)


class PreparedDecoderOnly(Decoder):
    """A `DecoderOnly` in a form for decoding."""

    def make_parts(self, model: nn.Module, lay_out: LayOut) -> SimpleNamespace:
        """See `Prepared.make_parts`."""
        turned = type(model.positions) is Rotary
        return SimpleNamespace(
            layers=[PreparedLayer(layer, lay_out, turned) for layer in model.layers],
            output=lay_out(*own(model.output)),
            norm=model.norm,
            embedding=model.embedding.weight.detach(),
        )

    def _positions(self) -> Positions:
        return self.model.positions

    def _embedded(self, ids, offset):
        x = nn.functional.embedding(ids, self.parts.embedding)
        x = x if self.model.scale == 1.0 else x * self.model.scale
        return self._positions().embed(x, offset)

    @torch.no_grad()
    def start(
        self,
        source: None = None,
        batch_size: int | None = 1,
        max_length: int | None = None,
    ) -> PreparedState:
        """An empty state for `batch_size` rows of up to `max_length` ids."""
        if source is not None:
            raise ValueError("source must be None: this model only continues a prompt")
        max_length = self.config.max_length if max_length is None else max_length
        check_start(None, batch_size, max_length)
        self.lay_out()
        return self._state(batch_size, max_length)


class PreparedTransformer(Decoder):
    """A `Transformer` in a form for decoding; its encoder is laid out too."""

    def make_parts(self, model: nn.Module, lay_out: LayOut) -> SimpleNamespace:
        """See `Prepared.make_parts`."""
        turned = type(model.decoder.embedding.positions) is Rotary
        reads, writes = (
            [PreparedLayer(layer, lay_out, turned) for layer in side.layers]
            for side in (model.encoder, model.decoder)
        )
        return SimpleNamespace(
            encoder=reads,
            layers=writes,
            output=lay_out(*own(model.output)),
            norm=model.decoder.norm,
            embedding=model.decoder.embedding.table.weight.detach(),
        )

    def _positions(self) -> Positions:
        return self.model.decoder.embedding.positions

    def _embedded(self, ids, offset):
        embedding = self.model.decoder.embedding
        x = nn.functional.embedding(ids, self.parts.embedding) * embedding.scale
        return embedding.positions.embed(x, offset)

    @torch.no_grad()
    def start(
        self,
        source: Int[Tensor, "batch source"] | None,
        batch_size: int | None = None,
        max_length: int | None = None,
    ) -> PreparedState:
        """Read the source; the state from which to decode up to `max_length` ids."""
        if source is None:
            raise ValueError("source must be given: this model translates one")
        max_length = self.config.max_length if max_length is None else max_length
        check_start(source, batch_size, max_length)
        check_ids("source", source, self.config.source_vocab_size)
        self.lay_out()
        mask = self.model._mask(source)
        memory = self._encode(source, mask)
        kept = [layer.cross.look(memory) for layer in self.parts.layers]
        sources = Sources(kept, mask, torch.arange(len(source)))
        return self._state(len(source), max_length, sources)

    def _encode(self, source: Tensor, mask: Tensor | None) -> Tensor:
        """The encoder's memory of `source` (B, Ts): (B, Ts, d_model)."""
        encoder, T = self.model.encoder, source.shape[1]
        with evaluating(encoder.embedding):
            x = encoder.embedding(source)
        positions = encoder.embedding.positions
        turns = turns_of(positions)
        turn = None if turns is None else turns[:T, None]
        shared = Pass(0, turn, with_mask(positions.bias(T, T), mask, x.dtype))
        for layer in self.parts.encoder:
            x = layer(x, shared)
        return normalize(encoder.norm, x)


def turns_of(positions: Positions) -> Tensor | None:
    """Rotary angles as complex numbers, (max_length, d_k/2); None for other kinds."""
    if type(positions) is not Rotary:
        return None
    return torch.complex(positions.cos, positions.sin)
