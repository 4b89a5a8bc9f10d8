"""Norms, feed-forward networks and layers: against torch's, with gradients."""

import pytest
import torch
import torch.nn.functional as F
from copying import assert_gradients_equal, copy, layer_pairs, randomize
from torch import nn

from n2t.blocks import (
    ACTIVATIONS,
    DecoderLayer,
    Dropout,
    EncoderLayer,
    FeedForward,
    LayerNorm,
    RMSNorm,
    make_norm,
)
from n2t.masks import causal_mask, padding_mask

close = {"atol": 1e-10, "rtol": 1e-10}


def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)


# Norms


def test_layer_norm_equals_its_formula():
    norm = randomize(LayerNorm(6)).double()
    x = randn(2, 3, 6)
    mean = x.mean(-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(-1, keepdim=True)
    wanted = (x - mean) / (variance + 1e-5).sqrt() * norm.weight + norm.bias
    torch.testing.assert_close(norm(x), wanted, **close)


def test_rms_norm_equals_its_formula():
    norm = randomize(RMSNorm(6)).double()
    x = randn(2, 3, 6)
    wanted = x / ((x**2).mean(-1, keepdim=True) + 1e-5).sqrt() * norm.weight
    torch.testing.assert_close(norm(x), wanted, **close)


@pytest.mark.parametrize("norm", ["layer", "rms"])
def test_a_norm_of_zeros_is_finite(norm):
    x = torch.zeros(1, 2, 4, requires_grad=True)
    make_norm(norm, 4)(x).sum().backward()
    assert x.grad.isfinite().all()


# Feed-forward


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_feed_forward_equals_its_formula(activation):
    network = randomize(FeedForward(4, 6, activation)).double()
    x = randn(2, 3, 4)
    hidden = network.expand(x)
    wanted = {
        "relu": lambda: hidden.clamp(min=0),
        "relu2": lambda: hidden.clamp(min=0) ** 2,
        "gelu": lambda: hidden * (1 + torch.erf(hidden / 2**0.5)) / 2,
        "gelu_tanh": lambda: F.gelu(hidden, approximate="tanh"),
        "swiglu": lambda: hidden * hidden.sigmoid() * network.gate(x),
    }[activation]()
    torch.testing.assert_close(network(x), network.contract(wanted), **close)


def test_only_swiglu_has_a_third_matrix():
    sizes = {a: len(list(FeedForward(4, 6, a).parameters())) for a in ACTIVATIONS}
    assert sizes.pop("swiglu") == 6 and set(sizes.values()) == {4}


# Dropout


def test_dropout_drops_its_share_and_keeps_the_mean():
    torch.manual_seed(0)
    x = torch.ones(100_003)
    for rate in (0.1, 0.5, 0.9):
        y = Dropout(rate)(x)
        share = float((y == 0).float().mean())
        assert abs(share - rate) < 5 * (rate * (1 - rate) / len(x)) ** 0.5
        kept = y[y != 0]
        wanted = torch.full_like(kept, 1 / (1 - rate))
        torch.testing.assert_close(kept, wanted, rtol=2e-4, atol=0)


def test_dropout_draws_its_numbers_independently():
    torch.manual_seed(0)
    kept = (Dropout(0.5)(torch.ones(200_000)) != 0).double() * 2 - 1
    for lag in range(1, 9):  # four numbers share a 64-bit word
        assert abs(float((kept[lag:] * kept[:-lag]).mean())) < 0.012


def test_dropout_is_the_generators_alone():
    x = torch.randn(3, 5)
    torch.manual_seed(3)
    first = Dropout(0.5)(x)
    torch.manual_seed(3)
    assert torch.equal(Dropout(0.5)(x), first)


def test_dropout_passes_the_gradient_where_it_passes_the_number():
    x = torch.ones(1000, requires_grad=True)
    y = Dropout(0.3)(x)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())


@pytest.mark.parametrize("rate", [1e-9, 1 - 1e-9])
def test_dropout_is_finite_at_the_ends(rate):
    assert Dropout(rate)(torch.ones(1000)).isfinite().all()


def test_dropout_is_off_in_eval_and_at_0():
    x = torch.randn(4, 4)
    assert Dropout(0.5).eval()(x) is x and Dropout(0.0)(x) is x


# Layers


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_encoder_layer_equals_torchs_with_its_gradients(norm_first, activation):
    torch.manual_seed(0)
    options = {"norm_first": norm_first, "activation": activation}
    theirs = nn.TransformerEncoderLayer(8, 2, 12, 0.0, batch_first=True, **options)
    theirs = randomize(theirs).double()
    ours = EncoderLayer(8, 2, 12, **options).double()
    copy(layer_pairs(ours, theirs))
    ids = torch.tensor([[3, 3, 3, 3], [3, 3, 0, 0]])
    x = randn(2, 4, 8).requires_grad_()
    got = ours(x, padding_mask(ids, 0), causal=True)
    wanted = theirs(x, ~causal_mask(4), ids == 0)
    torch.testing.assert_close(got, wanted, **close)
    compare_gradients(ours, theirs, got, wanted, [x])


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_decoder_layer_equals_torchs_with_its_gradients(norm_first, activation):
    torch.manual_seed(0)
    options = {"norm_first": norm_first, "activation": activation}
    theirs = nn.TransformerDecoderLayer(8, 2, 12, 0.0, batch_first=True, **options)
    theirs = randomize(theirs).double()
    ours = DecoderLayer(8, 2, 12, **options).double()
    copy(layer_pairs(ours, theirs))
    ids = torch.tensor([[3, 3, 3, 3, 3], [3, 3, 0, 0, 0]])
    x, memory = randn(2, 4, 8).requires_grad_(), randn(2, 5, 8).requires_grad_()
    got = ours(x, memory, padding_mask(ids, 0))
    wanted = theirs(x, memory, ~causal_mask(4), memory_key_padding_mask=ids == 0)
    torch.testing.assert_close(got, wanted, **close)
    compare_gradients(ours, theirs, got, wanted, [x, memory])


def compare_gradients(ours, theirs, got, wanted, inputs):
    probe = randn(*got.shape)
    ours_in = torch.autograd.grad((got * probe).sum(), inputs, retain_graph=True)
    theirs_in = torch.autograd.grad((wanted * probe).sum(), inputs, retain_graph=True)
    torch.testing.assert_close(ours_in, theirs_in, **close)
    (got * probe).sum().backward()
    (wanted * probe).sum().backward()
    assert_gradients_equal(layer_pairs(ours, theirs))
    assert len(list(layer_pairs(ours, theirs))) == len(list(ours.parameters()))


@pytest.mark.parametrize(
    "rate", ["dropout", "attention_dropout", "feed_forward_dropout"]
)
@pytest.mark.parametrize("kind", [EncoderLayer, DecoderLayer])
def test_every_dropout_acts_in_training_and_in_eval_never(rate, kind):
    layer = kind(8, 2, 12, **{rate: 0.5})
    inputs = (torch.randn(2, 4, 8),) * (2 if kind is DecoderLayer else 1)
    assert not torch.equal(layer(*inputs), layer(*inputs))
    layer.eval()
    assert torch.equal(layer(*inputs), layer(*inputs))


def test_pre_norm_leaves_the_stream_untouched_and_post_norm_does_not():
    x = torch.randn(1, 3, 8) * 100
    for norm_first in (True, False):
        layer = EncoderLayer(8, 2, 12, norm_first=norm_first)
        for part in (layer.self_attention.project_output, layer.feed_forward.contract):
            nn.init.zeros_(part.weight)
            nn.init.zeros_(part.bias)
        assert torch.equal(layer(x), x) == norm_first


x = torch.randn(2, 4, 8)
WRONG = {
    "norm": (lambda: EncoderLayer(8, 2, 12, norm="batch"), ValueError, "layer, rms"),
    "activation": (
        lambda: FeedForward(8, 12, "tanh"), ValueError, "activation.*relu.*'tanh'",
    ),
    "d_ff": (lambda: FeedForward(8, 0), ValueError, r"d_ff \(0\)"),
    "d_model": (lambda: LayerNorm(0), ValueError, r"d_model \(0\)"),
    "float d_model": (lambda: RMSNorm(2.0), TypeError, "d_model.*2.0"),
    "dropout": (lambda: Dropout(1.0), ValueError, r"dropout \(1.0\)"),
    "dropout's type": (lambda: Dropout("0.1"), TypeError, "dropout.*'0.1'"),
    "heads": (lambda: DecoderLayer(9, 2, 12), ValueError, r"n_head \(2\)"),
    "norm's width": (lambda: LayerNorm(6)(x), ValueError, "x must be.*axis of 6"),
    "rms' width": (lambda: RMSNorm(6)(x), ValueError, "x must be.*axis of 6"),
    "network's width": (lambda: FeedForward(6, 9)(x), ValueError, "axis of 6"),
    "ids for features": (
        lambda: LayerNorm(8)(torch.ones(2, 8).long()), TypeError, "x.*int64",
    ),
    "float mask": (
        lambda: EncoderLayer(8, 2, 9)(x, torch.ones(4, 4)), TypeError, "mask.*float32",
    ),
    "memory's width": (
        lambda: DecoderLayer(8, 2, 9)(x, x[..., :6]), ValueError, "key.*axis of 8",
    ),
    "memory's batch": (lambda: DecoderLayer(8, 2, 9)(x, x[:1]), ValueError, "leading"),
    "empty": (lambda: EncoderLayer(8, 2, 9)(x[:, :0]), ValueError, "empty"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_named(name, own_checks_only):
    call, kind, words = WRONG[name]
    with pytest.raises(kind, match=words):
        call()
