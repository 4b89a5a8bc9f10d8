"""BERT-shaped encoders: hidden states and embeddings are the Hugging Face library's."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from n2t.models import EncoderOnly, load_minilm

transformers = pytest.importorskip("transformers")

close = {"atol": 1e-5, "rtol": 1e-5}


def made():
    """A small BERT of theirs with random weights, norms included."""
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=50, hidden_size=24, num_hidden_layers=3, num_attention_heads=4,
        intermediate_size=40, max_position_embeddings=16, type_vocab_size=2,
        layer_norm_eps=1e-3, initializer_range=0.3,
    )  # fmt: skip
    theirs = transformers.BertModel(config).eval()
    for parameter in theirs.parameters():
        if parameter.dim() == 1:
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
    return theirs


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Theirs, ours, and the folder between them."""
    theirs, folder = made(), tmp_path_factory.mktemp("bert")
    theirs.save_pretrained(folder)
    return theirs, load_minilm(folder), folder


def inputs():
    """Ids with padding, and which of them are real."""
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(1, 50, (3, 9), generator=generator)
    ids[1, 4:] = 0
    ids[2, 8:] = 0
    return ids, ids != 0


def embedded(theirs, ids, real):
    """The mean of theirs over the real tokens, at length 1."""
    states = theirs(ids, attention_mask=real.long()).last_hidden_state
    mean = (states * real[..., None]).sum(1) / real.sum(1, keepdim=True)
    return mean / mean.norm(dim=1, keepdim=True)


@torch.no_grad()
def test_hidden_states_of_every_layer_equal_theirs(twins):
    theirs, ours, _ = twins
    ids, real = inputs()
    wanted = theirs(ids, attention_mask=real.long(), output_hidden_states=True)
    found = [ours.encoder.embedding(ids)]
    hooks = [
        layer.register_forward_hook(lambda _, __, x: found.append(x))
        for layer in ours.encoder.layers
    ]
    ours.features(ids)
    for hook in hooks:
        hook.remove()
    assert len(found) == len(wanted.hidden_states) == 4
    for mine, other in zip(found, wanted.hidden_states, strict=True):
        torch.testing.assert_close(mine[real], other[real], **close)


@torch.no_grad()
def test_kinds_of_token_equal_theirs(twins):
    theirs, ours, _ = twins
    ids, real = inputs()
    kinds = torch.zeros_like(ids)
    kinds[:, 3:] = 1
    wanted = theirs(ids, attention_mask=real.long(), token_type_ids=kinds)
    found = ours.features(ids, kinds)
    torch.testing.assert_close(found[real], wanted.last_hidden_state[real], **close)
    assert (found - ours.features(ids)).abs().max() > 0.1


@torch.no_grad()
def test_the_model_gives_the_mean_at_length_one(twins):
    theirs, ours, _ = twins
    ids, real = inputs()
    found = ours(ids)
    torch.testing.assert_close(found, embedded(theirs, ids, real), **close)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(3), **close)


@torch.no_grad()
def test_the_configuration_is_kept_by_saving(twins, tmp_path):
    _, ours, _ = twins
    assert not ours.training and ours.config.norm_epsilon == 1e-3
    again = EncoderOnly.from_pretrained(ours.save_pretrained(tmp_path))
    assert again.config == ours.config
    assert torch.equal(again(inputs()[0]), ours(inputs()[0]))


def test_reading_draws_no_random_number(twins):
    before = torch.get_rng_state()
    load_minilm(twins[2])
    assert torch.equal(torch.get_rng_state(), before)


# Refusals


@pytest.fixture
def folder(twins, tmp_path):
    """A copy of the checkpoint, to be spoiled."""
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((twins[2] / name).read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model_type": "roberta"}, "model_type is 'roberta'; only 'bert'"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type"),
        ({"is_decoder": True}, "is_decoder is True; only False"),
        ({"hidden_act": "silu"}, "hidden_act is 'silu'; known are gelu"),
        ({"num_hidden_layers": 2}, r"encoder\.layer\.2\S+ is unknown"),
        ({"num_hidden_layers": 4}, r"encoder\.layers\.3\S+ is missing"),
        ({"num_attention_heads": 5}, r"d_model \(24\) must be divisible by n_head"),
        ({"hidden_size": "24"}, r"d_model \('24'\) must be a whole number"),
    ],
)
def test_another_models_configuration_is_refused_by_name(
    change, words, folder, own_checks_only
):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(ValueError, match=words):
        load_minilm(folder)


def test_every_tensor_is_used_or_named(folder):
    path = folder / "model.safetensors"
    tensors = load_file(path)
    save_file(tensors | {"cls.bias": torch.ones(3)}, path)
    with pytest.raises(ValueError, match=r"cls\.bias is unknown"):
        load_minilm(folder)
    places = {"embeddings.position_ids": torch.arange(16)[None]}
    save_file(tensors | places, path)
    load_minilm(folder)
    save_file(tensors | {name: p.flip(1) for name, p in places.items()}, path)
    with pytest.raises(ValueError, match="position_ids does not count from 0"):
        load_minilm(folder)
    del tensors["encoder.layer.1.output.dense.bias"]
    save_file(tensors, path)
    with pytest.raises(ValueError, match=r"layers\.1\.feed_forward\.contract\.bias"):
        load_minilm(folder)


def test_cut_and_missing_files_are_named(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"model\.safetensors is cut or damaged"):
        load_minilm(folder)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"holds no model\.safetensors"):
        load_minilm(folder)
    (folder / "model.safetensors").touch()
    (folder / "config.json").write_text("{")
    with pytest.raises(ValueError, match=r"config\.json is cut or damaged"):
        load_minilm(folder)


# The real file

SENTENCES = [
    "A man is eating food.",
    "Someone has a meal.",
    "The girl carries a baby, über 3 Häuser!",
    "六点",
]


def batch(tokenizer):
    """Sentences as ids, padded."""
    rows = [torch.tensor(tokenizer.encode(s, bos=True, eos=True)) for s in SENTENCES]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)


@torch.no_grad()
def test_the_real_models_states_and_embeddings_equal_theirs(
    minilm, minilm_folder, minilm_tokenizer
):
    theirs = transformers.BertModel.from_pretrained(minilm_folder).eval()
    ids = batch(minilm_tokenizer)
    real = ids != 0
    wanted = theirs(ids, attention_mask=real.long()).last_hidden_state
    away = (minilm.features(ids) - wanted)[real].abs().max()
    assert away < 1e-5
    assert (minilm(ids) - embedded(theirs, ids, real)).abs().max() < 1e-5


@torch.no_grad()
def test_the_real_model_finds_what_means_the_same(minilm, minilm_tokenizer):
    vectors = minilm(batch(minilm_tokenizer))
    likeness = vectors @ vectors.T
    assert likeness[0, 1] > max(likeness[0, 2], likeness[0, 3]) + 0.2
