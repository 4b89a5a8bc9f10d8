"""A model's folder is whole: what was there stays where a save fails."""

import pytest
import torch

from n2t.models import DecoderOnly, DecoderOnlyConfig, saving

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
