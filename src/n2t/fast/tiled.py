"""Exact attention in tiles, forward and backward, without a table of (Tq, Tk).

Source: Dao, Fu, Ermon, Rudra and Ré (2022), "FlashAttention", algorithms 1, 2 and 4;
the running maximum and sum are those of Milakov and Gimelshein (2018), "Online
normalizer calculation for softmax", algorithm 3.

>>> import torch
>>> q, k, v = torch.randn(3, 2, 4, 100, 16, dtype=torch.float64).unbind(0)
>>> tiled = flash_attention(q, k, v, causal=True, block=32)
>>> plain = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
>>> torch.allclose(tiled, plain, atol=1e-12)
True
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from n2t._checks import check_size
from n2t.masks import check_attention

NOTHING = float("-inf")


def flash_attention(
    query: Float[Tensor, "... queries d_k"],
    key: Float[Tensor, "... keys d_k"],
    value: Float[Tensor, "... keys d_v"],
    *,
    causal: bool = False,
    scale: float | None = None,
    block: int = 128,
) -> Float[Tensor, "... queries d_v"]:
    """softmax(query keyᵀ scale) value, from tiles of (block, block) scores.

    `query` (..., Tq, d_k), `key` (..., Tk, d_k), `value` (..., Tk, d_v), with equal
    leading axes. `causal`: the last query stands at the last key, as in `causal_mask`;
    a query that then sees no key (Tq > Tk) gets zeros. `scale` replaces 1/√d_k.
    Backward makes each tile anew from one number a query, its log-sum-exp; it keeps
    O(Tq + Tk) numbers in all, and gives first derivatives only.

    Raises what `scaled_dot_product_attention` raises for shapes and dtypes, and
    ValueError for leading axes that differ.
    """
    check_equal_heads(query, key, value)
    check_size("block", block)
    scale = query.shape[-1] ** -0.5 if scale is None else float(scale)
    return _Flash.apply(query, key, value, causal, scale, block)


def check_equal_heads(query: Tensor, key: Tensor, value: Tensor) -> None:
    """Raise unless the three fit, with no head shared by several queries' heads."""
    check_attention(query, key, value, None, None)
    if query.shape[:-2] != key.shape[:-2]:
        raise ValueError(
            f"query {tuple(query.shape)} and key {tuple(key.shape)} differ in their "
            "leading axes: heads that are shared must be repeated first"
        )


class _Flash(torch.autograd.Function):
    @staticmethod
    def forward(ctx, query, key, value, causal, scale, block):
        output, total = _forward(query, key, value, causal, scale, block)
        ctx.save_for_backward(query, key, value, output, total)
        ctx.options = (causal, scale, block)
        return output

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, given):
        return (*_backward(*ctx.saved_tensors, given, *ctx.options), None, None, None)


def _spans(length: int, block: int) -> Iterator[slice]:
    return (slice(i, min(i + block, length)) for i in range(0, length, block))


def _scores(query, key, rows: slice, columns: slice, causal: bool, scale: float):
    """One tile of scores; hidden ones are -inf. None where all are hidden."""
    ahead = key.shape[-2] - query.shape[-2]  # the last query stands at the last key
    if causal and columns.start > rows.stop - 1 + ahead:
        return None
    scores = query[..., rows, :] @ key[..., columns, :].mT * scale
    if causal and columns.stop - 1 > rows.start + ahead:
        i = torch.arange(rows.start, rows.stop, device=query.device)[:, None]
        j = torch.arange(columns.start, columns.stop, device=query.device)
        scores = scores.masked_fill(j > i + ahead, NOTHING)
    return scores


def _forward(query, key, value, causal, scale, block):
    """The output, and the log of the sum of exponentials of each query's scores."""
    outputs, totals = [], []
    for rows in _spans(query.shape[-2], block):
        parts = (*query.shape[:-2], rows.stop - rows.start)
        best = query.new_full(parts, NOTHING)
        total = query.new_zeros(parts)
        mixed = value.new_zeros((*parts, value.shape[-1]))
        for columns in _spans(key.shape[-2], block):
            scores = _scores(query, key, rows, columns, causal, scale)
            if scores is None:
                break
            new = torch.maximum(best, scores.amax(-1))
            ground = new.masked_fill(new == NOTHING, 0.0)  # no key seen yet
            shrink = (best - ground).exp()
            weights = (scores - ground[..., None]).exp()
            total = total * shrink + weights.sum(-1)
            mixed = mixed * shrink[..., None] + weights @ value[..., columns, :]
            best = new
        seen = total.masked_fill(total == 0, 1.0)
        outputs.append(mixed / seen[..., None])
        totals.append(best + seen.log())
    return torch.cat(outputs, -2), torch.cat(totals, -1)


def _backward(query, key, value, output, total, given, causal, scale, block):
    """Gradients of query, key and value, each tile of weights made anew."""
    d_query, d_key, d_value = (torch.zeros_like(x) for x in (query, key, value))
    mean = (given * output).sum(-1)  # of the weights' gradients, under the weights
    ground = total.masked_fill(total == NOTHING, 0.0)
    for columns in _spans(key.shape[-2], block):
        for rows in _spans(query.shape[-2], block):
            scores = _scores(query, key, rows, columns, causal, scale)
            if scores is None:
                continue
            weights = (scores - ground[..., rows, None]).exp()
            d_value[..., columns, :] += weights.mT @ given[..., rows, :]
            d_weights = given[..., rows, :] @ value[..., columns, :].mT
            d_scores = weights * (d_weights - mean[..., rows, None]) * scale
            d_query[..., rows, :] += d_scores @ key[..., columns, :]
            d_key[..., columns, :] += d_scores.mT @ query[..., rows, :]
    return d_query, d_key, d_value
