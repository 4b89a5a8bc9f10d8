"""Attention to a window of the last keys, and to a few global ones.

Source: Beltagy, Peters and Cohan (2020), "Longformer: the long-document Transformer",
section 3.1; causal here.

>>> window_mask(5, window=2, n_global=1).int().tolist()
[[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 0, 1, 1, 0], [1, 0, 0, 1, 1]]
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from n2t._checks import check_size
from n2t.attention import scaled_dot_product_attention
from n2t.fast.tiled import check_equal_heads


def window_mask(
    T: int, window: int, n_global: int = 0, *, device: torch.device | str | None = None
) -> Bool[Tensor, "T T"]:
    """Mask (T, T): a query sees itself, the `window` - 1 keys before, the first few.

    `n_global` keys at the beginning are seen by every later query.
    """
    check_size("T", T)
    check_size("window", window)
    check_size("n_global", n_global, 0)
    i = torch.arange(T, device=device)[:, None]
    j = torch.arange(T, device=device)
    return (j <= i) & ((j > i - window) | (j < n_global))


def windowed_attention(
    query: Float[Tensor, "... T d_k"],
    key: Float[Tensor, "... T d_k"],
    value: Float[Tensor, "... T d_v"],
    window: int,
    n_global: int = 0,
) -> Float[Tensor, "... T d_v"]:
    """What `window_mask` gives, from scores (T, 2 window + n_global) and no more.

    Queries go in blocks of `window`; each block sees its own keys, those of the block
    before, and the global ones.

    Raises ValueError for shapes that do not fit, and for Tq ≠ Tk.
    """
    check_equal_heads(query, key, value)
    check_size("window", window)
    check_size("n_global", n_global, 0)
    T = query.shape[-2]
    if key.shape[-2] != T:
        raise ValueError(f"windows want Tq = Tk, got {T} and {key.shape[-2]}")
    blocks = (x.split(window, -2) for x in (query, key, value))
    first, outputs = (key[..., :n_global, :], value[..., :n_global, :]), []
    before: tuple[Tensor, ...] = (key[..., :0, :], value[..., :0, :])
    for n, (q, *own) in enumerate(zip(*blocks, strict=True)):
        start = max(n - 1, 0) * window
        n_early = min(n_global, start)
        early = (x[..., :n_early, :] for x in first)
        parts = zip(early, before, own, strict=True)
        k, v = (torch.cat(part, -2) for part in parts)
        seen = _seen(n * window, q.shape[-2], start, n_early, window, n_global)
        outputs.append(scaled_dot_product_attention(q, k, v, seen.to(q.device)))
        before = tuple(own)
    return torch.cat(outputs, -2)


def _seen(top: int, rows: int, start: int, n_early: int, window: int, n_global: int):
    """Mask of a block: rows from `top`; columns are early ones, then from `start`."""
    i = torch.arange(top, top + rows)[:, None]
    near = torch.arange(start, top + rows)
    j = torch.cat([torch.arange(n_early), near])
    return (j <= i) & ((j > i - window) | (j < n_global))
