"""Weights as bytes: every row within half a step, models through a folder."""

import hashlib
import json
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file, save_file

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
from n2t.models.quantization import dequantize_rows, quantize_rows
from n2t.models.saving import STORAGE, save_int8

ROUNDING = 1 + 1e-4  # of float32 itself, on codes of up to 127
small = {"d_model": 8, "n_head": 2, "n_layer": 2, "d_ff": 12, "max_length": 16}
MADE = {
    "all tied": (
        Transformer,
        TransformerConfig(11, 11, tie_embeddings="all", position="rotary", **small),
    ),
    "untied": (Transformer, TransformerConfig(11, 7, position="learned", **small)),
    "language model": (DecoderOnly, DecoderOnlyConfig(11, norm="rms", **small)),
    "classifier": (EncoderOnly, EncoderOnlyConfig(11, n_class=3, **small)),
    "recurrent": (RecurrentSeq2Seq, RecurrentConfig(11, 7, d_model=8, d_hidden=8)),
}


@pytest.fixture(params=MADE)
def made(request):
    torch.manual_seed(0)
    model_class, config = MADE[request.param]
    return model_class(config).eval()


def stored(folder):
    with safe_open(folder / "model.safetensors", "pt") as file:
        names = list(file.keys())
        return {name: file.get_tensor(name) for name in names}, file.metadata()


@given(
    rows=st.integers(1, 5),
    width=st.integers(1, 9),
    exponents=st.integers(-44, 30),
    seed=st.integers(0, 99),
)
def test_no_number_moves_by_more_than_half_a_step_of_its_row(
    rows, width, exponents, seed
):
    draws = torch.Generator().manual_seed(seed)
    sizes = 10.0 ** (exponents + 5 * torch.rand(rows, 1, generator=draws).double())
    weights = (sizes * torch.randn(rows, width, generator=draws)).float()
    codes, scales = quantize_rows(weights)
    assert codes.shape == weights.shape and scales.shape == (rows,)
    error = (dequantize_rows(codes, scales).double() - weights.double()).abs()
    assert (error <= scales.double()[:, None] / 2 * ROUNDING).all()


def test_the_scale_of_a_row_is_its_largest_number_over_127():
    weights = torch.tensor([[0.5, -2.0, 1.0], [0.25, 0.125, 0.0]])
    codes, scales = quantize_rows(weights)
    torch.testing.assert_close(scales, torch.tensor([2.0, 0.25]) / 127)
    assert codes.tolist() == [[32, -127, 64], [127, 64, 0]]


def test_a_large_number_costs_its_own_row_alone():
    weights = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    spiked = weights.clone()
    spiked[2, 3] = 1e6
    before, after = (dequantize_rows(*quantize_rows(w)) for w in (weights, spiked))
    assert torch.equal(before[[0, 1, 3]], after[[0, 1, 3]])
    assert (after[2, :3] == 0).all()


def test_rows_of_zeros_stay_zeros_and_signs_are_symmetric():
    weights = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    weights[1] = 0
    (codes, scales), (mirror, same) = quantize_rows(weights), quantize_rows(-weights)
    assert torch.equal(dequantize_rows(codes, scales)[1], torch.zeros(5))
    assert torch.equal(codes, -mirror) and torch.equal(scales, same)
    assert int(codes.min()) >= -127


def test_rows_of_tensors_with_more_axes_are_along_the_first():
    weights = torch.randn(3, 2, 4, generator=torch.Generator().manual_seed(0))
    codes, scales = quantize_rows(weights)
    flat, same = quantize_rows(weights.flatten(1))
    assert torch.equal(codes.flatten(1), flat) and torch.equal(scales, same)
    assert dequantize_rows(codes, scales).shape == weights.shape


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused_by_name(value, made, tmp_path):
    with pytest.raises(ValueError, match="weights must be finite.*1 numbers"):
        quantize_rows(torch.tensor([[1.0, value]]))
    name, weight = next(iter(made.named_parameters()))
    weight.data.view(-1)[0] = value
    for dtype in (torch.int8, torch.float16):
        with pytest.raises(ValueError, match=f"^{name}.* must be finite"):
            made.save_pretrained(tmp_path, dtype=dtype)
    assert not (tmp_path / "model.safetensors").exists()


def test_a_number_too_large_for_float16_is_refused(made, tmp_path):
    next(made.parameters()).data.view(-1)[0] = 1e5
    with pytest.raises(ValueError, match="in torch.float16 must be finite"):
        made.save_pretrained(tmp_path, dtype=torch.float16)
    made.save_pretrained(tmp_path, dtype=torch.int8)


def test_a_model_in_int8_comes_back_in_float32_within_half_a_step(made, tmp_path):
    before = {name: value.clone() for name, value in made.state_dict().items()}
    made.save_pretrained(tmp_path, dtype=torch.int8)
    again = type(made).from_pretrained(tmp_path)
    assert again.config == made.config and not again.training
    assert {p.dtype for p in again.parameters()} == {torch.float32}
    assert again.n_parameters() == made.n_parameters()
    for name, value in again.state_dict().items():
        assert torch.equal(made.state_dict()[name], before[name])
        if value.dim() < 2:
            assert torch.equal(value, before[name]), name
        else:
            step = before[name].flatten(1).abs().amax(1) / 127
            error = (value - before[name]).flatten(1).abs().amax(1)
            assert (error <= step / 2 * ROUNDING).all(), name
            assert not torch.equal(value, before[name]), name


@pytest.mark.parametrize("dtype", [None, torch.float16, torch.int8])
def test_the_same_weights_give_the_same_bytes(made, tmp_path, dtype):
    digests = set()
    for name in ("one", "two", "three"):
        made.save_pretrained(tmp_path / name, dtype=dtype)
        file = (tmp_path / name / "model.safetensors").read_bytes()
        digests.add(hashlib.sha256(file).hexdigest())
        made = type(made).from_pretrained(tmp_path / name)
    assert len(digests) == 1


def test_on_disk_matrices_are_bytes_and_tied_weights_stand_once(made, tmp_path):
    made.save_pretrained(tmp_path, dtype=torch.int8)
    tensors, metadata = stored(tmp_path)
    about = json.loads(metadata[STORAGE])
    assert about["kind"] == "int8_rows"
    unique = dict(made.named_parameters())
    codes = {name for name, value in tensors.items() if value.dtype == torch.int8}
    assert codes == {name for name, value in unique.items() if value.dim() > 1}
    assert not codes & about["tied"].keys()
    everywhere = dict(made.named_parameters(remove_duplicate=False))
    assert about["tied"].keys() == everywhere.keys() - unique.keys()
    for other, first in about["tied"].items():
        assert everywhere[other] is everywhere[first]
    floats = {v.dtype for n, v in tensors.items() if n not in codes}
    assert floats == {torch.float32}


def test_int8_takes_about_a_quarter_of_the_room(tmp_path):
    model = Transformer(TransformerConfig(500, 500, tie_embeddings="all", n_layer=1))
    for dtype in (None, torch.float16, torch.int8):
        model.save_pretrained(tmp_path / str(dtype), dtype=dtype)
    sizes = [
        (tmp_path / str(dtype) / "model.safetensors").stat().st_size
        for dtype in (None, torch.float16, torch.int8)
    ]
    assert sizes[1] < 0.51 * sizes[0] and sizes[2] < 0.26 * sizes[0]


def test_another_way_of_storing_is_named(made, tmp_path):
    made.save_pretrained(tmp_path, dtype=torch.int8)
    path = tmp_path / "model.safetensors"
    tensors = load_file(path)
    for text, words in [
        (
            '{"kind": "int4_groups", "tied": {}}',
            "'int4_groups'; known here: 'int8_rows",
        ),
        ("int8", "does not say how it stores: 'int8'"),
        ("[]", r"does not say how it stores: '\[\]'"),
    ]:
        save_file(tensors, path, metadata={STORAGE: text})
        with pytest.raises(ValueError, match=words):
            type(made).from_pretrained(tmp_path)


def test_bytes_without_their_scales_are_refused(made, tmp_path):
    made.save_pretrained(tmp_path, dtype=torch.int8)
    path = tmp_path / "model.safetensors"
    tensors, metadata = stored(tmp_path)
    name = next(name for name in tensors if name.endswith(".scale"))
    short = tensors | {name: tensors[name][:-1].clone()}
    gone = {key: value for key, value in tensors.items() if key != name}
    for changed in (short, gone):
        save_file(changed, path, metadata=metadata)
        matrix = name.removesuffix(".scale")
        with pytest.raises(ValueError, match=f"{matrix} is int8 and has no scale"):
            type(made).from_pretrained(tmp_path)
    save_file(tensors, path)  # the metadata lost
    with pytest.raises(ValueError, match="(?s)do not fit.*scale"):
        type(made).from_pretrained(tmp_path)


def test_weights_of_another_size_or_with_a_matrix_missing_do_not_fit(made, tmp_path):
    made.save_pretrained(tmp_path, dtype=torch.int8)
    tensors, metadata = stored(tmp_path)
    name = next(name for name, v in tensors.items() if v.dtype == torch.int8)
    for changed in (
        {k: v for k, v in tensors.items() if not k.startswith(name)},
        tensors | {name: tensors[name][:, 1:].contiguous()},
    ):
        save_file(changed, tmp_path / "model.safetensors", metadata=metadata)
        with pytest.raises(ValueError, match=f"(?s)do not fit.*{name}"):
            type(made).from_pretrained(tmp_path)


def test_other_dtypes_are_refused(made, tmp_path):
    with pytest.raises(ValueError, match=r"dtype \(torch.int16\).*torch.int8"):
        made.save_pretrained(tmp_path, dtype=torch.int16)


def test_integers_and_vectors_are_stored_as_they_are(tmp_path):
    model = torch.nn.BatchNorm1d(3)
    save_int8(model, tmp_path / "model.safetensors")
    tensors, _ = stored(tmp_path)
    assert tensors["num_batches_tracked"].dtype == torch.int64
    assert torch.equal(tensors["weight"], model.weight)
