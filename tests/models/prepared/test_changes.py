"""A changed model is never decoded by what was laid out before the change."""

import copy
import gc
import pickle
import weakref

import pytest
import torch
from torch import nn

import n2t.models.prepared.forms as forms
from n2t.attention import MultiHeadAttention
from n2t.blocks import RMSNorm
from n2t.decoding import decode
from n2t.models import DecoderOnly, DecoderOnlyConfig, Transformer, TransformerConfig
from n2t.models.prepared import Prepared
from n2t.positions import Rotary

SIZES = {"d_model": 16, "n_head": 2, "n_layer": 2, "d_ff": 24, "max_length": 32}


@pytest.fixture
def model():
    torch.manual_seed(0)
    config = DecoderOnlyConfig(40, position="rotary", norm="rms", **SIZES)
    model = DecoderOnly(config)
    for weight in model.parameters():
        nn.init.normal_(weight, std=0.5)
    return model


PROMPT = torch.tensor([[5, 9, 3], [8, 8, 1]])


def logits(model, form=None):
    """Of the prompt, by the form that decoding would take, or by a given one."""
    form = model.prepare(2) if form is None else form
    return form.step(PROMPT, form.start(None, 2, 8))


@torch.no_grad()
def own(model):
    return model.eval()(PROMPT)[:, -1]


def an_optimizer_steps(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    model(PROMPT).square().sum().backward()
    optimizer.step()


def other_weights_are_loaded(model):
    state = {name: x + 0.1 * x.cos() for name, x in model.state_dict().items()}
    model.load_state_dict(state)


def a_parameter_is_replaced(model):
    weight = model.layers[0].feed_forward.expand.weight
    model.layers[0].feed_forward.expand.weight = nn.Parameter(weight.detach().flip(0))


def one_number_changes_behind_torchs_back(model):
    model.layers[1].self_attention.project_key.weight.data[3, 2] += 1.0


def rows_change_places_behind_torchs_back(model):
    weight = model.layers[1].self_attention.project_value.weight.data
    weight.copy_(weight.flip(0))


def data_is_replaced(model):
    model.layers[0].self_attention.project_query.weight.data = torch.randn(16, 16)


def the_embedding_changes(model):
    model.embedding.weight.data *= 1.5


def the_embedding_is_replaced(model):
    model.embedding.weight = nn.Parameter(torch.randn(40, 16))


def the_embedding_gets_other_data(model):
    model.embedding.weight.data = torch.randn(40, 16)


def a_bias_changes(model):
    model.layers[0].feed_forward.expand.bias.data += 1


def an_epsilon_changes(model):
    for module in model.modules():
        if isinstance(module, RMSNorm):
            module.epsilon = 0.5


def positions_are_replaced(model):
    model.positions = Rotary(8, 32, 100.0)


def layers_change_places(model):
    model.layers = nn.ModuleList(reversed(model.layers))


def a_norm_changes_behind_torchs_back(model):
    model.norm.weight.data *= 2


def it_becomes_float64(model):
    model.double()


CHANGES = [
    an_optimizer_steps, other_weights_are_loaded, a_parameter_is_replaced,
    one_number_changes_behind_torchs_back, rows_change_places_behind_torchs_back,
    data_is_replaced, the_embedding_changes, the_embedding_is_replaced,
    the_embedding_gets_other_data, a_bias_changes, an_epsilon_changes,
    positions_are_replaced, layers_change_places, a_norm_changes_behind_torchs_back,
    it_becomes_float64,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda f: f.__name__)
def test_a_change_is_seen_at_the_next_start(model, change):
    before = logits(model)
    held = model.prepare(2)
    change(model)
    assert not torch.allclose(own(model).float(), before.float(), atol=1e-3) or (
        change is it_becomes_float64
    )
    torch.testing.assert_close(logits(model), own(model), rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(logits(model, held), own(model), rtol=1e-5, atol=1e-4)


def test_unchanged_it_is_laid_out_once(model, monkeypatch):
    made = []
    make = forms.known.fingerprint
    monkeypatch.setattr(
        forms.known, "fingerprint", lambda model: made.append(1) or make(model)
    )
    for _ in range(3):
        decode(model, None, PROMPT, max_new_tokens=3)
    assert len(made) == 1
    model.train()
    decode(model, None, PROMPT, max_new_tokens=3)
    assert len(made) == 1 and model.training


class Own(DecoderOnly):
    def features(self, ids, state=None):
        return super().features(ids, state) * 2


def with_hook(model):
    model.layers[0].register_forward_hook(lambda module, args, output: output * 0.5)
    return model


def with_pre_hook(model):
    model.output.register_forward_pre_hook(lambda module, args: (args[0] * 2,))
    return model


def with_forward_of_its_own(model):
    model.norm.forward = lambda x: x
    return model


def with_step_of_its_own(model):
    model.step = lambda ids, state: DecoderOnly.step(model, ids, state) * 2
    return model


def of_a_subclass(model):
    other = Own(model.config)
    other.load_state_dict(model.state_dict())
    return other


def with_another_layer(model):
    model.layers[1].feed_forward = nn.Identity()
    return model


def with_a_parametrization(model):
    class Twice(nn.Module):
        def forward(self, weight):
            return 2 * weight

    expand = model.layers[0].feed_forward.expand
    nn.utils.parametrize.register_parametrization(expand, "weight", Twice())
    return model


def in_bfloat16(model):
    return model.bfloat16()


UNKNOWN = [
    with_hook, with_pre_hook, with_forward_of_its_own, with_step_of_its_own,
    of_a_subclass, with_another_layer, with_a_parametrization, in_bfloat16,
]  # fmt: skip


@pytest.mark.parametrize("make", UNKNOWN, ids=lambda f: f.__name__)
def test_what_is_not_as_the_library_makes_it_is_decoded_plainly(model, make):
    logits(model)
    model = make(model)
    assert model.prepare(2) is model
    with pytest.raises(ValueError, match="int8"):
        model.prepare(weights="int8")


@pytest.mark.parametrize("kind", ["forward_hook", "forward_pre_hook"])
def test_a_hook_on_all_modules_is_heeded(model, kind):
    logits(model)
    register = getattr(nn.modules.module, f"register_module_{kind}")
    hook = register(lambda module, *given: None)
    try:
        assert model.prepare(2) is model
    finally:
        hook.remove()
    assert model.prepare(2) is not model


def test_a_method_replaced_on_its_class_is_decoded_plainly(model, monkeypatch):
    logits(model)
    monkeypatch.setattr(MultiHeadAttention, "_heads", lambda *_: None)
    assert model.prepare(2) is model


def test_autocast_is_decoded_plainly(model):
    with torch.autocast("cpu", torch.bfloat16):
        assert model.prepare(2) is model


def test_nothing_of_it_is_saved_or_copied(model):
    names = list(model.state_dict())
    logits(model)
    assert list(model.state_dict()) == names
    assert len(pickle.dumps(model)) < 1.2 * len(pickle.dumps(copy.deepcopy(model)))
    other = copy.deepcopy(model)
    with torch.no_grad():
        other.layers[0].feed_forward.contract.weight.mul_(3)
    torch.testing.assert_close(logits(other), own(other), rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(logits(model), own(model), rtol=1e-5, atol=1e-4)


def test_a_copied_form_lays_its_own_model_out(model):
    form = model.prepare(2)
    logits(model, form)
    other = copy.deepcopy(form)
    other.model.embedding.weight.data *= 2
    torch.testing.assert_close(
        logits(model, other), own(other.model), rtol=1e-5, atol=1e-4
    )
    torch.testing.assert_close(logits(model, form), own(model), rtol=1e-5, atol=1e-4)


def test_a_model_that_nobody_needs_goes_with_what_was_laid_out():
    model = Transformer(TransformerConfig(20, 20, **SIZES))
    decode(model, torch.tensor([[4, 5]]), max_new_tokens=3)
    there = weakref.ref(model)
    assert there() in forms._kept
    del model
    gc.collect()
    assert there() is None


def test_two_open_streams_of_one_model_do_not_meet(model):
    forms_ = [model.prepare(2) for _ in range(2)]
    states = [form.start(None, 2, 8) for form in forms_]
    first = forms_[0].step(PROMPT, states[0])
    forms_[1].step(PROMPT.flip(1), states[1])
    again = forms_[0].step(PROMPT[:, -1:], states[0])
    wanted = own(model)
    torch.testing.assert_close(first, wanted, rtol=1e-5, atol=1e-4)
    longer = torch.cat([PROMPT, PROMPT[:, -1:]], 1)
    with torch.no_grad():
        wanted = model.eval()(longer)[:, -1]
    torch.testing.assert_close(again, wanted, rtol=1e-5, atol=1e-4)


def test_bytes_are_asked_for_and_near(model):
    """int8 is inexact; a search with it is one of a form that was asked for."""
    form = model.prepare(weights="int8")
    assert isinstance(form, Prepared) and form.prepare(1).weights == "int8"
    exact, found = own(model), logits(model, form)
    gap = (found - exact).square().mean() / exact.square().mean()
    assert 0 < gap < 0.01
    assert decode(form, None, PROMPT, max_new_tokens=3).ids.shape == (2, 3)
    with pytest.raises(ValueError, match="weights"):
        model.prepare(weights="int4")
    with pytest.raises((TypeError, ValueError), match="n_row"):
        model.prepare(0)
