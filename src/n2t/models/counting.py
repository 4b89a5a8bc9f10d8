"""How much arithmetic a model does, from its sizes alone.

Counted are matrix products, 2 floating-point operations for each multiplication and
addition; the rest (softmax, norms, additions) is small beside them. Causal attention
counts in full, because the plain products compute, and then mask, all of it.
A training step takes three times a forward pass: the backward pass has two products
for each of its one.
"""

from __future__ import annotations

import math

from torch import nn

from n2t.attention import MultiHeadAttention


def linear_flops(module: nn.Module, n_token: int) -> int:
    """Operations of every linear map inside `module` on `n_token` tokens."""
    maps = (part for part in module.modules() if isinstance(part, nn.Linear))
    return sum(2 * n_token * part.weight.numel() for part in maps)


def recurrent_flops(network: nn.Module, n_token: int) -> int:
    """Operations of a recurrent network's matrices on `n_token` tokens.

    Each matrix, of the input and of the state, is used once a token.
    """
    matrices = (p for p in network.parameters() if p.dim() == 2)
    return sum(2 * n_token * math.prod(p.shape) for p in matrices)


def product_flops(
    attention: MultiHeadAttention, batch_size: int, Tq: int, Tk: int
) -> int:
    """Operations of query keyᵀ and of weights value, (Tq, Tk) for each head."""
    each = 2 * Tq * Tk * (attention.d_k + attention.d_v)
    return batch_size * attention.n_head * each


def self_attention_flops(layers: nn.ModuleList, batch_size: int, T: int) -> int:
    """Operations of a stack of layers on (batch_size, T), without cross-attention."""
    return sum(
        linear_flops(layer.self_attention, batch_size * T)
        + linear_flops(layer.feed_forward, batch_size * T)
        + product_flops(layer.self_attention, batch_size, T, T)
        for layer in layers
    )


def cross_attention_flops(
    layers: nn.ModuleList, batch_size: int, Tt: int, Ts: int
) -> int:
    """Operations of a stack's cross-attention: Tt queries, Ts keys and values."""
    total = 0
    for layer in layers:
        attention = layer.cross_attention
        for part in (attention.project_query, attention.project_output):
            total += linear_flops(part, batch_size * Tt)
        for part in (attention.project_key, attention.project_value):
            total += linear_flops(part, batch_size * Ts)
        total += product_flops(attention, batch_size, Tt, Ts)
    return total
