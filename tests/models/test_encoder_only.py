"""The encoder alone: padding is invisible, heads fit, tokens are hidden as BERT did."""

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from n2t.models import EncoderOnly, EncoderOnlyConfig, mask_tokens
from n2t.positions import KINDS

close = {"atol": 1e-10, "rtol": 1e-10}
small = {"d_model": 8, "n_head": 2, "n_layer": 2, "d_ff": 12, "max_length": 16}


def made(**options):
    torch.manual_seed(0)
    fields = small | {"dropout": 0.0} | options
    return EncoderOnly(EncoderOnlyConfig(11, **fields)).double()


@pytest.mark.parametrize("position", KINDS)
@pytest.mark.parametrize(
    "options", [{}, {"n_class": 3}, {"n_class": 3, "pooling": "first"}]
)
def test_more_padding_changes_nothing(position, options):
    model = made(position=position, **options)
    ids = torch.tensor([[3, 4, 5, 0], [6, 7, 8, 9]])
    longer = torch.cat([ids, torch.zeros(2, 3, dtype=torch.long)], dim=1)
    wanted, got = model(ids), model(longer)
    if not options:
        real = ids != 0
        wanted, got = wanted[real], got[:, :4][real]
    torch.testing.assert_close(got, wanted, **close)


def test_a_row_of_padding_alone_is_finite_both_ways():
    model = made(n_class=3)
    logits = model(torch.tensor([[3, 4], [0, 0]]))
    logits.sum().backward()
    assert logits.isfinite().all()
    assert all(
        p.grad.isfinite().all() for p in model.parameters() if p.grad is not None
    )


def test_every_token_sees_both_sides():
    model = made().eval()
    ids = torch.tensor([[3, 4, 5, 6]])
    for place in range(4):
        other = ids.clone()
        other[0, place] = 9
        changed = (model(other) != model(ids)).any(-1)[0]
        assert changed.all()


def test_pooling_is_the_mean_of_the_real_tokens_or_the_first():
    x = torch.randn(2, 3, 8, dtype=torch.float64)
    ids = torch.tensor([[3, 4, 0], [0, 0, 0]])
    mean = made(n_class=2).pool(x, ids)
    torch.testing.assert_close(mean[0], (x[0, 0] + x[0, 1]) / 2, **close)
    assert (mean[1] == 0).all()
    assert torch.equal(made(n_class=2, pooling="first").pool(x, ids), x[:, 0])


def test_a_classifier_starts_from_a_copy_of_the_encoder():
    model = made()
    classifier = model.with_classes(5)
    ids = torch.tensor([[3, 4, 5]])
    assert classifier(ids).shape == (1, 5) and classifier(ids).dtype == torch.float64
    torch.testing.assert_close(classifier.features(ids), model.features(ids), **close)
    with torch.no_grad():
        for parameter in classifier.parameters():
            parameter.add_(1)
    assert not torch.equal(classifier.features(ids), model.features(ids))
    assert classifier.config == model.config.replace(n_class=5)


def test_operations_are_as_many_as_torch_counts():
    for options in ({}, {"n_class": 3}):
        model = made(**options)
        with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
            model(torch.randint(1, 11, (3, 6)))
        assert model.forward_flops(3, 6) == counter.get_total_flops()


def test_attention_maps_hide_padding():
    maps = made(n_class=2).attention_maps(torch.tensor([[3, 4, 0]]))
    assert len(maps) == 2
    assert all((weights[..., 2] == 0).all() for weights in maps.values())


# Hiding tokens


def hidden(**options):
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(5, 100, (200, 100), generator=generator)
    ids[:, 90:] = 0
    options = {"mask_id": 4, "vocab_size": 100, "generator": generator} | options
    return ids, *mask_tokens(ids, **options)


def test_tokens_are_hidden_in_berts_shares():
    ids, inputs, chosen = hidden()
    real = ids != 0
    assert abs(float(chosen[real].float().mean()) - 0.15) < 0.01
    masked = (inputs == 4)[chosen].float().mean()
    same = (inputs == ids)[chosen].float().mean()
    assert abs(float(masked) - 0.8) < 0.03 and abs(float(same) - 0.1) < 0.03


def test_unchosen_and_special_tokens_stay():
    ids, inputs, chosen = hidden(special_ids=(0, 7))
    assert torch.equal(inputs[~chosen], ids[~chosen])
    assert not chosen[(ids == 0) | (ids == 7)].any()


def test_hiding_is_the_generators_alone():
    assert all(torch.equal(a, b) for a, b in zip(hidden(), hidden(), strict=True))


model = made(n_class=3)
ids = torch.ones(2, 4, dtype=torch.long)
WRONG = {
    "floats": (lambda: model(ids.double()), TypeError, "ids.*float64"),
    "one row": (lambda: model(ids[0]), ValueError, r"ids must be \(B, T\)"),
    "id too high": (lambda: model(ids + 10), ValueError, "ids holds 11"),
    "empty": (lambda: model(ids[:, :0]), ValueError, "ids is empty"),
    "too long": (lambda: model(ids.repeat(1, 5)), ValueError, r"20, beyond.*\(16\)"),
    "classes": (lambda: model.with_classes(0), ValueError, r"n_class \(0\)"),
    "rate": (
        lambda: mask_tokens(ids, mask_id=4, vocab_size=9, rate=0.0),
        ValueError, r"rate \(0.0\)",
    ),
    "mask_id": (
        lambda: mask_tokens(ids, mask_id=9, vocab_size=9), ValueError, r"mask_id \(9\)",
    ),
    "ids to hide": (
        lambda: mask_tokens(ids + 9, mask_id=4, vocab_size=9),
        ValueError, "ids holds 10",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_named(name, own_checks_only):
    call, kind, words = WRONG[name]
    with pytest.raises(kind, match=words):
        call()
