"""The language model: causal, cached = uncached, counted; and GPT-2's weights in it."""

import json
from pathlib import Path

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from transformers import GPT2Config, GPT2LMHeadModel

from n2t.decoding import decode
from n2t.models import DecoderOnly, DecoderOnlyConfig
from n2t.models.public import gpt2 as reading
from n2t.models.public import load_gpt2
from n2t.positions import KINDS

close = {"atol": 1e-10, "rtol": 1e-10}
small = {"d_model": 8, "n_head": 2, "n_layer": 2, "d_ff": 12, "max_length": 16}


def made(**options):
    torch.manual_seed(0)
    fields = small | {"dropout": 0.0} | options
    return DecoderOnly(DecoderOnlyConfig(11, **fields)).double()


@pytest.mark.parametrize("position", KINDS)
def test_step_by_step_equals_all_at_once(position):
    model = made(position=position, n_kv_head=1, norm="rms").eval()
    ids = torch.randint(11, (3, 6))
    whole = model(ids)
    for steps in ([1] * 6, [4, 1, 1], [2, 3, 1]):
        state = model.start(None, 3, 6)
        logits = [model.step(part, state) for part in ids.split(steps, dim=1)]
        ends = torch.tensor(steps).cumsum(0) - 1
        torch.testing.assert_close(torch.stack(logits, 1), whole[:, ends], **close)


def test_the_past_is_blind_to_the_future():
    model = made().eval()
    ids = torch.randint(11, (2, 6))
    other = ids.clone()
    other[:, 4:] = (other[:, 4:] + 1) % 11
    assert torch.equal(model(ids)[:, :4], model(other)[:, :4])
    assert not torch.equal(model(ids)[:, 4:], model(other)[:, 4:])


def test_embeddings_are_tied_as_asked():
    tied, untied = made(), made(tie_embeddings=False)
    assert tied.output.weight is tied.embedding.weight
    assert untied.n_parameters() - tied.n_parameters() == 11 * 8


def test_gpt2_small_has_its_124_million_parameters():
    with torch.device("meta"):
        model = DecoderOnly(DecoderOnlyConfig(50_257))
    assert model.n_parameters() == 124_439_808


def test_operations_are_as_many_as_torch_counts():
    model = made()
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        model(torch.randint(11, (3, 6)))
    assert model.forward_flops(3, 6) == counter.get_total_flops()


def test_initial_weights_write_little_into_the_stream():
    sizes = {"d_model": 128, "n_head": 2, "n_layer": 8, "d_ff": 256}
    model = DecoderOnly(DecoderOnlyConfig(11, **sizes))
    for layer in model.layers:
        inner = float(layer.feed_forward.expand.weight.detach().std())
        outer = float(layer.feed_forward.contract.weight.detach().std())
        assert abs(inner - 0.02) < 0.001 and abs(outer - 0.02 / 4) < 0.0005


@pytest.mark.parametrize("position", ["learned", "sinusoidal"])
def test_positions_added_to_tokens_do_not_drown_them(position):
    sizes = {"d_model": 256, "n_head": 4, "n_layer": 1, "d_ff": 256}
    model = DecoderOnly(DecoderOnlyConfig(50, **sizes, position=position)).eval()
    seen = []
    model.layers[0].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    ids = torch.randint(50, (2, 64))
    model(ids), model((ids + 1) % 50)
    places = model.positions.embed(torch.zeros(1, 64, 256), 0)
    assert (seen[0] - seen[1]).std() > places.std()


def test_attention_maps_are_causal():
    maps = made().attention_maps(torch.randint(11, (1, 5)))
    assert list(maps) == [f"layers.{i}.self_attention" for i in range(2)]
    assert all((weights.triu(1) == 0).all() for weights in maps.values())


model = made()
ids = torch.ones(2, 4, dtype=torch.long)
WRONG = {
    "floats": (lambda: model(ids.double()), TypeError, "ids.*float64"),
    "one row": (lambda: model(ids[0]), ValueError, r"ids must be \(B, T\)"),
    "id too high": (lambda: model(ids + 10), ValueError, r"ids holds 11.*0 \.\. 10"),
    "empty": (lambda: model(ids[:0]), ValueError, "ids is empty"),
    "too long": (lambda: model(ids.repeat(1, 5)), ValueError, r"20, beyond.*\(16\)"),
    "a source": (lambda: model.start(ids, 2, 4), ValueError, "source must be None"),
    "no rows": (lambda: model.start(None, 0, 4), ValueError, r"batch_size \(0\)"),
    "no room": (lambda: model.start(None, 2, 0), ValueError, r"max_length \(0\)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_named(name, own_checks_only):
    call, kind, words = WRONG[name]
    with pytest.raises(kind, match=words):
        call()


# GPT-2


@pytest.fixture(scope="module", params=["gelu_new", "gelu"])
def gpt2(request, tmp_path_factory):
    """Hugging Face's model with random weights, and the folder that it wrote."""
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=50, n_embd=24, n_layer=3, n_head=4, n_positions=32,
        activation_function=request.param, bos_token_id=1, eos_token_id=None,
    )  # fmt: skip
    theirs = GPT2LMHeadModel(config).eval()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, mean=0.1, std=0.3)
    folder = tmp_path_factory.mktemp("gpt2")
    theirs.save_pretrained(folder)
    return theirs, folder


def test_gpt2_gives_hugging_faces_logits(gpt2):
    theirs, folder = gpt2
    ids = torch.randint(50, (2, 9))
    with torch.no_grad():
        ours = load_gpt2(folder)
        torch.testing.assert_close(ours(ids), theirs(ids).logits, rtol=1e-5, atol=1e-5)
        wanted = theirs.double()(ids).logits
        torch.testing.assert_close(ours.double()(ids), wanted, **close)
    theirs.float()
    assert ours.n_parameters() == sum(p.numel() for p in theirs.parameters())


def test_gpt2_with_another_epsilon_is_read_with_it(gpt2, tmp_path):
    theirs, folder = gpt2
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["layer_norm_epsilon"] = 0.1
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    (tmp_path / "model.safetensors").symlink_to(folder / "model.safetensors")
    ids = torch.randint(50, (2, 9))
    with torch.no_grad():
        wanted = GPT2LMHeadModel.from_pretrained(tmp_path).eval().double()(ids).logits
        torch.testing.assert_close(load_gpt2(tmp_path).double()(ids), wanted, **close)
        usual = theirs.double()(ids).logits
        theirs.float()
    assert not torch.allclose(usual, wanted, atol=1e-2)


def test_reading_gpt2_draws_no_random_number(gpt2):
    before = torch.get_rng_state()
    model = load_gpt2(gpt2[1])
    assert torch.equal(torch.get_rng_state(), before)
    assert model.output.weight is model.embedding.weight
    assert all(p.is_contiguous() and not p.is_meta for p in model.parameters())


MAPS = Path("/proc/self/smaps")


def mapped(path):
    """How many bytes of a file are in memory as parts of it."""
    size, ours = 0, False
    for line in MAPS.read_text("utf-8").splitlines():
        if not line.split()[0].endswith(":"):
            ours = line.endswith(str(path))
        elif ours and line.startswith("Rss:"):
            size += 1024 * int(line.split()[1])
    return size


@pytest.mark.skipif(not MAPS.is_file(), reason="there is no list of what is mapped")
def test_of_gpt2s_file_one_weight_at_a_time_is_in_memory(tmp_path, monkeypatch):
    config = GPT2Config(
        vocab_size=50, n_embd=256, n_layer=6, n_head=2, n_positions=16,
        bos_token_id=1, eos_token_id=None,
    )  # fmt: skip
    GPT2LMHeadModel(config).save_pretrained(tmp_path)
    path, held, fill = tmp_path / "model.safetensors", [], reading.fill

    def watched(model, weights):
        def each():
            for pair in weights:
                yield pair
                held.append(mapped(path))

        fill(model, each())

    monkeypatch.setattr(reading, "fill", watched)
    load_gpt2(tmp_path)
    assert 0 < max(held) < path.stat().st_size / 2 and mapped(path) == 0


def test_gpt2_writes_hugging_faces_words(gpt2):
    theirs, folder = gpt2
    prompt = torch.randint(50, (2, 5))
    wanted = theirs.generate(
        prompt, max_new_tokens=12, do_sample=False, pad_token_id=0,
        attention_mask=torch.ones_like(prompt),
    )  # fmt: skip
    got = decode(load_gpt2(folder), prompt=prompt, max_new_tokens=12)
    assert got.ids.tolist() == wanted[:, 5:].tolist()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model_type", "llama"),
        ("activation_function", "silu"),
        ("scale_attn_by_inverse_layer_idx", True),
        ("layer_norm_epsilon", 0.0),
        ("n_layer", 4),
    ],
)
def test_another_model_than_gpt2_is_named(gpt2, tmp_path, field, value):
    _, folder = gpt2
    config = json.loads((folder / "config.json").read_text("utf-8")) | {field: value}
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    (tmp_path / "model.safetensors").symlink_to(folder / "model.safetensors")
    words = {"n_layer": "do not fit", "layer_norm_epsilon": "epsilon.*above 0"}
    words = words.get(field, f"{field} is {value!r}")
    with pytest.raises(ValueError, match=words):
        load_gpt2(tmp_path)


def test_a_folder_without_safetensors_is_named(tmp_path):
    (tmp_path / "config.json").write_text("{}", "utf-8")
    with pytest.raises(FileNotFoundError, match=r"holds no model\.safetensors"):
        load_gpt2(tmp_path)
