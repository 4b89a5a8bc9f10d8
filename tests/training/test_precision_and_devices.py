"""Precision is picked, said and undone; devices are known by name."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from training.toy import same_weights, toy_fit, toy_model

from n2t.training import devices, precision
from n2t.training.config import PRECISIONS
from n2t.training.distributed import World
from n2t.training.losses import language_model_loss


class Faster(World):
    """Another process, on a machine that is faster in bfloat16."""

    def most(self, number):
        return max(number, PRECISIONS.index("bfloat16"))


def test_processes_of_one_run_agree_on_a_precision():
    cpu = torch.device("cpu")
    assert precision.agree("float32", World(0, 1, cpu)).name == "float32"
    assert precision.agree("float32", Faster(0, 2, cpu)).name == "bfloat16"


@pytest.mark.parametrize("gain, wanted", [(0.6, "float32"), (3.0, "bfloat16")])
def test_auto_takes_bfloat16_on_a_cpu_only_where_it_is_faster(
    gain, wanted, monkeypatch
):
    monkeypatch.setattr(precision, "cpu_gain", lambda: gain)
    found = precision.choose("auto", "cpu")
    assert found.name == wanted
    assert f"timed at {gain} times" in str(found) and "\n" not in str(found)


def test_the_gain_is_the_median_time_of_float32_over_that_of_bfloat16(monkeypatch):
    took = [6.0, 100.0, 6.0, 2.0, 2.0, 0.1]  # three of float32, three of bfloat16
    ticks = iter([tick for seconds in took for tick in (1.0, 1.0 + seconds)])
    ours = SimpleNamespace(perf_counter=ticks.__next__)
    monkeypatch.setattr(precision, "time", ours)
    assert precision.cpu_gain(size=2, repeats=3) == pytest.approx(3.0, rel=1e-12)


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


def test_tf32_is_on_inside_a_run_and_as_before_afterwards():
    seen, before = [], torch.get_float32_matmul_precision()
    model = toy_model()
    model[0].register_forward_hook(
        lambda *_: seen.append(torch.get_float32_matmul_precision())
    )
    toy_fit(model, dict(max_steps=1, precision="tf32"))
    assert seen == ["high"] and torch.get_float32_matmul_precision() == before


def test_a_run_that_picked_its_precision_keeps_it_when_resumed(tmp_path, monkeypatch):
    monkeypatch.setattr(precision, "cpu_gain", lambda: 3.0)
    config = dict(precision="auto", checkpoint_every=6)
    whole, resumed = toy_model(), toy_model(seed=9)
    expected = toy_fit(whole, config, run_dir=tmp_path)
    for file in (tmp_path / "step-00000012").iterdir():
        file.unlink()
    (tmp_path / "step-00000012").rmdir()
    monkeypatch.setattr(precision, "cpu_gain", lambda: 0.5)
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
