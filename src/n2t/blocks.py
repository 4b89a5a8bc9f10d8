"""The Transformer's blocks: norms, feed-forward networks, encoder and decoder layers.

A layer is a few *sublayers* (attention, feed-forward), each around a residual stream x
of shape (B, T, d_model):

* post-norm, the 2017 paper's: x = norm(x + sublayer(x))
* pre-norm, easier to train deep: x = x + sublayer(norm(x)), with one more norm at the
  end of the stack

>>> import torch
>>> layer = EncoderLayer(d_model=16, n_head=4, d_ff=32, norm_first=True)
>>> layer(torch.randn(2, 5, 16), causal=True).shape
torch.Size([2, 5, 16])
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from n2t._checks import (
    check_choice,
    check_float,
    check_positive,
    check_probability,
    check_size,
)
from n2t.attention import MultiHeadAttention, PositionHook
from n2t.cache import KeyValueCache

NORMS = ("layer", "rms")
ACTIVATIONS = ("relu", "gelu", "gelu_tanh", "swiglu", "relu2")


class LayerNorm(nn.Module):
    """(x - mean) / √(variance + ε) · weight + bias, over the features of each token.

    Ba, Kiros and Hinton (2016). The variance divides by d_model, not d_model - 1.
    """

    def __init__(self, d_model: int, epsilon: float = 1e-5):
        super().__init__()
        self.epsilon = check_positive("epsilon", epsilon)
        self.weight = nn.Parameter(torch.ones(check_size("d_model", d_model)))
        self.bias = nn.Parameter(torch.zeros(d_model))

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        """`x` (..., d_model) with each token's features at mean 0 and variance 1."""
        check_float("x", x, "(..., d_model)", len(self.weight))
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.epsilon)

    def extra_repr(self) -> str:
        return f"{len(self.weight)}, epsilon={self.epsilon}"


class RMSNorm(nn.Module):
    """x / √(mean(x²) + ε) · weight: LayerNorm without mean and bias.

    Zhang and Sennrich (2019).
    """

    def __init__(self, d_model: int, epsilon: float = 1e-5):
        super().__init__()
        self.epsilon = check_positive("epsilon", epsilon)
        self.weight = nn.Parameter(torch.ones(check_size("d_model", d_model)))

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        """`x` (..., d_model) with each token's features at mean square 1."""
        check_float("x", x, "(..., d_model)", len(self.weight))
        return F.rms_norm(x, self.weight.shape, self.weight, self.epsilon)

    def extra_repr(self) -> str:
        return f"{len(self.weight)}, epsilon={self.epsilon}"


def make_norm(norm: str, d_model: int, epsilon: float = 1e-5) -> LayerNorm | RMSNorm:
    """The norm called "layer" or "rms"."""
    check_choice("norm", norm, NORMS)
    return (LayerNorm if norm == "layer" else RMSNorm)(d_model, epsilon)


class Dropout(nn.Module):
    """In training, zeros each number with probability `rate`, and divides the others
    by 1 - rate, so that the mean stays (Srivastava et al., 2014); in eval, nothing.

    On a CPU torch's own costs as much as a matrix product. Here each number draws 16
    random bits, a third of the time; `rate` is then a multiple of 1/65,536.
    """

    def __init__(self, rate: float):
        super().__init__()
        self.rate = check_probability("dropout", rate)

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """`x`, any shape, with some of its numbers dropped."""
        if not self.training or self.rate == 0.0:
            return x
        if x.device.type != "cpu" or torch.compiler.is_compiling():
            return F.dropout(x, self.rate)
        kept = min(max(round(65_536 * (1 - self.rate)), 1), 65_535)
        words = torch.empty(-(-x.numel() // 4), dtype=torch.int64)  # 4 × 16 bits each
        bits = words.random_(-(2**63), None).view(torch.int16)[: x.numel()]
        noise = (bits < kept - 32_768).to(x.dtype).mul_(65_536 / kept)
        return x * noise.view(x.shape)

    def extra_repr(self) -> str:
        return f"rate={self.rate}"


class FeedForward(nn.Module):
    """Two linear maps with a nonlinearity between, on each token by itself (3.3).

    `activation`: "relu", "gelu" (exact), "gelu_tanh" (GPT-2's approximation), "relu2"
    (the square of ReLU; So et al., 2021), or "swiglu": (silu(x W) · x V) W₂, which has
    a third matrix (Shazeer, 2020), so that people often take 2/3 of the usual `d_ff`.
    """

    def __init__(
        self,
        d_model: int,
        d_ff: int,
        activation: str = "relu",
        dropout: float = 0.0,
        *,
        bias: bool = True,
    ):
        super().__init__()
        self.d_model = check_size("d_model", d_model)
        self.activation = check_choice("activation", activation, ACTIVATIONS)
        self.expand = nn.Linear(d_model, check_size("d_ff", d_ff), bias)
        self.gate = nn.Linear(d_model, d_ff, bias) if activation == "swiglu" else None
        self.contract = nn.Linear(d_ff, d_model, bias)
        self.dropout = Dropout(dropout)

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        """`x` (..., d_model) to the same shape, by way of (..., d_ff)."""
        check_float("x", x, "(..., d_model)", self.d_model)
        hidden = self._activate(self.expand(x))  # (..., d_ff)
        if self.gate is not None:
            hidden = hidden * self.gate(x)
        return self.contract(self.dropout(hidden))

    def _activate(self, hidden: Tensor) -> Tensor:
        if self.activation == "relu":
            return hidden.relu()
        if self.activation == "relu2":
            return hidden.relu().square()
        if self.activation == "swiglu":
            return F.silu(hidden)
        return F.gelu(
            hidden, approximate="tanh" if "tanh" in self.activation else "none"
        )


class Layer(nn.Module):
    """What encoder and decoder layers share: one residual step around each sublayer."""

    def __init__(self, dropout: float, norm_first: bool):
        super().__init__()
        self.norm_first = norm_first
        self.dropout = Dropout(dropout)

    def residual(
        self, x: Tensor, norm: nn.Module, sublayer: Callable[[Tensor], Tensor]
    ) -> Tensor:
        """x + sublayer(norm(x)), or norm(x + sublayer(x)); dropout on the sublayer."""
        if self.norm_first:
            return x + self.dropout(sublayer(norm(x)))
        return norm(x + self.dropout(sublayer(x)))


class EncoderLayer(Layer):
    """Self-attention, then feed-forward. With `causal=True` it is a GPT's layer.

    `dropout` acts on each sublayer's output (5.4). `feed_forward_dropout`, inside the
    feed-forward network, and `attention_dropout`, on the attention weights, are not in
    the paper. `attention_options` go to `MultiHeadAttention`: d_k, d_v, n_kv_head,
    normalize_query_key.
    """

    def __init__(
        self,
        d_model: int,
        n_head: int,
        d_ff: int,
        *,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        feed_forward_dropout: float = 0.0,
        activation: str = "relu",
        norm: str = "layer",
        norm_epsilon: float = 1e-5,
        norm_first: bool = False,
        bias: bool = True,
        **attention_options,
    ):
        super().__init__(dropout, norm_first)
        self.self_attention = MultiHeadAttention(
            d_model, n_head, dropout=attention_dropout, bias=bias, **attention_options
        )
        self.feed_forward = FeedForward(
            d_model, d_ff, activation, feed_forward_dropout, bias=bias
        )
        self.norm_attention = make_norm(norm, d_model, norm_epsilon)
        self.norm_feed_forward = make_norm(norm, d_model, norm_epsilon)

    def forward(
        self,
        x: Float[Tensor, "batch queries d_model"],
        mask: Bool[Tensor, "..."] | None = None,
        *,
        causal: bool = False,
        positions: PositionHook | None = None,
        cache: KeyValueCache | None = None,
    ) -> Float[Tensor, "batch queries d_model"]:
        """`x` (B, T, d_model) to the same shape; arguments as `MultiHeadAttention`."""

        def attend(y: Tensor) -> Tensor:
            return self.self_attention(
                y, mask=mask, causal=causal, positions=positions, cache=cache
            )

        x = self.residual(x, self.norm_attention, attend)
        return self.residual(x, self.norm_feed_forward, self.feed_forward)


class DecoderLayer(EncoderLayer):
    """Causal self-attention, attention to the encoder's memory, then feed-forward."""

    def __init__(
        self,
        d_model: int,
        n_head: int,
        d_ff: int,
        *,
        attention_dropout: float = 0.0,
        feed_forward_dropout: float = 0.0,
        norm: str = "layer",
        norm_epsilon: float = 1e-5,
        bias: bool = True,
        dropout: float = 0.0,
        activation: str = "relu",
        norm_first: bool = False,
        **attention_options,
    ):
        super().__init__(
            d_model,
            n_head,
            d_ff,
            dropout=dropout,
            attention_dropout=attention_dropout,
            feed_forward_dropout=feed_forward_dropout,
            activation=activation,
            norm=norm,
            norm_epsilon=norm_epsilon,
            norm_first=norm_first,
            bias=bias,
            **attention_options,
        )
        self.cross_attention = MultiHeadAttention(
            d_model, n_head, dropout=attention_dropout, bias=bias, **attention_options
        )
        self.norm_cross_attention = make_norm(norm, d_model, norm_epsilon)

    def forward(
        self,
        x: Float[Tensor, "batch queries d_model"],
        memory: Float[Tensor, "batch keys d_model"],
        memory_mask: Bool[Tensor, "..."] | None = None,
        *,
        mask: Bool[Tensor, "..."] | None = None,
        causal: bool = True,
        positions: PositionHook | None = None,
        cache: tuple[KeyValueCache, KeyValueCache] | None = None,
    ) -> Float[Tensor, "batch queries d_model"]:
        """`x` (B, Tt, d_model) and `memory` (B, Ts, d_model) to x's shape.

        `memory_mask` hides memory's padding; `mask` and `causal` are for the
        self-attention; `cache` is the pair (self-attention's, cross-attention's).
        """
        own, cross = cache or (None, None)

        def attend(y: Tensor) -> Tensor:
            return self.self_attention(
                y, mask=mask, causal=causal, positions=positions, cache=own
            )

        def look_up(y: Tensor) -> Tensor:
            return self.cross_attention(y, memory, mask=memory_mask, cache=cross)

        x = self.residual(x, self.norm_attention, attend)
        x = self.residual(x, self.norm_cross_attention, look_up)
        return self.residual(x, self.norm_feed_forward, self.feed_forward)
