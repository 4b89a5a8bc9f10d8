"""Attention masks: boolean, True means "may attend", broadcasting to (..., Tq, Tk).

The arguments of `n2t.attention` are checked here too.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from n2t._checks import check_divides, check_float, check_ids, check_size


def causal_mask(
    Tq: int, Tk: int | None = None, *, device: torch.device | str | None = None
) -> Bool[Tensor, "queries keys"]:
    """Mask (Tq, Tk) in which a query sees the keys up to its own place, no later ones.

    The last query stands at the last key, so that with a cache (Tq < Tk) the new
    queries see everything before them.

    >>> causal_mask(2, 3).int().tolist()
    [[1, 1, 0], [1, 1, 1]]
    """
    check_size("Tq", Tq)
    Tk = Tq if Tk is None else check_size("Tk", Tk)
    return torch.ones(Tq, Tk, dtype=torch.bool, device=device).tril(Tk - Tq)


def padding_mask(
    ids: Int[Tensor, "batch keys"], pad_id: int
) -> Bool[Tensor, "batch 1 1 keys"]:
    """Mask (B, 1, 1, Tk) that hides padding *keys*; it broadcasts over heads, queries.

    A query that is padding is left alone: its output is never used.
    """
    check_ids("ids", ids)
    check_size("pad_id", pad_id, 0)
    return (ids != pad_id)[:, None, None, :]


def combine_masks(*masks: Bool[Tensor, "..."] | None) -> Bool[Tensor, "..."] | None:
    """The mask that allows what every given mask allows; None allows everything."""
    combined = None
    for mask in masks:
        if mask is not None:
            check_boolean("mask", mask)
            combined = mask if combined is None else combined & mask
    return combined


def masked_softmax(
    scores: Float[Tensor, "... queries keys"], mask: Bool[Tensor, "..."] | None = None
) -> Float[Tensor, "... queries keys"]:
    """Softmax over the keys that `mask` allows; a row that allows none gives zeros.

    Such a row is left unmasked in the softmax and zeroed after it, so that no NaN
    arises either forward or backward (a softmax over nothing but -inf is 0/0).
    """
    if mask is None:
        return scores.softmax(dim=-1)
    check_mask(mask, scores.shape, scores.device)
    alive = mask.any(dim=-1, keepdim=True)  # (..., Tq, 1)
    scores = scores.masked_fill(alive & ~mask, float("-inf"))
    return scores.softmax(dim=-1).masked_fill(~alive, 0.0)


def check_boolean(name, mask):
    """Raise TypeError unless `mask` is a boolean tensor (float and int are refused)."""
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        got = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(
            f"{name} must be boolean, True where attending is allowed; got {got}"
        )


def check_mask(mask, shape, device):
    """Raise unless `mask` is boolean and broadcasts to `shape` = (..., Tq, Tk)."""
    check_boolean("mask", mask)
    check_broadcasts("mask", mask, shape, device)


def check_broadcasts(name, x, shape, device):
    """Raise ValueError unless `x` broadcasts to `shape` and is on `device`."""
    sizes = zip(reversed(x.shape), reversed(shape), strict=False)
    if x.dim() > len(shape) or any(a not in (1, b) for a, b in sizes):
        raise ValueError(
            f"{name} {tuple(x.shape)} does not broadcast to {tuple(shape)}, "
            "the scores' (..., Tq, Tk)"
        )
    if x.device != device:
        raise ValueError(f"{name} is on {x.device}, the scores on {device}")


def check_dtypes(**tensors):
    """Raise TypeError unless all have one dtype; autocast makes them alike itself."""
    first = next(iter(tensors.values()))
    alike = all(tensor.dtype == first.dtype for tensor in tensors.values())
    if not alike and not torch.is_autocast_enabled(first.device.type):
        found = ", ".join(f"{name} is {x.dtype}" for name, x in tensors.items())
        raise TypeError(f"{found}: they must have one dtype")


def check_attention(query, key, value, mask, bias):
    """Raise for all that does not fit, which a fused kernel would say less clearly."""
    check_float("query", query, "(..., Tq, d_k)")
    check_float("key", key, "(..., Tk, d_k)", query.shape[-1])
    check_float("value", value, "(..., Tk, d_v)")
    q, k, v = tuple(query.shape), tuple(key.shape), tuple(value.shape)
    if k[:-1] != v[:-1]:
        raise ValueError(f"key {k} and value {v} differ before their last axis")
    if len(q) != len(k) or q[:-3] != k[:-3]:
        raise ValueError(f"query {q} and key {k} differ in their leading axes")
    if len(q) > 2:
        check_divides("query's heads", q[-3], "key's heads", k[-3])
    check_dtypes(query=query, key=key, value=value)
    if not query.device == key.device == value.device:
        raise ValueError(
            f"query is on {query.device}, key on {key.device}, value on {value.device}"
        )
    if mask is not None:
        check_mask(mask, (*q[:-1], k[-2]), query.device)
    if bias is not None:
        check_float("bias", bias, "(..., Tq, Tk)")
        check_broadcasts("bias", bias, (*q[:-1], k[-2]), query.device)
