"""Copies weights from torch's own modules into ours, and compares gradients.

`pairs(ours, theirs)` gives the tensors that correspond, so that the same list serves
to copy values one way and to compare gradients afterwards.
"""

import torch
from torch import Tensor, nn

from n2t.attention import MultiHeadAttention
from n2t.blocks import DecoderLayer, EncoderLayer

Pair = tuple[Tensor, nn.Parameter, slice]


def attention_pairs(ours: MultiHeadAttention, theirs: nn.MultiheadAttention):
    """(our parameter, their parameter, the slice of theirs that is ours)."""
    D = ours.d_model
    projections = (ours.project_query, ours.project_key, ours.project_value)
    for i, projection in enumerate(projections):
        rows = slice(i * D, (i + 1) * D)
        yield projection.weight, theirs.in_proj_weight, rows
        yield projection.bias, theirs.in_proj_bias, rows
    yield from module_pairs(ours.project_output, theirs.out_proj)


def module_pairs(ours: nn.Module, theirs: nn.Module):
    """Weight with weight, bias with bias."""
    yield ours.weight, theirs.weight, slice(None)
    yield ours.bias, theirs.bias, slice(None)


def layer_pairs(ours: EncoderLayer, theirs: nn.Module):
    """An encoder or decoder layer's parameters."""
    yield from attention_pairs(ours.self_attention, theirs.self_attn)
    yield from module_pairs(ours.feed_forward.expand, theirs.linear1)
    yield from module_pairs(ours.feed_forward.contract, theirs.linear2)
    norms = [ours.norm_attention, ours.norm_feed_forward]
    if isinstance(ours, DecoderLayer):
        yield from attention_pairs(ours.cross_attention, theirs.multihead_attn)
        norms.insert(1, ours.norm_cross_attention)
    for i, norm in enumerate(norms, start=1):
        yield from module_pairs(norm, getattr(theirs, f"norm{i}"))


def randomize(module: nn.Module) -> nn.Module:
    """Every parameter random, biases and norms too: a zero or one hides mistakes."""
    for parameter in module.parameters():
        nn.init.normal_(parameter, mean=0.1, std=0.3)
    return module


@torch.no_grad()
def copy(pairs) -> None:
    """Give our parameters the values of theirs."""
    for ours, theirs, rows in pairs:
        assert ours.shape == theirs[rows].shape
        ours.copy_(theirs[rows])


def assert_gradients_equal(pairs, atol: float = 1e-10) -> None:
    """Every pair has a gradient, and the same one."""
    compared = 0
    for ours, theirs, rows in pairs:
        assert ours.grad is not None and theirs.grad is not None
        torch.testing.assert_close(ours.grad, theirs.grad[rows], atol=atol, rtol=1e-10)
        compared += 1
    assert compared > 0
