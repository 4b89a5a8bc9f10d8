"""The floor of a reading has the products and the attention that the reading has."""

import pytest
import torch

from benchmarks import profiles, reading_alone
from n2t.models import DecoderOnly, DecoderOnlyConfig
from n2t.models.prepared import forms, layers, products

LENGTH = 9


@pytest.fixture
def model():
    config = DecoderOnlyConfig(
        40, d_model=24, n_head=6, n_kv_head=2, n_layer=3, d_ff=20, norm="rms",
        activation="swiglu", position="rotary", max_length=16,
    )  # fmt: skip
    return DecoderOnly(config).eval()


@pytest.fixture
def seen(monkeypatch):
    """What products and attention were asked for: shapes in, and out of products."""
    found = []

    def noted(name, function):
        def call(*given, **options):
            shapes = [tuple(x.shape) for x in given if isinstance(x, torch.Tensor)]
            out = function(*given, **options)
            rows = shapes[:1] if name == "product" else shapes[:3]
            found.append((name, *rows, tuple(out.shape)))
            return out

        return call

    make = products.for_one_row
    row = lambda weight, bias: noted("product", make(weight, bias))  # noqa: E731
    monkeypatch.setitem(forms.LAYOUTS, "row", row)
    for module in (layers, reading_alone):
        monkeypatch.setattr(module, "attend", noted("attention", module.attend))
    return found


def test_the_floor_does_what_the_reading_does(model, seen):
    form = model.prepare(1)
    form.step(torch.full((1, LENGTH), 3), form.start(None, 1, LENGTH))
    wanted = sorted(seen)
    runs = reading_alone.alone(model, LENGTH)
    seen.clear()
    for run in runs.values():
        run()
    assert sorted(seen) == wanted
    assert {name for name, *_ in wanted} == {"product", "attention"}


def test_shares_are_of_all_time_and_what_is_said_has_its_numbers(model):
    form = model.prepare(1)

    def run():
        return form.step(torch.full((1, LENGTH), 3), form.start(None, 1, LENGTH))

    with torch.no_grad():
        found = profiles.shares(run, reading_alone.OPERATIONS)
    assert set(found) == {*reading_alone.OPERATIONS, "rest"}
    assert sum(found.values()) == pytest.approx(1)
    assert all(0 < share < 1 for share in found.values())
    numbers = {f"long_prefill_share_{name}": share for name, share in found.items()}
    numbers |= dict.fromkeys(
        (f"long_prefill_{name}" for name in ("products", "attention", "floor")), 0.5
    )
    assert "0.50" in reading_alone.SAID.format(**numbers)
