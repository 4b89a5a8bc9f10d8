"""Linear attention: a product of features in the softmax's place, so sums can be kept.

Source: Katharopoulos, Vyas, Pappas and Fleuret (2020), "Transformers are RNNs",
sections 3.2 (all at once), 3.3 (causal) and 3.4 (step by step), with their features
elu(x) + 1.

>>> import torch
>>> q, k, v = torch.randn(3, 2, 50, 8, dtype=torch.float64).unbind(0)
>>> at_once = linear_attention(q, k, v, causal=True, block=16)
>>> torch.allclose(at_once, linear_attention_steps(q, k, v), atol=1e-12)
True
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from n2t._checks import check_size
from n2t.fast.tiled import check_equal_heads

Features = Callable[[Tensor], Tensor]
"""(..., T, d_k) to features (..., T, m) that are nowhere negative."""


def elu_features(x: Float[Tensor, "... d"]) -> Float[Tensor, "... d"]:
    """elu(x) + 1, which is above 0 everywhere."""
    return F.elu(x) + 1


def linear_attention(
    query: Float[Tensor, "... queries d_k"],
    key: Float[Tensor, "... keys d_k"],
    value: Float[Tensor, "... keys d_v"],
    *,
    causal: bool = False,
    features: Features = elu_features,
    block: int = 128,
) -> Float[Tensor, "... queries d_v"]:
    """Weights φ(query)·φ(key), divided by their sum, applied to value; φ is `features`.

    Shapes as in `flash_attention`. `causal` wants Tq = Tk and goes through blocks of
    keys with a sum of those before, so that time and memory grow with T, not T².

    Raises ValueError for shapes that do not fit, and for `causal` with Tq ≠ Tk.
    """
    check_equal_heads(query, key, value)
    check_size("block", block)
    q, k = features(query), features(key)
    if causal:
        return _causal(q, k, value, block)
    state = k.mT @ value  # (..., m, d_v): its size knows nothing of Tk
    return (q @ state) / (q @ k.sum(-2)[..., None])


def _causal(q, k, value, block):
    if q.shape[-2] != k.shape[-2]:
        found = f"{q.shape[-2]} queries and {k.shape[-2]} keys"
        raise ValueError(f"causal linear attention wants Tq = Tk, got {found}")
    state = value.new_zeros((*k.shape[:-2], k.shape[-1], value.shape[-1]))
    total = value.new_zeros((*k.shape[:-2], k.shape[-1], 1))
    outputs = []
    blocks = (
        x.split(block, -2) for x in (q, k, value)
    )  # slices cost T on the way back
    for some_q, some_k, some_v in zip(*blocks, strict=True):
        inner = (some_q @ some_k.mT).tril()
        above = some_q @ state + inner @ some_v
        below = some_q @ total + inner.sum(-1, keepdim=True)
        outputs.append(above / below)
        state = state + some_k.mT @ some_v
        total = total + some_k.sum(-2)[..., None]
    return torch.cat(outputs, -2)


def linear_attention_steps(
    query: Float[Tensor, "... T d_k"],
    key: Float[Tensor, "... T d_k"],
    value: Float[Tensor, "... T d_v"],
    *,
    features: Features = elu_features,
) -> Float[Tensor, "... T d_v"]:
    """Causal linear attention one token at a time, from a state of a fixed size.

    Raises ValueError for shapes that do not fit, and for Tq ≠ Tk.
    """
    check_equal_heads(query, key, value)
    return _causal(features(query), features(key), value, block=1)
