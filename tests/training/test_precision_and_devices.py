"""Precision is picked, said and undone; devices are known by name."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from training.toy import same_weights, toy_fit, toy_model

from n2t.training import devices, precision
from n2t.training.config import PRECISIONS
from n2t.training.distributed import World
from n2t.training.losses import language_model_loss
from n2t.training.optimizers import Muon, orthogonalize


class Faster(World):
    """Another process, on a machine that is faster in bfloat16."""

    def most(self, number):
        return max(number, PRECISIONS.index("bfloat16"))


def test_processes_of_one_run_agree_on_a_precision():
    cpu = torch.device("cpu")
    assert precision.agree("float32", World(0, 1, cpu)).name == "float32"
    assert precision.agree("float32", Faster(0, 2, cpu)).name == "bfloat16"


@pytest.mark.parametrize(
    "has, wanted, why",
    [
        ({"avx2": True, "amx_bf16": False}, "float32", "no instructions for bfloat16"),
        ({"amx_bf16": True, "avx512_bf16": True}, "bfloat16", "(amx_bf16, avx512_bf16"),
        ({"neon": True, "bf16": True}, "bfloat16", "(bf16)"),
    ],
)
def test_auto_takes_bfloat16_on_a_cpu_only_where_the_processor_says_it_has_it(
    has, wanted, why, monkeypatch
):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: has)
    found = precision.choose("auto", "cpu")
    assert found.name == wanted
    assert why in str(found) and "\n" not in str(found)


def test_auto_looks_at_no_clock(monkeypatch):
    monkeypatch.setattr("time.perf_counter", lambda: 1 / 0)
    assert precision.choose("auto", "cpu").name in ("float32", "bfloat16")


def test_a_precision_that_is_asked_for_is_used_and_an_unknown_one_refused():
    assert str(precision.choose("tf32", "cpu")) == "precision tf32 on cpu: as asked"
    with pytest.raises(ValueError, match=r"precision \('int8'\)"):
        precision.choose("int8", "cpu")


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_products_run_in_fewer_bits_and_weights_stay_in_float32(name):
    seen = []
    model = toy_model()
    model[0].register_forward_hook(lambda _m, _i, out: seen.append(out.dtype))
    curves = toy_fit(model, dict(max_steps=40, precision=name))
    assert set(seen) == {getattr(torch, name)}
    assert all(p.dtype == torch.float32 for p in model.parameters())
    assert curves.train_loss[-1] < curves.train_loss[0]


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_muons_products_have_the_bits_of_the_models(name):
    matrix = nn.Parameter(torch.zeros(6, 9))
    matrix.grad = torch.randn(6, 9, generator=torch.Generator().manual_seed(0))
    exact = orthogonalize(matrix.grad)
    muon = Muon([matrix], lr=1.0, momentum=0.0)
    precision.choose(name, "cpu").step([muon])
    assert matrix.dtype == torch.float32
    off = ((matrix.detach() + exact).norm() / exact.norm()).item()
    assert off < 1e-6 if name == "float32" else 1e-3 < off < 0.05


def test_tf32_is_on_inside_a_run_and_as_before_afterwards():
    seen, before = [], torch.get_float32_matmul_precision()
    model = toy_model()
    model[0].register_forward_hook(
        lambda *_: seen.append(torch.get_float32_matmul_precision())
    )
    toy_fit(model, dict(max_steps=1, precision="tf32"))
    assert seen == ["high"] and torch.get_float32_matmul_precision() == before


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_a_switch_for_tf32_that_was_on_is_off_in_other_runs_and_on_again_afterwards(
    name,
):
    seen, model = [], toy_model()
    matmul, cudnn = torch.get_float32_matmul_precision, torch.backends.cudnn
    before = matmul(), cudnn.allow_tf32
    model[0].register_forward_hook(lambda *_: seen.append((matmul(), cudnn.allow_tf32)))
    torch.set_float32_matmul_precision("high")
    cudnn.allow_tf32 = True
    try:
        toy_fit(model, dict(max_steps=1, precision=name))
        assert seen == [("highest", False)]
        assert (matmul(), cudnn.allow_tf32) == ("high", True)
    finally:
        torch.set_float32_matmul_precision(before[0])
        cudnn.allow_tf32 = before[1]


def test_a_run_that_picked_its_precision_keeps_it_when_resumed(tmp_path, monkeypatch):
    monkeypatch.setattr(precision, "bfloat16_instructions", lambda: ["amx_bf16"])
    config = dict(precision="auto", checkpoint_every=6)
    whole, resumed = toy_model(), toy_model(seed=9)
    expected = toy_fit(whole, config, run_dir=tmp_path)
    assert expected.precision == "bfloat16"
    for file in (tmp_path / "step-00000012").iterdir():
        file.unlink()
    (tmp_path / "step-00000012").rmdir()
    monkeypatch.setattr(precision, "bfloat16_instructions", list)
    assert toy_fit(resumed, config, run_dir=tmp_path) == expected
    assert same_weights(resumed, whole)


def test_a_compiler_that_fails_is_left_out_with_one_line(monkeypatch):
    plain, model, said = toy_model(), toy_model(), []
    monkeypatch.setattr(nn.Module, "compile", fail)
    monkeypatch.setattr("n2t.training.history.Reporter.say", said_to(said))
    toy_fit(model, dict(compile=True))
    lines = [line for line in said if "torch.compile" in line]
    assert lines == [
        "torch.compile does not work here, going on without: no compiler found"
    ]
    toy_fit(plain)
    assert same_weights(plain, model)


def fail(*_, **__):
    """Stands for ``torch.compile`` where there is no C++ compiler."""
    raise RuntimeError("no compiler found\nand a long trace")


def said_to(said):
    """A ``say`` that keeps what it is told."""
    return lambda self, text: said.append(text)


def test_operations_are_counted_three_times_the_forward_products():
    class Objective(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(8, 16, bias=False)
            self.dropout = nn.Dropout(0.5)

        def forward(self, batch):
            return self.dropout(self.first(batch)).sum(), len(batch)

    objective, before = Objective(), torch.get_rng_state()
    assert devices.flops_per_token(objective, torch.ones(5, 8)) == 6 * 8 * 16
    assert torch.equal(torch.get_rng_state(), before)


class Largest(TorchDispatchMode):
    """Notes how many numbers the largest tensor has that is made inside."""

    numbers = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for part in made if isinstance(made, tuple | list) else [made]:
            if isinstance(part, torch.Tensor):
                self.numbers = max(self.numbers, part.numel())
        return made


@pytest.mark.parametrize("key_heads", [4, 2])
def test_attention_is_counted_in_full_and_never_written_out(key_heads):
    T, d = 512, 8

    class Attending(nn.Module):
        def forward(self, batch):
            keys = batch[:, :key_heads]
            options = dict(is_causal=True, enable_gqa=key_heads < 4)
            found = F.scaled_dot_product_attention(batch, keys, keys, **options)
            return found.sum(), T

    batch = torch.randn(1, 4, T, d)
    with Largest() as largest:
        counted = devices.flops_per_token(Attending(), batch)
    assert counted == 3 * 2 * 4 * T * (d + d)
    assert 0 < largest.numbers < T * T


@pytest.mark.parametrize(
    "name, peak",
    [
        ("NVIDIA H100 80GB HBM3", 989e12),
        ("NVIDIA A100-SXM4-80GB", 312e12),
        ("NVIDIA A10G", 125e12),
        ("NVIDIA L40S", 362e12),
        ("NVIDIA GeForce RTX 4090", 165e12),
        ("cpu", None),
    ],
)
def test_the_longest_name_decides_what_a_card_can_do(name, peak):
    assert devices.peak_flops(name) == peak


def test_the_language_model_loss_takes_both_halves_of_a_batch():
    model = nn.Embedding(5, 5)
    ids = torch.arange(4)[None]
    total, count = language_model_loss(model, (ids, ids))
    assert total > 0 and int(count) == 4
