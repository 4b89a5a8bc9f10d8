"""Attention: scaled dot products, an additive kind, and many heads.

Shapes are batch first: `B` batch, `H` heads, `Tq` queries, `Tk` keys, `d_k` and `d_v`
the widths of keys and values. A mask is boolean and True means "may attend"; it
broadcasts to (..., Tq, Tk). A query that may attend to nothing gets zeros.

>>> import torch
>>> from n2t.attention import MultiHeadAttention
>>> from n2t.cache import KeyValueCache
>>> from n2t.masks import padding_mask
>>> ids = torch.tensor([[5, 6, 7, 0]])          # (B, T); 0 pads
>>> x = torch.randn(1, 4, 16)                   # (B, T, d_model)
>>> attention = MultiHeadAttention(d_model=16, n_head=4)
>>> attention(x, mask=padding_mask(ids, pad_id=0), causal=True).shape
torch.Size([1, 4, 16])

Self-attention gives only `query`; cross-attention gives `key` (and `value`, by default
the same tensor) from elsewhere. Both can return their weights:

>>> memory = torch.randn(1, 6, 16)              # (B, Tk, d_model)
>>> output, weights = attention(x, memory, return_weights=True)
>>> weights.shape                               # (B, H, Tq, Tk); rows sum to 1
torch.Size([1, 4, 4, 6])

When decoding, a `KeyValueCache` keeps what was seen:

>>> cache = KeyValueCache(max_length=4)
>>> steps = [attention(x[:, t : t + 1], causal=True, cache=cache) for t in range(4)]
>>> whole = attention(x, causal=True)
>>> torch.allclose(torch.cat(steps, dim=1), whole, atol=1e-6)
True
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from n2t._checks import check_divides, check_float, check_probability, check_size
from n2t.cache import KeyValueCache
from n2t.masks import (
    causal_mask,
    check_attention,
    check_boolean,
    check_dtypes,
    combine_masks,
    masked_softmax,
)

__all__ = ["AdditiveAttention", "MultiHeadAttention", "scaled_dot_product_attention"]

SHORT = 256
"""The backward pass of torch's kernel on a processor is slower in bfloat16 than in
float32, casts included, for fewer queries: 8 times for 16, twice for 128."""


def scaled_dot_product_attention(
    query: Float[Tensor, "... queries d_k"],
    key: Float[Tensor, "... keys d_k"],
    value: Float[Tensor, "... keys d_v"],
    mask: Bool[Tensor, "..."] | None = None,
    *,
    bias: Float[Tensor, "..."] | None = None,
    causal: bool = False,
    dropout: float = 0.0,
    scale: float | None = None,
    return_weights: bool = False,
):
    """softmax(query keyᵀ / √d_k) value: equation 1 of "Attention is all you need".

    `query` (..., Tq, d_k), `key` (..., Tk, d_k), `value` (..., Tk, d_v). With an axis
    of heads, (B, H, T, d), keys and values may have fewer heads, shared by groups of
    H / H_kv neighbouring query heads. `bias` is added to the scores, in their dtype;
    `scale` replaces 1/√d_k; `causal` means `causal_mask(Tq, Tk)`; `dropout` acts on the
    weights.

    Returns (..., Tq, d_v), by torch's fused kernels; with `return_weights` the pair
    (output, weights (..., Tq, Tk)), by the plain products below. Both agree.
    Raises TypeError for a mask that is not boolean and, outside autocast, for a key or
    value of another dtype than query's; ValueError for shapes that do not fit.
    """
    options = (bias, causal, dropout, scale, return_weights)
    return _attend(query, key, value, mask, *options)


def _attend(
    query, key, value, mask, bias, causal, dropout, scale, return_weights, hook=None
):
    """As above; `hook` may keep the biased mask for the next layer."""
    check_attention(query, key, value, mask, bias)
    check_probability("dropout", dropout)
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    causal = causal and query.shape[-2] > 1  # one query, the last: it sees every key
    if return_weights:
        mask = _with_causal(query, key, mask, causal)
        return _plain(query, key, value, mask, bias, dropout, scale)
    if bias is not None:
        mask = _biased(query, key, mask, bias, causal, hook)
        causal = False
    elif causal and not (mask is None and query.shape[-2] == key.shape[-2]):
        mask = _with_causal(query, key, mask, causal)
        causal = False
    return _fused(query, key, value, mask, causal, dropout, scale)


def _with_causal(query, key, mask, causal):
    """The mask, and the causal mask too if that is asked for."""
    Tq, Tk = query.shape[-2], key.shape[-2]
    causes = causal_mask(Tq, Tk, device=query.device) if causal else None
    return combine_masks(mask, causes)


def _biased(query, key, mask, bias, causal, hook):
    """The bias as a fused kernel wants it: in query's dtype, -inf where hidden."""

    def make():
        allowed = _with_causal(query, key, mask, causal)
        added = bias.to(query.dtype)
        return added if allowed is None else added.masked_fill(~allowed, float("-inf"))

    if hook is None:
        return make()
    settings = (query.shape[-2], key.shape[-2], causal, query.dtype)
    return hook.shared(mask, settings, make)


def _plain(query, key, value, mask, bias, dropout, scale):
    """(output, weights), one readable line a step."""
    scores = _grouped_matmul(query, key.mT) * scale  # (..., Tq, Tk)
    if bias is not None:
        scores = scores + bias.to(query.dtype)
    weights = masked_softmax(scores, mask)  # (..., Tq, Tk)
    return _grouped_matmul(F.dropout(weights, dropout), value), weights


def _fused(query, key, value, mask, causal, dropout, scale):
    """The output alone, without ever storing (Tq, Tk) where torch has a kernel."""
    grouped = query.dim() > 2 and query.shape[-3] != key.shape[-3]
    options = dict(dropout_p=dropout, is_causal=causal, scale=scale, enable_gqa=grouped)
    if not _learns_short_rows(query, key, value):
        return F.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, **options
        )
    mask = mask.float() if mask is not None and mask.is_floating_point() else mask
    inputs = query.float(), key.float(), value.float()
    with torch.autocast("cpu", enabled=False):
        output = F.scaled_dot_product_attention(*inputs, attn_mask=mask, **options)
    return output.bfloat16()


def _learns_short_rows(*inputs) -> bool:
    """Whether a processor is to learn from at most `SHORT` queries in bfloat16."""
    query, lower = inputs[0], inputs[0].dtype == torch.bfloat16
    if torch.is_autocast_enabled("cpu"):
        lower = torch.get_autocast_dtype("cpu") == torch.bfloat16
    short = query.device.type == "cpu" and query.shape[-2] <= SHORT
    learned = torch.is_grad_enabled() and any(x.requires_grad for x in inputs)
    return lower and short and learned


def _grouped_matmul(x: Tensor, y: Tensor) -> Tensor:
    """x @ y where y may have fewer heads (axis -3): groups are folded, y not copied."""
    if x.dim() < 3 or x.shape[-3] == y.shape[-3]:
        return x @ y
    *batch, H, T, d = x.shape
    folded = x.reshape(*batch, y.shape[-3], -1, d)  # (..., H_kv, H/H_kv · T, d)
    return (folded @ y).reshape(*batch, H, T, y.shape[-1])


class AdditiveAttention(nn.Module):
    """vᵀ tanh(W query + U key): Bahdanau, Cho and Bengio (2015), section 3.1.

    The weights are a softmax of these scores over the keys. `d_hidden` is the width
    of the sum inside the tanh.
    """

    def __init__(self, d_query: int, d_key: int, d_hidden: int):
        super().__init__()
        check_size("d_query", d_query)
        check_size("d_key", d_key)
        check_size("d_hidden", d_hidden)
        self.d_query, self.d_key = d_query, d_key
        self.project_query = nn.Linear(d_query, d_hidden, bias=False)
        self.project_key = nn.Linear(d_key, d_hidden)
        self.score = nn.Linear(d_hidden, 1, bias=False)

    def forward(
        self,
        query: Float[Tensor, "batch queries d_query"],
        key: Float[Tensor, "batch keys d_key"],
        value: Float[Tensor, "batch keys d_v"] | None = None,
        mask: Bool[Tensor, "..."] | None = None,
        return_weights: bool = False,
        *,
        projected_key: Float[Tensor, "batch keys d_hidden"] | None = None,
    ):
        """Output (B, Tq, d_v), or (output, weights (B, Tq, Tk)).

        `value` is by default `key`. `mask` broadcasts to (B, Tq, Tk); a padding mask's
        (B, 1, 1, Tk) is taken too. A decoder that asks again and again about the same
        keys gives `projected_key = attention.project_key(key)`, computed once.
        """
        value = key if value is None else value
        self._check(query, key, value)
        check_dtypes(query=query, key=key, value=value)
        if mask is not None:
            check_boolean("mask", mask)
            if mask.dim() == 4 and mask.shape[1] == 1:
                mask = mask[:, 0]  # there are no heads
        keys = self.project_key(key) if projected_key is None else projected_key
        hidden = self.project_query(query)[:, :, None] + keys[:, None]
        scores = self.score(hidden.tanh())[..., 0]  # (B, Tq, Tk)
        weights = masked_softmax(scores, mask)
        output = weights @ value  # (B, Tq, d_v)
        return (output, weights) if return_weights else output

    def _check(self, query, key, value):
        check_float("query", query, "(B, Tq, d_query)", self.d_query)
        check_float("key", key, "(B, Tk, d_key)", self.d_key)
        check_float("value", value, "(B, Tk, d_v)")
        q, k, v = tuple(query.shape), tuple(key.shape), tuple(value.shape)
        if q[0] != k[0] or k[:2] != v[:2]:
            raise ValueError(f"query {q}, key {k}, value {v} differ in B or Tk")


@runtime_checkable
class PositionHook(Protocol):
    """What attention asks of positions (see `n2t.positions`)."""

    def rotate(self, x: Tensor, offset: int = 0) -> Tensor:
        """Queries or keys (B, H, T, d_k), whose first stands at `offset`, turned."""

    def bias(self, Tq: int, Tk: int) -> Tensor | None:
        """What to add to the scores, (H, Tq, Tk), or None."""

    def shared(self, mask: Tensor | None, key: tuple, make: Callable[[], Tensor]):
        """What `make()` gives, or what it gave the last layer for this mask and key."""


class MultiHeadAttention(nn.Module):
    """`n_head` attentions side by side, each with its own projections (section 3.2.2).

    `d_k` and `d_v` (by default d_model / n_head) are free of `d_model`. With
    `n_kv_head` below `n_head`, groups of query heads share keys and values
    (grouped-query attention; 1 is multi-query), and the cache shrinks by that factor.
    `dropout` acts on the attention weights; 0, as in the paper, keeps the fused path.
    `normalize_query_key` scales each query and key to mean square 1 before the product.

    Raises ValueError when n_head does not divide d_model (and d_k is not given), or
    n_kv_head does not divide n_head.
    """

    def __init__(
        self,
        d_model: int,
        n_head: int,
        *,
        d_k: int | None = None,
        d_v: int | None = None,
        n_kv_head: int | None = None,
        dropout: float = 0.0,
        bias: bool = True,
        normalize_query_key: bool = False,
    ):
        super().__init__()
        check_size("d_model", d_model)
        check_size("n_head", n_head)
        if d_k is None or d_v is None:
            check_divides("d_model", d_model, "n_head", n_head)
        self.d_model, self.n_head = d_model, n_head
        self.d_k = d_model // n_head if d_k is None else check_size("d_k", d_k)
        self.d_v = d_model // n_head if d_v is None else check_size("d_v", d_v)
        self.n_kv_head = n_head if n_kv_head is None else n_kv_head
        check_size("n_kv_head", self.n_kv_head)
        check_divides("n_head", n_head, "n_kv_head", self.n_kv_head)
        self.dropout = check_probability("dropout", dropout)
        self.normalize_query_key = normalize_query_key
        self.project_query = nn.Linear(d_model, n_head * self.d_k, bias)
        self.project_key = nn.Linear(d_model, self.n_kv_head * self.d_k, bias)
        self.project_value = nn.Linear(d_model, self.n_kv_head * self.d_v, bias)
        self.project_output = nn.Linear(n_head * self.d_v, d_model, bias)
        for projection in self.children():
            nn.init.xavier_uniform_(projection.weight)
            if bias:
                nn.init.zeros_(projection.bias)

    def forward(
        self,
        query: Float[Tensor, "batch queries d_model"],
        key: Float[Tensor, "batch keys d_model"] | None = None,
        value: Float[Tensor, "batch keys d_model"] | None = None,
        mask: Bool[Tensor, "..."] | None = None,
        *,
        causal: bool = False,
        positions: PositionHook | None = None,
        cache: KeyValueCache | None = None,
        return_weights: bool = False,
    ):
        """Output (B, Tq, d_model), or (output, weights (B, H, Tq, Tk)).

        Without `key` this is self-attention: `positions` turns queries and keys or
        biases the scores, and `cache` is added to. With `key` it is cross-attention:
        `value` is by default `key`, a `cache` keeps their projections from the first
        call on. `mask` broadcasts to (B, H, Tq, Tk), Tk counting what is cached.
        """
        check_float("query", query, "(B, Tq, d_model)", self.d_model)
        if key is None and value is not None:
            raise ValueError("value was given without key: give both, or neither")
        turn = positions if key is None else None  # self-attention only
        q = self._heads(self.project_query(query), self.n_head)  # (B, H, Tq, d_k)
        q = self._prepare(q, turn, 0 if cache is None else cache.length)
        if key is not None and cache is not None and cache.length:
            k, v = cache.contents()
        else:
            k, v = self._keys_and_values(
                query if key is None else key, value, turn, cache
            )
        bias = None if turn is None else turn.bias(q.shape[-2], k.shape[-2])
        dropout = self.dropout if self.training else 0.0
        options = (bias, causal, dropout, None, return_weights, turn)
        result = _attend(q, k, v, mask, *options)
        output, weights = result if return_weights else (result, None)
        output = self.project_output(output.transpose(1, 2).flatten(2))
        return (output, weights) if return_weights else output

    def _keys_and_values(self, key, value, turn, cache):
        """Projected keys (B, H_kv, Tk, d_k) and values, with all that `cache` holds."""
        value = key if value is None else value
        check_float("key", key, "(B, Tk, d_model)", self.d_model)
        check_float("value", value, "(B, Tk, d_model)", self.d_model)
        k = self._heads(self.project_key(key), self.n_kv_head)
        v = self._heads(self.project_value(value), self.n_kv_head)
        k = self._prepare(k, turn, 0 if cache is None else cache.length)
        return (k, v) if cache is None else cache.append(k, v)

    def _prepare(self, x, turn, offset):
        """Queries or keys, normalized if asked for, then turned by their positions."""
        if self.normalize_query_key:
            x = F.rms_norm(x, x.shape[-1:])
        return x if turn is None else turn.rotate(x, offset)

    @staticmethod
    def _heads(x, heads):
        """(B, T, H d) to (B, H, T, d)."""
        return x.unflatten(-1, (heads, -1)).transpose(1, 2)
