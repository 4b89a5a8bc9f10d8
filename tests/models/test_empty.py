"""Reading a model: no random number, weights held once, tied, and nothing lost."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from n2t.models import (
    DecoderOnly,
    DecoderOnlyConfig,
    EncoderOnly,
    EncoderOnlyConfig,
    RecurrentConfig,
    RecurrentSeq2Seq,
    Transformer,
    TransformerConfig,
)
from n2t.models.empty import fill, make_empty
from n2t.positions import KINDS, Rotary

small = {"d_model": 8, "n_head": 2, "n_layer": 2, "d_ff": 12, "max_length": 16}
MADE = {
    kind: lambda kind=kind: DecoderOnly(DecoderOnlyConfig(11, position=kind, **small))
    for kind in KINDS
} | {
    "all tied": lambda: Transformer(
        TransformerConfig(11, 11, tie_embeddings="all", **small)
    ),
    "encoder": lambda: EncoderOnly(EncoderOnlyConfig(11, **small)),
    "encoder, as BERT": lambda: EncoderOnly(
        EncoderOnlyConfig(11, n_token_type=2, norm_embedding=True, head=False, **small)
    ),
    "recurrent": lambda: RecurrentSeq2Seq(
        RecurrentConfig(11, 11, d_model=8, d_hidden=8, attention="additive")
    ),
}
each_model = pytest.mark.parametrize("name", MADE)
each_dtype = pytest.mark.parametrize("dtype", [None, torch.float16, torch.int8])


def made(name):
    torch.manual_seed(0)
    return MADE[name]().eval()


def names(model):
    """Names of parameters, those of one parameter together."""
    found = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        found.setdefault(id(parameter), []).append(name)
    return sorted(found.values())


@each_model
@each_dtype
def test_reading_draws_nothing_and_gives_back_all(name, dtype, tmp_path):
    model = made(name)
    model.save_pretrained(tmp_path, dtype=dtype)
    before = torch.get_rng_state()
    again = type(model).from_pretrained(tmp_path)
    assert torch.equal(torch.get_rng_state(), before)
    assert names(again) == names(model)
    for (key, ours), theirs in zip(model.named_buffers(), again.buffers(), strict=True):
        assert torch.equal(ours, theirs) and ours.dtype == theirs.dtype, key
    for key, value in again.state_dict().items():
        assert value.dtype == torch.float32 and value.is_contiguous(), key
        if dtype is None:
            assert torch.equal(value, model.state_dict()[key]), key
    assert all(parameter.requires_grad for parameter in again.parameters())


@each_model
def test_a_model_that_is_read_is_made_without_memory(name, tmp_path):
    model, made_on = made(name), []
    model.save_pretrained(tmp_path)

    class Watched(type(model)):
        def __init__(self, config):
            super().__init__(config)
            made_on.append({weight.device.type for weight in self.parameters()})

    again = Watched.from_pretrained(tmp_path)
    assert made_on == [{"meta"}]
    held = [*again.parameters(), *again.buffers()]
    assert {tensor.device.type for tensor in held} == {"cpu"}


def test_what_is_read_does_not_hang_on_the_file(tmp_path):
    model = made("learned")
    model.save_pretrained(tmp_path)
    again = DecoderOnly.from_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(bytes(path.stat().st_size))
    assert torch.equal(again.positions.table, model.positions.table)


def test_a_file_may_hold_a_tied_weight_under_any_of_its_names_or_all(tmp_path):
    model = made("rotary")
    model.save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    tensors = load_file(path)
    table = tensors.pop("embedding.weight")
    for both in ({}, {"embedding.weight": table.clone()}):
        save_file(tensors | {"output.weight": table} | both, path)
        again = DecoderOnly.from_pretrained(tmp_path)
        assert again.output.weight is again.embedding.weight
        assert torch.equal(again.output.weight, table)
    save_file(tensors | {"output.weight": table, "embedding.weight": -table}, path)
    with pytest.raises(ValueError, match="embedding.weight and output.weight are one"):
        DecoderOnly.from_pretrained(tmp_path)


def test_weights_that_are_no_numbers_are_read_as_they_are(tmp_path):
    model = made("rotary")
    model.norm.weight.data[0] = torch.nan
    model.save_pretrained(tmp_path)
    assert DecoderOnly.from_pretrained(tmp_path).norm.weight[0].isnan()


def test_all_that_does_not_fit_is_named_together():
    model = make_empty(DecoderOnly, DecoderOnlyConfig(11, **small))
    weights = made("learned").state_dict()
    weights["positions.table"] = weights["positions.table"][1:]
    del weights["norm.bias"]
    weights["extra"] = torch.ones(1)
    words = (
        r"extra is unknown; norm.bias is missing; "
        r"positions.table is \(15, 8\), wanted \(16, 8\)"
    )
    with pytest.raises(RuntimeError, match=words):
        fill(model, weights.items())


def test_a_buffer_of_a_models_own_comes_back_too(tmp_path):
    class Own(DecoderOnly):
        def __init__(self, config):
            super().__init__(config)
            self.register_buffer("steps", torch.arange(5), persistent=False)

    model = Own(DecoderOnlyConfig(11, **small))
    model.save_pretrained(tmp_path)
    before = torch.get_rng_state()
    assert torch.equal(Own.from_pretrained(tmp_path).steps, torch.arange(5))
    assert torch.equal(torch.get_rng_state(), before)


# What stands in no file of weights


@pytest.mark.parametrize("norm", ["layer", "rms"])
@pytest.mark.parametrize("kind", [DecoderOnly, Transformer, EncoderOnly])
def test_epsilon_and_base_are_read_back_and_are_at_work(kind, norm, tmp_path):
    fields = small | {"position": "rotary", "norm": norm, "norm_first": True}
    sizes = (11, 11) if kind is Transformer else (11,)
    ids = torch.randint(1, 11, (2, 6))
    inputs = (ids, ids) if kind is Transformer else (ids,)
    outputs = []
    for options in ({}, {"norm_epsilon": 0.5}, {"rotary_base": 50.0}):
        torch.manual_seed(0)
        model = kind(kind.config_class(*sizes, **fields, **options)).eval()
        model.save_pretrained(tmp_path)
        again = kind.from_pretrained(tmp_path)
        assert again.config == model.config
        used = {part.epsilon for part in again.modules() if hasattr(part, "epsilon")}
        assert used == {model.config.norm_epsilon}, "in every norm of every layer"
        assert torch.equal(again(*inputs), model(*inputs))
        outputs.append(model(*inputs))
    assert not torch.equal(outputs[0], outputs[1])
    assert not torch.equal(outputs[0], outputs[2])


def test_what_was_saved_before_these_fields_came_reads_and_is_written_as_it_was():
    config = DecoderOnlyConfig(11, **small)
    fields = json.loads(config.to_json())
    assert not {"norm_epsilon", "rotary_base"} & fields.keys()
    again = DecoderOnlyConfig.from_json(json.dumps(fields))
    assert again == config
    assert (again.norm_epsilon, again.rotary_base) == (1e-5, 10_000.0)
    set_ = config.replace(rotary_base=500.0)
    assert json.loads(set_.to_json()).keys() - fields.keys() == {"rotary_base"}
    assert DecoderOnlyConfig.from_json(set_.to_json()) == set_


def test_what_was_set_by_hand_is_not_lost_without_a_word(tmp_path):
    def base(model):
        model.positions = Rotary(4, 16, base=500.0)

    def epsilon(model):
        model.layers[1].norm_attention.epsilon = 1e-6

    def kind(model):
        model.norm = nn.Identity()

    for change, words in [
        (base, r"^positions is Rotary\(.*base=500.0\).*makes Rotary\(.*base=10000.0"),
        (epsilon, r"layers.1.norm_attention is LayerNorm\(8, epsilon=1e-06\)"),
        (kind, r"^norm is Identity.*config makes LayerNorm"),
    ]:
        model = made("rotary")
        change(model)
        with pytest.raises(ValueError, match=words):
            model.save_pretrained(tmp_path)
        assert not list(tmp_path.iterdir())
