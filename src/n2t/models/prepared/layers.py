"""The layers of `n2t.blocks` with their products laid out.

Norms and their weights are the layer's own, read at each call.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from n2t.attention import MultiHeadAttention
from n2t.blocks import EncoderLayer, FeedForward, LayerNorm, RMSNorm
from n2t.models.prepared.products import LayOut, joined, own
from n2t.models.prepared.state import Sources


@dataclass
class Pass:
    """What all layers of one pass share.

    past: how many tokens the cache held before. turn (T, 1, d_k/2): rotary positions
    as complex numbers. mask: boolean, or a bias to add to the scores, (..., Tq, Tk).
    causal: a causal mask and no other. last: only the last place is asked for.
    """

    past: int = 0
    turn: Tensor | None = None
    mask: Tensor | None = None
    causal: bool = False
    last: bool = False

    def ending(self) -> Pass:
        """The same for a layer of which only the last place is read.

        That place may look at all before it, so that of a causal mask nothing is left.
        """
        mask = self.mask
        bias = None if mask is None or mask.dtype == torch.bool else mask[..., -1:, :]
        return Pass(self.past, self.turn, bias, last=True)


def normalize(norm: nn.Module, x: Tensor) -> Tensor:
    """What the norm gives, without its checks."""
    if type(norm) is LayerNorm:
        return F.layer_norm(x, norm.weight.shape, norm.weight, norm.bias, norm.epsilon)
    if type(norm) is RMSNorm:
        return F.rms_norm(x, norm.weight.shape, norm.weight, norm.epsilon)
    return x  # Identity


def attend(
    query: Float[Tensor, "batch heads queries d_k"],
    key: Float[Tensor, "batch kv_heads keys d_k"],
    value: Float[Tensor, "batch kv_heads keys d_v"],
    mask: Tensor | None = None,
    causal: bool = False,
) -> Float[Tensor, "batch heads queries d_v"]:
    """Attention by torch's fused kernel; heads that share keys are queries of one."""
    B, H, T, _ = query.shape
    G = key.shape[1]
    if T > 1 or H == G:
        return F.scaled_dot_product_attention(
            query, key, value, mask, is_causal=causal, enable_gqa=H != G
        )
    if mask is not None and mask.shape[-3] == H:
        mask = mask.unflatten(-3, (G, H // G)).squeeze(-2)
    query = query.reshape(B, G, H // G, -1)
    output = F.scaled_dot_product_attention(query, key, value, mask)
    return output.reshape(B, H, 1, -1)


class SelfAttention:
    """Self-attention with one matrix for queries, keys and values.

    With rotary positions, the features that turn together are neighbors here: rows of
    the matrix change places, in queries and keys alike, and no score changes.
    """

    def __init__(self, attention: MultiHeadAttention, lay_out: LayOut, turned: bool):
        self.n_head, self.n_kv_head = attention.n_head, attention.n_kv_head
        self.d_k, self.d_v = attention.d_k, attention.d_v
        self.n_turned = (self.n_head + self.n_kv_head) * self.d_k
        self.normalizes = attention.normalize_query_key
        names = ("query", "key", "value")
        weight, bias = joined([getattr(attention, f"project_{n}") for n in names])
        if turned:
            weight = neighbors(weight, self.n_turned, self.d_k)
            bias = None if bias is None else neighbors(bias, self.n_turned, self.d_k)
        self.project = lay_out(weight, bias)
        self.project_output = lay_out(*own(attention.project_output))

    def __call__(
        self, x: Tensor, shared: Pass, cache: tuple[Tensor, Tensor] | None
    ) -> Float[Tensor, "batch queries d_model"]:
        """`x` (B, T, d_model); the cache is (B, H_kv, room, d_k) and (..., d_v).

        All T places, or the last alone if `shared` says so; all go into the cache.
        """
        both = self.project(x)  # (B, T, (H + H_kv) d_k + H_kv d_v)
        turned = both[..., : self.n_turned].unflatten(-1, (-1, self.d_k))
        if self.normalizes:
            turned = F.rms_norm(turned, (self.d_k,))
        if shared.turn is not None:
            turned = turn(turned, shared.turn)
        query, key = turned.transpose(1, 2).split((self.n_head, self.n_kv_head), 1)
        value = both[..., self.n_turned :].unflatten(-1, (-1, self.d_v)).transpose(1, 2)
        if cache is not None:
            end = shared.past + x.shape[1]
            keys, values = (kept[:, :, :end] for kept in cache)
            keys[:, :, shared.past :] = key
            values[:, :, shared.past :] = value
            key, value = keys, values
        query = query[:, :, -1:] if shared.last else query
        output = attend(query, key, value, shared.mask, shared.causal)
        return self.project_output(output.transpose(1, 2).flatten(2))


def turn(
    x: Float[Tensor, "batch length heads d_k"], by: Tensor
) -> Float[Tensor, "batch length heads d_k"]:
    """Neighboring features turned as one complex number each."""
    if x.stride(0) % 2 or x.stride(1) % 2:
        x = x.contiguous()
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * by).flatten(-2)


def neighbors(
    rows: Float[Tensor, "rows *columns"], n_turned: int, d_k: int
) -> Float[Tensor, "rows *columns"]:
    """The first `n_turned` rows, each head's in the order 0, d_k/2, 1, d_k/2 + 1..."""
    heads = rows[:n_turned].unflatten(0, (-1, 2, d_k // 2))
    return torch.cat([heads.transpose(1, 2).flatten(0, 2), rows[n_turned:]])


class CrossAttention:
    """Attention to the source, whose keys and values `look` computes once."""

    def __init__(self, attention: MultiHeadAttention, lay_out: LayOut):
        self.n_head, self.n_kv_head = attention.n_head, attention.n_kv_head
        self.d_k, self.d_v = attention.d_k, attention.d_v
        self.normalizes = attention.normalize_query_key
        self.project_query = lay_out(*own(attention.project_query))
        maps = [attention.project_key, attention.project_value]
        self.project_source = lay_out(*joined(maps))
        self.project_output = lay_out(*own(attention.project_output))

    def look(self, memory: Float[Tensor, "batch source d_model"]) -> tuple:
        """Keys (B, H_kv, Ts, d_k) and values of the encoder's memory."""
        widths = (self.n_kv_head * self.d_k, self.n_kv_head * self.d_v)
        key, value = self.project_source(memory).split(widths, -1)
        key, value = (x.unflatten(-1, (self.n_kv_head, -1)) for x in (key, value))
        if self.normalizes:
            key = F.rms_norm(key, (self.d_k,))
        return key.transpose(1, 2).contiguous(), value.transpose(1, 2).contiguous()

    def __call__(
        self, x: Tensor, i: int, sources: Sources
    ) -> Float[Tensor, "rows queries d_model"]:
        """`x` (rows, T, d_model), rows of one source beside each other, in layer i.

        Rows of one source are queries to it: keys and values are stored once.
        """
        rows, T, _ = x.shape
        S, w = rows // sources.width, sources.width
        query = self.project_query(x).view(S, w * T, self.n_head, self.d_k)
        if self.normalizes:
            query = F.rms_norm(query, (self.d_k,))
        output = attend(query.transpose(1, 2), *sources.kept[i], sources.mask)
        return self.project_output(output.transpose(1, 2).reshape(rows, T, -1))


class Network:
    """A feed-forward network; a gate and what it gates are one matrix."""

    def __init__(self, network: FeedForward, lay_out: LayOut):
        self.activation = network.activation
        maps = [network.expand, network.gate]
        self.expand = lay_out(
            *(own(network.expand) if network.gate is None else joined(maps))
        )
        self.contract = lay_out(*own(network.contract))

    def __call__(self, x: Float[Tensor, "... d_model"]) -> Tensor:
        """As `FeedForward` in eval mode."""
        hidden = self.expand(x)
        if self.activation == "swiglu":
            hidden, gate = hidden.chunk(2, -1)
            hidden = F.silu(hidden).mul_(gate)
        elif self.activation.startswith("relu"):
            hidden = hidden.relu_()
            hidden = hidden.square_() if self.activation == "relu2" else hidden
        else:
            how = "tanh" if "tanh" in self.activation else "none"
            hidden = F.gelu(hidden, approximate=how)
        return self.contract(hidden)


class PreparedLayer:
    """An `EncoderLayer`, or a `DecoderLayer` where there are sources to look at."""

    def __init__(self, layer: EncoderLayer, lay_out: LayOut, turned: bool):
        self.norm_first = layer.norm_first
        self.own = SelfAttention(layer.self_attention, lay_out, turned)
        self.cross = self.norm_cross = None
        if hasattr(layer, "cross_attention"):
            self.cross = CrossAttention(layer.cross_attention, lay_out)
            self.norm_cross = layer.norm_cross_attention
        self.network = Network(layer.feed_forward, lay_out)
        self.norm_own, self.norm_network = layer.norm_attention, layer.norm_feed_forward

    def __call__(
        self,
        x: Float[Tensor, "batch length d_model"],
        shared: Pass,
        cache: tuple[Tensor, Tensor] | None = None,
        i: int = 0,
        sources: Sources | None = None,
    ) -> Float[Tensor, "batch queries d_model"]:
        """`x` (B, T, d_model) to the same shape, as the i-th layer of its stack.

        To (B, 1, d_model) where `shared` asks for the last place only.
        """
        x = self._residual(x, self.norm_own, lambda y: self.own(y, shared, cache))
        if self.cross is not None:
            look = lambda y: self.cross(y, i, sources)  # noqa: E731
            x = self._residual(x, self.norm_cross, look)
        return self._residual(x, self.norm_network, self.network)

    def _residual(self, x: Tensor, norm: nn.Module, sublayer) -> Tensor:
        y = sublayer(normalize(norm, x) if self.norm_first else x)
        y = x[:, -y.shape[1] :] + y
        return y if self.norm_first else normalize(norm, y)


def with_mask(
    bias: Float[Tensor, "..."] | None, mask: Bool[Tensor, "..."] | None, dtype
) -> Tensor | None:
    """A bias that hides what a boolean mask hides, or the one of them that there is."""
    if bias is None or mask is None:
        return mask if bias is None else bias.to(dtype)
    return bias.to(dtype).masked_fill(~mask, float("-inf"))
