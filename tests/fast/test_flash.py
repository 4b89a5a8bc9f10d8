"""Tiled attention is attention: forward, backward, in what it keeps and refuses."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from n2t.attention import scaled_dot_product_attention
from n2t.fast import flash_attention

TIGHT = {"rtol": 1e-12, "atol": 1e-12}


def drawn(*shape, seed=0):
    """A tensor of float64 that wants a gradient."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(*shape, dtype=torch.float64, generator=generator)
    return x.requires_grad_()


def plain(query, key, value, causal=False, scale=None):
    """The readable way, with its table of weights."""
    given = {"causal": causal, "scale": scale, "return_weights": True}
    return scaled_dot_product_attention(query, key, value, **given)[0]


sizes = some.integers(1, 40)


@settings(deadline=None, max_examples=60)
@given(
    Tq=sizes, Tk=sizes, d_v=some.integers(1, 9), causal=some.booleans(),
    block=some.integers(1, 50), seed=some.integers(0, 9),
)  # fmt: skip
def test_output_and_gradients_are_those_of_plain_attention(
    Tq, Tk, d_v, causal, block, seed
):
    inputs = drawn(2, Tq, 4, seed=seed), drawn(2, Tk, 4, seed=seed + 10)
    inputs = (*inputs, drawn(2, Tk, d_v, seed=seed + 20))
    causal = causal and Tq <= Tk  # what fewer keys give is below
    tiled = flash_attention(*inputs, causal=causal, block=block)
    wanted = plain(*inputs, causal=causal)
    torch.testing.assert_close(tiled, wanted, **TIGHT)
    weight = torch.randn_like(wanted)
    found = torch.autograd.grad(tiled, inputs, weight)
    for one, other in zip(
        found, torch.autograd.grad(wanted, inputs, weight), strict=True
    ):
        torch.testing.assert_close(one, other, **TIGHT)


def test_gradients_are_those_of_central_differences():
    inputs = drawn(1, 5, 3), drawn(1, 7, 3, seed=1), drawn(1, 7, 2, seed=2)
    assert torch.autograd.gradcheck(
        lambda q, k, v: flash_attention(q, k, v, causal=True, block=3), inputs
    )


def test_a_query_that_sees_no_key_gets_zeros_and_gives_no_nan():
    inputs = drawn(5, 4), drawn(2, 4, seed=1), drawn(2, 3, seed=2)
    output = flash_attention(*inputs, causal=True, block=2)
    assert torch.equal(output[:3], torch.zeros(3, 3, dtype=torch.float64))
    for gradient in torch.autograd.grad(output.sum(), inputs):
        assert gradient.isfinite().all()


@pytest.mark.parametrize("size", [1e3, 1e5])
def test_scores_beyond_the_range_of_exp_are_no_trouble(size):
    inputs = drawn(20, 4) * size, drawn(20, 4, seed=1), drawn(20, 4, seed=2)
    tiled = flash_attention(*inputs, block=6)
    torch.testing.assert_close(tiled, plain(*inputs), **TIGHT)


def test_the_scale_is_the_one_that_is_given():
    inputs = drawn(9, 4), drawn(9, 4, seed=1), drawn(9, 4, seed=2)
    tiled = flash_attention(*inputs, scale=0.1, block=4)
    torch.testing.assert_close(tiled, plain(*inputs, scale=0.1), **TIGHT)


def test_the_past_does_not_change_when_the_future_does():
    inputs = drawn(30, 4), drawn(30, 4, seed=1), drawn(30, 4, seed=2)
    output = flash_attention(*inputs, causal=True, block=8)
    for gradient in torch.autograd.grad(output[:11].sum(), inputs):
        assert torch.equal(gradient[11:], torch.zeros_like(gradient[11:]))


def test_nothing_of_the_size_of_queries_times_keys_is_kept():
    T, d = 512, 8
    inputs = drawn(T, d), drawn(T, d, seed=1), drawn(T, d, seed=2)
    kept = []
    hooks = torch.autograd.graph.saved_tensors_hooks(
        lambda x: kept.append(x.numel()) or x, lambda x: x
    )
    with hooks:
        flash_attention(*inputs, block=64)
    assert sum(kept) == 4 * T * d + T  # three inputs, the output, one number a query
    kept.clear()
    with hooks:
        plain(*inputs)
    assert max(kept) == T * T


@pytest.mark.usefixtures("own_checks_only")
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"block": 0}, "block"),
        ({"key": torch.randn(2, 9, 3)}, "key"),
        ({"value": torch.randn(2, 8, 4)}, "value"),
        ({"key": torch.randn(1, 9, 4), "value": torch.randn(1, 9, 4)}, "leading axes"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(given, words):
    names = {name: torch.randn(2, 9, 4) for name in ("query", "key", "value")}
    with pytest.raises(ValueError, match=words):
        flash_attention(**(names | given))


@pytest.mark.usefixtures("own_checks_only")
def test_heads_that_are_shared_are_refused_with_what_to_do():
    query, key = torch.randn(1, 4, 5, 8), torch.randn(1, 2, 5, 8)
    with pytest.raises(ValueError, match="must be repeated first"):
        flash_attention(query, key, key)
