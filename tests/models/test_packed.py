"""Packed weights: the float32 model's answers, in the bytes of the file or in int8."""

import gguf_files
import numpy as np
import pytest
import torch
from torch import nn

from n2t.data.sources.blocks import unpack
from n2t.decoding import decode
from n2t.models import load_smollm2, packed
from n2t.models.packed import (
    BLOCK_BYTES,
    Blocks,
    Int8Rows,
    PackedEmbedding,
    PackedLinear,
    replace_by_packed,
)
from n2t.models.quantization import dequantize_rows, quantize_rows

METADATA = {
    "general.architecture": "llama",
    "llama.block_count": 2,
    "llama.context_length": 40,
    "llama.embedding_length": 64,
    "llama.feed_forward_length": 96,
    "llama.attention.head_count": 8,
    "llama.attention.head_count_kv": 2,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "llama.vocab_size": 70,
}
SHAPES = {
    **{"attn_q": (64, 64), "attn_k": (16, 64), "attn_v": (16, 64)},
    **{"attn_output": (64, 64), "ffn_gate": (96, 64), "ffn_up": (96, 64)},
    "ffn_down": (64, 96),
}
IDS = torch.arange(3, 60, 7)[None]


def blocks(rng, rows, columns, kind):
    """Random blocks with weights of about ±0.3."""
    raw = rng.integers(0, 256, (rows, columns // 32, BLOCK_BYTES[kind]), np.uint8)
    scale = 0.3 / (127 if kind == "Q8_0" else 7.5)
    numbers = np.array([scale, -0.3][: 1 if kind == "Q8_0" else 2], "<f2")
    raw[..., : 2 * len(numbers)] = numbers.view(np.uint8)
    return kind, raw


def write(path, tied=True):
    rng = np.random.default_rng(0)
    tensors = {"token_embd.weight": blocks(rng, 70, 64, "Q8_0")}
    tensors["output_norm.weight"] = rng.uniform(0.5, 1.5, 64).astype(np.float32)
    if not tied:
        tensors["output.weight"] = rng.normal(size=(70, 64)).astype(np.float32)
    for i in range(2):
        for name in ("attn_norm", "ffn_norm"):
            weight = rng.uniform(0.5, 1.5, 64).astype(np.float32)
            tensors[f"blk.{i}.{name}.weight"] = weight
        for name, shape in SHAPES.items():
            tensors[f"blk.{i}.{name}.weight"] = blocks(rng, *shape, "Q4_1")
    return gguf_files.write(path, METADATA, tensors)


@pytest.fixture(params=[True, False], ids=["tied", "untied"])
def file(request, tmp_path):
    return write(tmp_path / "x.gguf", request.param)


@torch.no_grad()
def test_the_files_own_blocks_give_the_float32_models_logits(file):
    wanted, found = load_smollm2(file)(IDS), load_smollm2(file, weights="file")
    away = 1e-5 if found.config.tie_embeddings else 0.2  # there float32 became int8
    torch.testing.assert_close(found(IDS), wanted, atol=away, rtol=1e-5)
    assert wanted.std() > 0.3


def test_greedy_decoding_with_a_cache_is_the_same(tmp_path):
    file = write(tmp_path / "x.gguf")
    ids = [
        decode(load_smollm2(file, weights=w), None, IDS, max_new_tokens=20).ids
        for w in ("float32", "file")
    ]
    assert torch.equal(*ids) and ids[0].unique().numel() > 3


@torch.no_grad()
def test_int8_rows_are_the_rounded_matrices_and_nothing_else(file):
    plain, rounded = load_smollm2(file), load_smollm2(file, weights="int8")
    for parameter in plain.parameters():
        if parameter.dim() == 2:
            parameter.copy_(dequantize_rows(*quantize_rows(parameter)))
    torch.testing.assert_close(rounded(IDS), plain(IDS), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("weights", ["int8", "file"])
def test_a_packed_model_holds_bytes_and_the_table_once(weights, tmp_path):
    model = load_smollm2(write(tmp_path / "x.gguf"), weights=weights)
    assert model.embedding.store is model.output.store
    assert not any(p.is_meta for p in (*model.parameters(), *model.buffers()))
    assert {p.dim() for p in model.parameters()} == {1}
    held = {id(b): b.numel() * b.element_size() for b in model.buffers()}
    n_weight = 70 * 64 + 2 * sum(rows * columns for rows, columns in SHAPES.values())
    positions = 2 * 40 * 4 * 4  # cos and sin
    share = 1.1 if weights == "int8" else 0.75
    assert n_weight * 0.5 < sum(held.values()) - positions < n_weight * share


@pytest.mark.parametrize("kind", BLOCK_BYTES)
def test_any_blocks_are_unpacked_as_the_reader_unpacks_them(kind):
    raw = np.random.default_rng(0).integers(0, 256, (5, 3, BLOCK_BYTES[kind]), np.uint8)
    raw[..., 1] &= 0b1011_1111  # scales that are finite
    raw[..., 3] &= 0b1011_1111
    store = Blocks(5, 96, kind).pack(torch.from_numpy(raw.reshape(5, -1)))
    wanted = unpack(kind, raw.reshape(15, -1)).reshape(5, 96)
    assert store.unpacked().numpy().tobytes() == wanted.tobytes()
    rows = torch.tensor([[4, 0], [2, 2]])
    assert torch.equal(store.unpacked(rows), store.unpacked()[rows])


@torch.no_grad()
def test_a_large_matrix_is_multiplied_part_by_part(monkeypatch):
    weight, x = torch.randn(11, 32), torch.randn(2, 3, 32)
    monkeypatch.setattr(packed, "ROWS_AT_ONCE", 4)
    store = Int8Rows(11, 32).pack(weight)
    wanted = x @ dequantize_rows(*quantize_rows(weight)).T
    torch.testing.assert_close(PackedLinear(store)(x), wanted, atol=1e-5, rtol=1e-5)
    ids = torch.tensor([[10, 0]])
    assert torch.equal(PackedEmbedding(store)(ids), store.unpacked()[ids])


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (
            lambda: Blocks(2, 33, "Q4_1"),
            ValueError,
            r"columns \(33\) must be div",
        ),
        (lambda: Blocks(2, 32, "Q4_0"), ValueError, "kind must be one of Q8_0, Q4_1"),
        (
            lambda: replace_by_packed(
                nn.Sequential(nn.Linear(2, 2)), "0.weight", Int8Rows(2, 2)
            ),
            TypeError,
            "which cannot be packed",
        ),
    ],
)
def test_what_cannot_be_packed_is_named(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_an_unknown_way_to_keep_weights_is_named(tmp_path):
    with pytest.raises(ValueError, match="weights must be one of float32, int8, file"):
        load_smollm2(write(tmp_path / "x.gguf"), weights="int4")


@pytest.mark.parametrize("weights", ["int8", "file"])
def test_a_packed_model_is_not_saved_as_if_it_were_a_plain_one(weights, tmp_path):
    model = load_smollm2(write(tmp_path / "x.gguf"), weights=weights)
    with pytest.raises(ValueError, match="embedding is PackedEmbedding"):
        model.save_pretrained(tmp_path / "new")


@torch.no_grad()
def test_the_real_file_packed_gives_the_float32_models_logits(smollm2, smollm2_file):
    found = load_smollm2(smollm2_file, weights="file")
    ids = torch.tensor([[504, 3575, 282, 4649, 314]])
    assert (found(ids) - smollm2(ids)).abs().max() < 1e-4
