"""Configurations: checked, frozen, through JSON unchanged; models: through a folder."""

import dataclasses
import json

import pytest
import torch
from safetensors import safe_open

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

small = {"d_model": 8, "n_head": 2, "n_layer": 2, "d_ff": 12, "max_length": 16}
MADE = {
    "transformer": (Transformer, TransformerConfig(11, 11, **small)),
    "transformer, all tied": (
        Transformer,
        TransformerConfig(11, 11, tie_embeddings="all", n_decoder_layer=1, **small),
    ),
    "decoder": (DecoderOnly, DecoderOnlyConfig(11, **small)),
    "decoder, untied": (
        DecoderOnly,
        DecoderOnlyConfig(11, tie_embeddings=False, position="rotary", **small),
    ),
    "encoder": (EncoderOnly, EncoderOnlyConfig(11, **small)),
    "classifier": (EncoderOnly, EncoderOnlyConfig(11, n_class=3, **small)),
    "encoder, as BERT": (
        EncoderOnly,
        EncoderOnlyConfig(
            11,
            n_token_type=2,
            scale_embedding=False,
            norm_embedding=True,
            head=False,
            normalize=True,
            norm_epsilon=1e-12,
            **small,
        ),
    ),
}


def inputs(model):
    ids = torch.tensor([[3, 4, 5, 6], [7, 8, 9, 0]])
    return (ids, ids) if isinstance(model, Transformer) else (ids,)


@pytest.fixture(params=MADE)
def made(request):
    torch.manual_seed(0)
    model_class, config = MADE[request.param]
    return model_class(config).eval()


def test_a_configuration_goes_through_json_unchanged(made):
    text = made.config.to_json()
    again = type(made.config).from_json(text)
    assert again == made.config and hash(again) == hash(made.config)
    assert json.loads(text)["type"] == type(made.config).__name__


def test_a_configuration_cannot_be_changed(made):
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.config.d_model = 16
    assert made.config.replace(d_model=16).d_model == 16 != made.config.d_model


def test_a_model_goes_through_a_folder_unchanged(made, tmp_path):
    made.save_pretrained(tmp_path / "new")
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == [
        "config.json",
        "model.safetensors",
    ]
    again = type(made).from_pretrained(tmp_path / "new")
    assert not again.training and again.config == made.config
    assert torch.equal(again(*inputs(made)), made(*inputs(made)))
    assert again.n_parameters() == made.n_parameters()


def test_saving_in_half_precision_leaves_the_model_alone(made, tmp_path):
    before = made(*inputs(made))
    made.save_pretrained(tmp_path, dtype=torch.float16)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        assert {file.get_tensor(n).dtype for n in file.keys()} == {torch.float16}  # noqa: SIM118
    assert torch.equal(made(*inputs(made)), before)
    again = type(made).from_pretrained(tmp_path)
    assert {p.dtype for p in again.parameters()} == {torch.float32}
    torch.testing.assert_close(again(*inputs(made)), before, atol=5e-3, rtol=5e-3)


def test_missing_files_and_other_models_are_named(made, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"config\.json"):
        type(made).from_pretrained(tmp_path)
    made.save_pretrained(tmp_path)
    other = EncoderOnly if not isinstance(made, EncoderOnly) else DecoderOnly
    with pytest.raises(ValueError, match=f"this is a {type(made.config).__name__}"):
        other.from_pretrained(tmp_path)
    smaller = made.config.replace(d_ff=10)
    (tmp_path / "config.json").write_text(smaller.to_json(), "utf-8")
    with pytest.raises(ValueError, match="do not fit"):
        type(made).from_pretrained(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors"):
        type(made).from_pretrained(tmp_path)


def test_json_with_wrong_fields_is_refused(own_checks_only):
    fields = {"vocab_size": 9, "d_model": 8, "n_head": 2}
    for change, words in [
        ({"n_heads": 2}, "no field n_heads; did you mean 'n_head'"),
        ({"n_head": "2"}, r"n_head \('2'\) must be a whole number"),
        ({"type": "TransformerConfig"}, "this is a TransformerConfig"),
        ({"n_head": 3}, r"d_model \(8\) must be divisible by n_head \(3\)"),
    ]:
        with pytest.raises(ValueError, match=words):
            DecoderOnlyConfig.from_json(json.dumps(fields | change))
    with pytest.raises(ValueError, match="needs vocab_size"):
        DecoderOnlyConfig.from_json("{}")
    with pytest.raises(ValueError, match="JSON object"):
        DecoderOnlyConfig.from_json("[1]")


WRONG = {
    "d_model": (0, ValueError, r"d_model \(0\)"),
    "n_head": (3, ValueError, r"d_model \(8\) must be divisible by n_head \(3\)"),
    "n_layer": (2.0, TypeError, "n_layer.*2.0"),
    "d_k": (0, ValueError, r"d_k \(0\)"),
    "d_v": ("4", TypeError, "d_v.*'4'"),
    "n_kv_head": (4, ValueError, r"n_head \(2\) must be divisible by n_kv_head \(4\)"),
    "d_ff": (-1, ValueError, r"d_ff \(-1\)"),
    "dropout": (1.0, ValueError, r"dropout \(1.0\)"),
    "attention_dropout": (-0.5, ValueError, r"attention_dropout \(-0.5\)"),
    "feed_forward_dropout": (None, TypeError, "feed_forward_dropout.*None"),
    "max_length": (0, ValueError, r"max_length \(0\)"),
    "position": (
        "absolute",
        ValueError,
        r"position \('absolute'\).*rotary",
    ),
    "norm": ("batch", ValueError, r"norm \('batch'\) must be one of layer, rms"),
    "norm_first": ("yes", TypeError, "norm_first.*'yes'"),
    "activation": ("tanh", ValueError, r"activation \('tanh'\) must be one of .*gelu"),
    "bias": (1, TypeError, "bias.*1"),
    "norm_epsilon": (0.0, ValueError, r"norm_epsilon \(0.0\) must be above 0"),
    "rotary_base": ("1e4", TypeError, "rotary_base.*'1e4'"),
    "pad_id": (11, ValueError, r"pad_id \(11\)"),
    "bos_id": (-1, ValueError, r"bos_id \(-1\)"),
    "eos_id": (1.5, TypeError, "eos_id.*1.5"),
    "source_vocab_size": (0, ValueError, r"source_vocab_size \(0\)"),
    "target_vocab_size": (True, TypeError, "target_vocab_size.*True"),
    "n_decoder_layer": (0, ValueError, r"n_decoder_layer \(0\)"),
    "tie_embeddings": (
        "both",
        ValueError,
        r"tie_embeddings \('both'\).*target",
    ),
}


@pytest.mark.parametrize("field", WRONG)
def test_each_wrong_field_is_named(field, own_checks_only):
    value, kind, words = WRONG[field]
    fields = {"source_vocab_size": 11, "target_vocab_size": 11, **small, field: value}
    with pytest.raises(kind, match=words):
        TransformerConfig(**fields)


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: DecoderOnlyConfig(0), ValueError, r"vocab_size \(0\)"),
        (lambda: DecoderOnlyConfig(5, eos_id=5), ValueError, r"eos_id \(5\)"),
        (lambda: RecurrentSeq2Seq(small), TypeError, "config must be a RecurrentConf"),
        (
            lambda: DecoderOnlyConfig(5, tie_embeddings="none"),
            TypeError,
            r"tie_embeddings \('none'\) must be true or false",
        ),
        (
            lambda: RecurrentConfig(5, 5, bidirectional="no"),
            TypeError,
            r"bidirectional \('no'\) must be true or false",
        ),
        (
            lambda: RecurrentConfig(5, 5, cell="grus"),
            ValueError,
            r"cell \('grus'\) must be one of .*; did you mean 'gru'\?",
        ),
        (
            lambda: DecoderOnlyConfig(5, dropout=float("nan")),
            ValueError,
            r"dropout \(nan\) must be a finite number",
        ),
        (
            lambda: DecoderOnlyConfig(5, d_model=9, n_head=3, position="rotary"),
            ValueError,
            r"d_k \(3\) must be even for position 'rotary'",
        ),
        (
            lambda: EncoderOnlyConfig(5, d_model=9, n_head=3),
            ValueError,
            r"d_model \(9\) must be even for position 'sinusoidal'",
        ),
        (lambda: EncoderOnlyConfig(9, n_class=0), ValueError, r"n_class \(0\)"),
        (lambda: EncoderOnlyConfig(9, pooling="max"), ValueError, "pooling.*'max'"),
        (
            lambda: TransformerConfig(9, 8, tie_embeddings="all"),
            ValueError,
            r"source_vocab_size \(9\) and target_vocab_size \(8\) differ",
        ),
        (lambda: Transformer(small), TypeError, "config must be a TransformerConfig"),
        (lambda: DecoderOnly(None), TypeError, "config must be a DecoderOnlyConfig"),
        (lambda: EncoderOnly(small), TypeError, "config must be an EncoderOnlyConfig"),
    ],
)
def test_wrong_configurations_are_named(make, kind, words, own_checks_only):
    with pytest.raises(kind, match=words):
        make()
