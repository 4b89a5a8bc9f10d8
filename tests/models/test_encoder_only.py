"""The encoder alone: padding is invisible, heads fit, tokens are hidden as BERT did."""

import json

import pytest
import torch
import torch.nn.functional as F
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


# BERT's embedding, and no head

BERTS = {"scale_embedding": False, "norm_embedding": True, "n_token_type": 2}


def test_the_embedding_is_the_sum_of_three_vectors_then_a_norm():
    embedding = made(position="learned", **BERTS).encoder.embedding
    ids, kinds = torch.tensor([[3, 4, 5]]), torch.tensor([[0, 1, 1]])
    total = embedding.table.weight[ids] + embedding.token_types.weight[kinds]
    total = total + embedding.positions.table[:3]
    wanted = F.layer_norm(total, (8,), eps=1e-5)
    torch.testing.assert_close(embedding(ids, token_types=kinds), wanted, **close)
    none = torch.zeros_like(ids)
    assert torch.equal(embedding(ids), embedding(ids, token_types=none))
    assert not torch.allclose(embedding(ids), embedding(ids, token_types=kinds))


def test_what_is_not_scaled_starts_with_berts_deviation():
    config = EncoderOnlyConfig(5_000, **small, scale_embedding=False)
    weight = EncoderOnly(config).encoder.embedding.table.weight
    assert abs(float(weight.detach().std()) - 0.02) < 0.001


@pytest.mark.parametrize("pooling", ["mean", "first"])
@pytest.mark.parametrize("normalize", [True, False])
def test_without_a_head_the_pooled_vector_comes_out(pooling, normalize):
    bare = made(head=False, pooling=pooling, normalize=normalize)
    ids = torch.tensor([[3, 4, 0], [6, 7, 8]])
    x = bare.features(ids)
    pooled = x[:, 0]
    if pooling == "mean":
        pooled = torch.stack([x[0, :2].mean(0), x[1].mean(0)])
    wanted = pooled / pooled.norm(dim=1, keepdim=True) if normalize else pooled
    torch.testing.assert_close(bare(ids), wanted, **close)
    assert not [name for name in bare.state_dict() if name.startswith("output")]
    assert bare.embedding_weights() == []


def test_a_row_of_padding_alone_has_the_vector_of_zeros_at_length_one_too():
    bare = made(head=False, normalize=True)
    assert (bare(torch.tensor([[0, 0]])) == 0).all()


def test_a_classifier_starts_from_an_encoder_without_a_head():
    bare = made(head=False, **BERTS)
    classifier = bare.with_classes(3)
    ids = torch.tensor([[3, 4, 5]])
    assert classifier(ids).shape == (1, 3) and classifier(ids).dtype == torch.float64
    torch.testing.assert_close(classifier.features(ids), bare.features(ids), **close)


def test_operations_without_a_head_are_as_many_as_torch_counts():
    bare = made(head=False, **BERTS)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        bare(torch.randint(1, 11, (3, 6)))
    assert bare.forward_flops(3, 6) == counter.get_total_flops()


OLD = {"n_token_type", "scale_embedding", "norm_embedding", "head", "normalize"}


def test_a_configuration_from_before_these_fields_is_read_and_written_as_it_was():
    config = EncoderOnlyConfig(11, **small)
    assert not OLD & json.loads(config.to_json()).keys()
    assert EncoderOnlyConfig.from_json(config.to_json()) == config
    new = config.replace(head=False, normalize=True, **BERTS)
    assert json.loads(new.to_json()).keys() >= OLD
    assert EncoderOnlyConfig.from_json(new.to_json()) == new


KINDS_WRONG = {
    "no kinds": (made(), ids, "token_types were given, and n_token_type is None"),
    "shape": (made(**BERTS), ids[:, :2], r"ids' shape \(2, 4\), got \(2, 2\)"),
    "too high": (made(**BERTS), ids + 1, "token_types holds 2"),
}


@pytest.mark.parametrize("name", KINDS_WRONG)
def test_wrong_kinds_of_token_are_named(name, own_checks_only):
    model, kinds, words = KINDS_WRONG[name]
    with pytest.raises(ValueError, match=words):
        model(ids, kinds)


def test_classes_need_a_head():
    with pytest.raises(ValueError, match=r"n_class \(3\) needs a head"):
        EncoderOnlyConfig(11, **small, head=False, n_class=3)
