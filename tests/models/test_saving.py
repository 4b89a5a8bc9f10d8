"""A model's folder is whole: what was there stays where a save fails."""

import json
import os
import stat

import pytest
import torch

from n2t.models import DecoderOnly, DecoderOnlyConfig, saving
from n2t.models.public import load_gpt2

small = {"d_model": 8, "n_head": 2, "n_layer": 1, "d_ff": 12, "max_length": 16}


def folder_of(path):
    return {file.name: file.read_bytes() for file in path.iterdir()}


@pytest.mark.parametrize("dtype", [None, torch.int8])
def test_a_save_that_fails_leaves_the_model_that_was_there_and_nothing_else(
    tmp_path, monkeypatch, dtype
):
    DecoderOnly(DecoderOnlyConfig(11, **small)).save_pretrained(tmp_path)
    before = folder_of(tmp_path)
    write = saving.save_file

    def half(tensors, path, **options):
        write(tensors, path, **options)
        path.write_bytes(path.read_bytes()[:100])
        raise OSError("no space left")

    monkeypatch.setattr(saving, "save_file", half)
    other = DecoderOnly(DecoderOnlyConfig(12, **small))
    with pytest.raises(OSError, match="no space"):
        other.save_pretrained(tmp_path, dtype=dtype)
    assert folder_of(tmp_path) == before


CUT = {"half": lambda data: data[: len(data) // 2], "empty": lambda data: b""}
CUT |= {"other": lambda data: b"\xff\xfe" + data[:9]}


@pytest.mark.parametrize("damage", CUT)
@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("dtype", [None, torch.int8])
def test_a_cut_file_of_a_model_is_named_with_what_to_do(tmp_path, name, damage, dtype):
    DecoderOnly(DecoderOnlyConfig(11, **small)).save_pretrained(tmp_path, dtype=dtype)
    path = tmp_path / name
    path.write_bytes(CUT[damage](path.read_bytes()))
    with pytest.raises(ValueError) as caught:
        DecoderOnly.from_pretrained(tmp_path)
    assert str(path) in str(caught.value)
    if damage != "other":
        assert "is cut or damaged" in str(caught.value)
        assert "copy it again" in str(caught.value)


def test_a_field_that_cannot_be_is_named_with_its_file(tmp_path):
    DecoderOnly(DecoderOnlyConfig(11, **small)).save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    fields = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(fields | {"n_head": 3}), "utf-8")
    with pytest.raises(ValueError, match=r"config\.json: d_model \(8\) must be"):
        DecoderOnly.from_pretrained(tmp_path)


@pytest.mark.parametrize("damage", CUT)
@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_cut_file_of_gpt2_is_named(tmp_path, name, damage):
    sizes = {"vocab_size": 5, "n_embd": 4, "n_head": 1, "n_layer": 1, "n_positions": 8}
    (tmp_path / "config.json").write_text(json.dumps(sizes), "utf-8")
    saving.save_file({"w": torch.ones(9)}, tmp_path / "model.safetensors")
    path = tmp_path / name
    path.write_bytes(CUT[damage](path.read_bytes()))
    with pytest.raises(ValueError) as caught:
        load_gpt2(tmp_path)
    assert str(path) in str(caught.value)


def test_a_configuration_of_something_else_is_no_gpt2s(tmp_path):
    (tmp_path / "model.safetensors").touch()
    for text in ('{"n_embd": 4}', "[1]"):
        (tmp_path / "config.json").write_text(text, "utf-8")
        with pytest.raises(ValueError, match=r"config\.json is no GPT-2's"):
            load_gpt2(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="rights as POSIX has them")
@pytest.mark.parametrize("dtype", [None, torch.int8])
def test_the_files_of_a_model_have_the_rights_of_any_new_file(tmp_path, dtype):
    (tmp_path / "plain").touch()
    DecoderOnly(DecoderOnlyConfig(11, **small)).save_pretrained(tmp_path, dtype=dtype)
    rights = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert len(rights) == 1
