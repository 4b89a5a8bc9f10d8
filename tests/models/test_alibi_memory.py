"""All layers of a pass share one bias: the values of many, the memory of one."""

import pytest
import torch

from n2t.models import (
    DecoderOnly,
    DecoderOnlyConfig,
    EncoderOnly,
    EncoderOnlyConfig,
    Transformer,
    TransformerConfig,
)
from n2t.positions import Alibi

T, PAD = 16, 0
SIZES = {"d_model": 8, "n_head": 2, "n_layer": 4, "d_ff": 12, "max_length": 32}
SIZES |= {"position": "alibi", "dropout": 0.0}
MADE = {
    "decoder": lambda: DecoderOnly(DecoderOnlyConfig(11, **SIZES)),
    "encoder": lambda: EncoderOnly(EncoderOnlyConfig(11, **SIZES)),
    "both": lambda: Transformer(TransformerConfig(11, 11, **SIZES)),
}


def inputs(model):
    ids = torch.randint(1, 11, (3, T))
    ids[1, T // 2 :] = PAD
    return (ids, ids) if isinstance(model, Transformer) else (ids,)


def made(name):
    torch.manual_seed(0)
    return MADE[name]()


def kept_masks(model):
    """Storages of biased masks (..., T, T) that are kept for the backward pass."""
    kept = {}

    def note(x):
        if x.shape[-2:] == (T, T) and not x.requires_grad:  # weights do
            kept[x.untyped_storage().data_ptr()] = x
        return x

    with torch.autograd.graph.saved_tensors_hooks(note, lambda x: x):
        model(*inputs(model))
    return kept


@pytest.mark.parametrize("name", ["encoder", "both"])
def test_what_is_kept_does_not_grow_with_the_layers(name):
    """One for the encoder; with no mask of rows torch keeps the weights instead."""
    assert len(kept_masks(made(name))) == 1


@pytest.mark.parametrize("name", MADE)
def test_a_stack_makes_its_bias_once_a_pass(name, monkeypatch):
    made_here, make = [], Alibi.bias

    def bias(self, Tq, Tk):
        made_here.append((Tq, Tk))
        return make(self, Tq, Tk)

    monkeypatch.setattr(Alibi, "bias", bias)
    model = made(name)
    for _ in range(2):
        model(*inputs(model))
    assert made_here == [(T, T)] * (4 if name == "both" else 2)


@pytest.mark.parametrize("name", MADE)
def test_shared_or_made_by_every_layer_the_numbers_are_the_same(name, monkeypatch):
    results = []
    for shared in (True, False):
        model = made(name)
        if not shared:
            monkeypatch.setattr(Alibi, "for_one_pass", lambda self: self)
        output = model(*inputs(model))
        output.sum().backward()
        gradients = [p.grad for p in model.parameters()]
        results.append([output.detach(), *(g for g in gradients if g is not None)])
    assert all(map(torch.equal, *results))


def test_a_pass_leaves_nothing_behind():
    model = made("decoder").eval()
    long, short = torch.randint(1, 11, (1, T)), torch.randint(1, 11, (1, 3))
    before = model(short)
    model(long)
    assert torch.equal(model(short), before)
    assert {name for name, _ in model.named_buffers()} == {"positions.slopes"}
