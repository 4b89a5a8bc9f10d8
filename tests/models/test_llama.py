"""Llama-shaped models from GGUF files: what the Hugging Face library computes."""

import gguf_files
import numpy as np
import pytest
import torch

from n2t.decoding import decode
from n2t.ledger import result
from n2t.models import DecoderOnly, llama, load_smollm2
from n2t.models.llama import halves

transformers = pytest.importorskip("transformers")

close = {"atol": 2e-5, "rtol": 1e-5}
THEIRS = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
METADATA = {
    "general.architecture": "llama",
    "llama.block_count": 3,
    "llama.context_length": 40,
    "llama.embedding_length": 48,
    "llama.feed_forward_length": 56,
    "llama.attention.head_count": 6,
    "llama.attention.head_count_kv": 2,
    "llama.attention.layer_norm_rms_epsilon": 1e-3,
    "llama.rope.freq_base": 700.0,
    "llama.rope.dimension_count": 8,
    "llama.vocab_size": 61,
    "tokenizer.ggml.bos_token_id": 1,
    "tokenizer.ggml.eos_token_id": 2,
}


def made(tied=True):
    """A small Llama of theirs with random weights, norms included."""
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=61, hidden_size=48, intermediate_size=56, num_hidden_layers=3,
        num_attention_heads=6, num_key_value_heads=2, max_position_embeddings=40,
        rms_norm_eps=1e-3, tie_word_embeddings=tied, initializer_range=0.2,
        rope_parameters={"rope_theta": 700.0, "rope_type": "default"},
        bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    theirs = transformers.LlamaForCausalLM(config).eval()
    for name, parameter in theirs.named_parameters():
        if "norm" in name:
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
    return theirs


def neighbors(weight, d_k):
    """A projection's rows as llama.cpp wants them: pairs beside each other."""
    split = weight.reshape(-1, 2, d_k // 2, weight.shape[1])
    return split.swapaxes(1, 2).reshape(weight.shape)


def tensors_of(theirs):
    """Their weights by GGUF's names."""
    tensors = {}
    for name, weight in theirs.state_dict().items():
        stem, weight = name.removesuffix(".weight"), weight.numpy()
        layer = ""
        if stem.startswith("model.layers."):
            _, _, i, stem = stem.split(".", 3)
            layer = f"blk.{i}."
        if stem == "lm_head" and theirs.config.tie_word_embeddings:
            continue
        if stem.endswith(("q_proj", "k_proj")):
            weight = neighbors(weight, 8)
        tensors[f"{layer}{THEIRS[stem]}.weight"] = weight
    return tensors


@pytest.fixture(scope="module", params=[True, False], ids=["tied", "untied"])
def twins(request, tmp_path_factory):
    """Theirs, and ours from a GGUF file of it."""
    theirs = made(request.param)
    path = tmp_path_factory.mktemp("llama") / "small.gguf"
    gguf_files.write(path, METADATA, tensors_of(theirs))
    return theirs, load_smollm2(path)


def ids(rows=3, T=11):
    return torch.randint(3, 61, (rows, T), generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def test_logits_equal_theirs(twins):
    theirs, ours = twins
    torch.testing.assert_close(ours(ids()), theirs(ids()).logits, **close)
    assert not ours.training
    assert ours.config.tie_embeddings == theirs.config.tie_word_embeddings


@torch.no_grad()
def test_every_layers_hidden_states_equal_theirs(twins):
    theirs, ours = twins
    wanted = theirs(ids(), output_hidden_states=True).hidden_states
    found = [ours.embedding(ids())]
    hooks = [
        layer.register_forward_hook(lambda _, __, x: found.append(x))
        for layer in ours.layers
    ]
    last = ours.features(ids())
    for hook in hooks:
        hook.remove()
    found[-1] = last  # theirs has the last norm in its last state
    assert len(found) == len(wanted) == 4
    for mine, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(mine, other, **close)


def test_greedy_decoding_with_our_cache_equals_generate(twins):
    theirs, ours = twins
    prompt = ids(4, 5)
    wanted = theirs.generate(
        prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=30,
        do_sample=False, eos_token_id=None,
    )[:, 5:]  # fmt: skip
    found = decode(ours, None, prompt, max_new_tokens=30, stop_ids=()).ids
    assert torch.equal(found, wanted)
    assert found.unique().numel() > 6  # not one word over and over


@torch.no_grad()
def test_a_cache_gives_the_logits_of_the_whole(twins):
    _, ours = twins
    whole, state = ours(ids()), ours.start(None, 3, 11)
    for t in range(11):
        step = ours.step(ids()[:, t : t + 1], state)
        torch.testing.assert_close(step, whole[:, t], **close)


def test_the_configuration_is_the_files_and_is_kept_by_saving(twins, tmp_path):
    _, ours = twins
    config = ours.config
    assert (config.rotary_base, config.norm_epsilon) == (700.0, 0.001)
    assert (config.bos_id, config.eos_id, config.pad_id) == (1, 2, 0)
    again = DecoderOnly.from_pretrained(ours.save_pretrained(tmp_path))
    assert again.config == config
    assert torch.equal(again(ids()), ours(ids()))


def test_reading_draws_no_random_number(tmp_path):
    path = gguf_files.write(tmp_path / "x.gguf", METADATA, tensors_of(made()))
    before = torch.get_rng_state()
    load_smollm2(path)
    assert torch.equal(torch.get_rng_state(), before)


@torch.no_grad()
def test_a_forgotten_permutation_is_seen_in_the_logits(tmp_path, monkeypatch):
    theirs = made()
    path = gguf_files.write(tmp_path / "x.gguf", METADATA, tensors_of(theirs))
    monkeypatch.setattr(llama, "halves", lambda weight, d_k: weight)
    away = (load_smollm2(path)(ids()) - theirs(ids()).logits).abs().max()
    assert away > 0.1


def test_halves_undoes_the_order_of_neighbors():
    weight = np.arange(2 * 8 * 3.0).reshape(16, 3)
    assert np.array_equal(halves(neighbors(weight, 8), 8), weight)
    assert not np.array_equal(halves(weight, 8), weight)


def test_blocks_of_a_file_are_the_weights_of_the_model(tmp_path):
    """d_model and d_ff of whole blocks: the maps in 4 bits, the table in 8."""
    sizes = {"embedding_length": 64, "feed_forward_length": 96, "block_count": 1}
    sizes |= {"attention.head_count": 8}
    metadata = METADATA | {f"llama.{name}": size for name, size in sizes.items()}
    rng = np.random.default_rng(0)

    def packed(rows, columns, kind="Q4_1", n_byte=20):
        return kind, rng.integers(0, 60, (rows, columns // 32, n_byte), np.uint8)

    tensors = {"token_embd.weight": packed(61, 64, "Q8_0", 34)}
    tensors["output_norm.weight"] = np.ones(64, np.float32)
    for name in ("attn_norm", "ffn_norm"):
        tensors[f"blk.0.{name}.weight"] = np.ones(64, np.float32)
    for name, rows in {"q": 64, "k": 16, "v": 16, "output": 64}.items():
        tensors[f"blk.0.attn_{name}.weight"] = packed(rows, 64)
    for name, (rows, columns) in {
        "gate": (96, 64), "up": (96, 64), "down": (64, 96),
    }.items():  # fmt: skip
        tensors[f"blk.0.ffn_{name}.weight"] = packed(rows, columns)
    path = gguf_files.write(tmp_path / "x.gguf", metadata, tensors)
    model = load_smollm2(path)
    file = llama.read_gguf(path)
    found = model.layers[0].feed_forward.contract.weight
    wanted = file.tensors["blk.0.ffn_down.weight"].read()
    assert np.array_equal(found.detach().numpy(), wanted)
    assert model(ids(1, 3)).isfinite().all()


# Refusals

WRONG = {
    "architecture": ({"general.architecture": "qwen2"}, "holds a 'qwen2'"),
    "scaling": (
        {"llama.rope.scaling.type": "yarn"},
        r"llama\.rope\.scaling\.type is not known here",
    ),
    "experts": ({"llama.expert_count": 4}, r"llama\.expert_count is not known"),
    "part of a head": (
        {"llama.rope.dimension_count": 4},
        r"dimension_count is 4; only whole heads \(8\)",
    ),
    "heads": ({"llama.attention.head_count": 5}, "5 heads do not divide 48"),
    "vocabulary": ({"llama.vocab_size": 60}, r"embedding\.weight is \(61, 48\)"),
    "layers": ({"llama.block_count": 2}, r"blk\.2\.attn_k\.weight is unknown"),
    "more layers": ({"llama.block_count": 4}, r"layers\.3\.\S+ is missing"),
    "zero": ({"llama.context_length": 0}, r"max_length \(0\) must be at least 1"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_the_model_does_not_have_is_refused_by_name(what, tmp_path):
    changes, words = WRONG[what]
    path = tmp_path / "x.gguf"
    gguf_files.write(path, METADATA | changes, tensors_of(made()))
    with pytest.raises(ValueError, match=words):
        load_smollm2(path)


@pytest.mark.parametrize(
    "name", ["block_count", "attention.layer_norm_rms_epsilon", "embedding_length"]
)
def test_a_missing_entry_is_named(name, tmp_path):
    metadata = {key: METADATA[key] for key in METADATA if key != f"llama.{name}"}
    path = gguf_files.write(tmp_path / "x.gguf", metadata, tensors_of(made()))
    with pytest.raises(ValueError, match=f"has no llama.{name}"):
        load_smollm2(path)


def test_every_tensor_is_used_or_named(tmp_path):
    tensors = tensors_of(made())
    extra = {"rope_freqs.weight": np.ones(4, np.float32)}
    path = gguf_files.write(tmp_path / "x.gguf", METADATA, tensors | extra)
    with pytest.raises(ValueError, match=r"rope_freqs\.weight is unknown"):
        load_smollm2(path)
    bias = {"blk.0.attn_q.bias": np.ones(48, np.float32)}
    gguf_files.write(path, METADATA, tensors | bias)
    with pytest.raises(ValueError, match=r"blk\.0\.attn_q\.bias is unknown"):
        load_smollm2(path)
    for gone in ("blk.1.ffn_up.weight", "output_norm.weight"):
        rest = {name: tensors[name] for name in tensors if name != gone}
        gguf_files.write(path, METADATA, rest)
        with pytest.raises(ValueError, match="is missing"):
            load_smollm2(path)


# The real file


@torch.no_grad()
def test_the_real_models_logits_are_the_recorded_ones_of_theirs(smollm2):
    """Recorded by `python -m benchmarks.real_models`."""
    record = result("real/models")
    assert len(record["prompts"]) >= 6
    for prompt in record["prompts"]:
        logits = smollm2(torch.tensor([prompt["ids"]]))[0]
        for place in prompt["places"]:
            row = logits[place["at"]]
            found = row[torch.tensor(place["top_ids"])]
            wanted = torch.tensor(place["top_logits"])
            assert (found - wanted).abs().max() < 1e-4
            assert row.topk(len(wanted)).indices[0] == place["top_ids"][0]


def test_the_real_models_forty_greedy_tokens_are_the_recorded_ones_of_theirs(smollm2):
    for prompt in result("real/models")["prompts"]:
        start = torch.tensor([prompt["ids"]])
        found = decode(smollm2, None, start, max_new_tokens=40, stop_ids=())
        assert found.ids[0].tolist() == prompt["greedy_ids"]


@torch.no_grad()
def test_the_real_model_live_beside_theirs(smollm2, smollm2_file):
    """Reading the file takes them a minute, and two packages more."""
    pytest.importorskip("gguf")
    pytest.importorskip("accelerate")
    theirs = transformers.AutoModelForCausalLM.from_pretrained(
        str(smollm2_file.parent), gguf_file=smollm2_file.name, dtype=torch.float32
    )
    for prompt in result("real/models")["prompts"]:
        both = torch.tensor([prompt["ids"]])
        wanted = theirs(both).logits
        assert (smollm2(both) - wanted).abs().max() < 1e-4


def test_the_real_models_configuration_says_what_the_model_is(smollm2):
    config = smollm2.config
    wanted = {"n_layer": 30, "n_head": 9, "n_kv_head": 3, "d_model": 576}
    wanted |= {"d_ff": 1536, "rotary_base": 100_000.0, "norm_epsilon": 1e-5}
    assert {name: getattr(config, name) for name in wanted} == wanted
    assert smollm2.n_parameters() == 134_515_008
