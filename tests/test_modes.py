"""Eval mode for a while, alone and beside others, after an error too."""

import pytest
import torch
from torch import nn

from n2t.decoding import stream
from n2t.models import (
    DecoderOnly,
    DecoderOnlyConfig,
    RecurrentConfig,
    RecurrentSeq2Seq,
)
from n2t.modes import evaluating

SIZES = {"d_model": 8, "n_head": 2, "n_layer": 2, "d_ff": 12, "max_length": 16}


def model(**options):
    torch.manual_seed(0)
    return DecoderOnly(DecoderOnlyConfig(11, dropout=0.5, **SIZES, **options))


def modes(module):
    return [part.training for part in module.modules()]


def test_each_module_gets_its_own_mode_back():
    made = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
    made[0].eval()
    before = modes(made)
    with evaluating(made):
        assert not any(modes(made))
    assert modes(made) == before == [True, False, True]


def test_the_last_of_several_uses_gives_the_mode_back_whoever_began():
    made = nn.Sequential(nn.Dropout(0.5))
    first, second = evaluating(made), evaluating(made[0])
    first.__enter__(), second.__enter__()
    first.__exit__(None, None, None)
    assert modes(made) == [True, False], "the inner one is still used"
    second.__exit__(None, None, None)
    assert modes(made) == [True, True]


def test_two_open_streams_of_a_model_in_training_are_both_without_dropout():
    made, prompt = model(), torch.tensor([3, 4])
    options = {"max_new_tokens": 8, "stop_ids": ()}
    wanted = list(stream(made, prompt, **options))
    first = stream(made, prompt, **options)
    second = stream(made, prompt, **options)
    next(first), next(second)
    list(first)  # ends first
    assert not any(modes(made)), "the second stream is open"
    next(second)
    assert not any(modes(made))
    list(second)
    assert all(modes(made))
    third, fourth = (stream(made, prompt, **options) for _ in range(2))
    both = [[next(third)], [next(fourth)]]
    both[0] += list(third)
    both[1] += list(fourth)
    assert both == [wanted, wanted]


def test_a_stream_that_is_dropped_gives_the_mode_back():
    made = model()
    tokens = stream(made, torch.tensor([3]), max_new_tokens=8, stop_ids=())
    next(tokens)
    assert not any(modes(made))
    tokens.close()
    assert all(modes(made))


@pytest.mark.parametrize("kind", ["transformer", "recurrent"])
def test_attention_maps_leave_every_mode_as_it_was_after_an_error_too(kind):
    if kind == "transformer":
        made, inputs = model(), (torch.full((1, 3), 3),)
        frozen = made.layers[0]
    else:
        config = RecurrentConfig(11, 11, attention="dot", d_model=8, d_hidden=8)
        made, inputs = RecurrentSeq2Seq(config), (torch.full((1, 3), 3),) * 2
        frozen = made.encoder
    frozen.eval()
    before = modes(made)
    made.attention_maps(*inputs)
    assert modes(made) == before
    with pytest.raises(ValueError, match="holds 99"):
        made.attention_maps(*(ids + 96 for ids in inputs))
    assert modes(made) == before
