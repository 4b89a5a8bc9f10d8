"""Numbers of several kinds: both paths agree, or both refuse and say which."""

import pytest
import torch

from n2t.attention import (
    AdditiveAttention,
    MultiHeadAttention,
    scaled_dot_product_attention,
)
from n2t.cache import KeyValueCache
from n2t.masks import causal_mask
from n2t.positions import make_positions

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
CLOSE = {torch.float64: 1e-10, torch.float32: 1e-5}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bias_dtype", DTYPES)
@pytest.mark.parametrize("masked", [False, True])
def test_a_bias_of_any_dtype_gives_both_paths_the_querys(dtype, bias_dtype, masked):
    q, k, v = torch.randn(3, 2, 3, 4, 8).to(dtype)
    options = {"bias": torch.randn(3, 4, 4).to(bias_dtype)}
    options["mask"] = causal_mask(4) if masked else None
    plain, weights = scaled_dot_product_attention(
        q, k, v, return_weights=True, **options
    )
    fused = scaled_dot_product_attention(q, k, v, **options)
    assert plain.dtype == fused.dtype == weights.dtype == dtype
    bound = CLOSE.get(dtype, 0.03)
    torch.testing.assert_close(plain, fused, atol=bound, rtol=bound)


@pytest.mark.parametrize("return_weights", [False, True])
def test_a_model_in_bfloat16_with_a_float32_bias_shows_its_weights(return_weights):
    attention = MultiHeadAttention(16, 4).bfloat16()
    alibi = make_positions("alibi", 16, 4, 4, max_length=8)  # its slopes are float32
    x = torch.randn(2, 5, 16).bfloat16()
    result = attention(x, causal=True, positions=alibi, return_weights=return_weights)
    output = result[0] if return_weights else result
    assert output.dtype == torch.bfloat16 and output.isfinite().all()


@pytest.mark.parametrize("return_weights", [False, True])
@pytest.mark.parametrize("odd", ["key", "value"])
def test_mixed_dtypes_are_named_on_both_paths(return_weights, odd, own_checks_only):
    inputs = {name: torch.randn(2, 5, 8) for name in ("query", "key", "value")}
    inputs[odd] = inputs[odd].bfloat16()
    words = f"query is torch.float32.*{odd} is torch.bfloat16.*must have one dtype"
    with pytest.raises(TypeError, match=words):
        scaled_dot_product_attention(**inputs, return_weights=return_weights)
    with pytest.raises(TypeError, match=words):
        AdditiveAttention(8, 8, 4)(**inputs)


@pytest.mark.parametrize("return_weights", [False, True])
def test_autocast_still_makes_mixed_dtypes_alike(return_weights):
    attention = MultiHeadAttention(16, 4, normalize_query_key=True)
    alibi = make_positions("alibi", 16, 4, 4, max_length=8)
    x = torch.randn(2, 5, 16)
    with torch.autocast("cpu", torch.bfloat16):
        result = attention(
            x, causal=True, positions=alibi, return_weights=return_weights
        )
        q, k, v = x[:, None], x[:, None].bfloat16(), x[:, None]
        scaled_dot_product_attention(q, k, v, return_weights=return_weights)
    output = result[0] if return_weights else result
    assert output.dtype == torch.bfloat16 and output.isfinite().all()


def test_a_cache_takes_nothing_that_it_would_round_widen_or_stretch(own_checks_only):
    x = torch.randn(2, 3, 1, 4)
    cache = KeyValueCache(6)
    with pytest.raises(ValueError, match="cache is empty"):
        cache.contents()
    cache.append(x, x)
    wide = torch.randn(2, 3, 1, 5)
    for key, value, kind, words in [
        (x.bfloat16(), x.bfloat16(), TypeError, "key in torch.float32.*bfloat16"),
        (x, x.double(), TypeError, "value in torch.float32, got torch.float64"),
        (wide, x, ValueError, r"a key \(B, 3, t, 4\), got \(2, 3, 1, 5\)"),
        (x[:, :1], x, ValueError, r"a key \(B, 3, t, 4\), got \(2, 1, 1, 4\)"),
        (x, wide, ValueError, r"a value \(B, 3, t, 4\)"),
        (x.repeat(1, 1, 2, 1), x, ValueError, "key has 2 steps, value 1"),
        (x, x[:1], ValueError, "a batch of 2, got 1"),
    ]:
        with pytest.raises(kind, match=words):
            cache.append(key, value)
        assert cache.length == 1


@pytest.fixture
def kernels(monkeypatch):
    """The dtypes in which torch's fused attention was asked."""
    seen, real = [], torch.nn.functional.scaled_dot_product_attention

    def asked(query, key, value, **options):
        mask = options.get("attn_mask")
        masks = [] if mask is None or mask.dtype == torch.bool else [mask]
        assert not torch.is_autocast_enabled("cpu") or query.dtype != torch.float32
        seen.append({tensor.dtype for tensor in (query, key, value, *masks)})
        return real(query, key, value, **options)

    monkeypatch.setattr("n2t.attention.F.scaled_dot_product_attention", asked)
    return seen


def learned(length, bias=None, autocast=False):
    """What attention of bfloat16 gives, and the gradients of its three inputs."""
    torch.manual_seed(0)
    dtype = torch.float32 if autocast else torch.bfloat16
    q, k, v = (torch.randn(2, 3, length, 8).to(dtype) for _ in range(3))
    leaves = [tensor.requires_grad_() for tensor in (q, k, v)]
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        inputs = [leaf.bfloat16() for leaf in leaves]
        output = scaled_dot_product_attention(*inputs, bias=bias, causal=True)
    slope = torch.randn(output.shape, generator=torch.Generator().manual_seed(1))
    return output, torch.autograd.grad(output, leaves, slope.to(output.dtype))


@pytest.mark.parametrize("autocast", [False, True])
@pytest.mark.parametrize("biased", [False, True])
def test_short_rows_learn_in_bfloat16_by_the_kernel_of_float32(
    autocast, biased, kernels
):
    bias = torch.randn(3, 12, 12) if biased else None
    output, slopes = learned(12, bias, autocast)
    assert output.dtype == torch.bfloat16
    assert kernels == [{torch.float32}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("n2t.attention.SHORT", 0)
        same, by_bfloat16 = learned(12, bias, autocast)
    assert kernels[1] == {torch.bfloat16}
    torch.testing.assert_close(output, same, atol=0.02, rtol=0.02)
    for one, other in zip(slopes, by_bfloat16, strict=True):
        assert one.dtype == other.dtype
        torch.testing.assert_close(one, other, atol=0.05, rtol=0.05)


def test_what_is_long_or_not_learned_from_stays_in_bfloat16(kernels):
    learned(257)
    q, k, v = torch.randn(3, 2, 3, 12, 8).bfloat16()
    scaled_dot_product_attention(q, k, v)
    with torch.no_grad():
        scaled_dot_product_attention(*(x.requires_grad_() for x in (q, k, v)))
    assert kernels == [{torch.bfloat16}] * 3


def test_float32s_kernel_gives_the_gradients_that_float64_has():
    _, slopes = learned(12)
    torch.manual_seed(0)
    inputs = [torch.randn(2, 3, 12, 8).bfloat16().double() for _ in range(3)]
    leaves = [tensor.requires_grad_() for tensor in inputs]
    output = scaled_dot_product_attention(*leaves, causal=True)
    slope = torch.randn(output.shape, generator=torch.Generator().manual_seed(1))
    exact = torch.autograd.grad(output, leaves, slope.bfloat16().double())
    for found, wanted in zip(slopes, exact, strict=True):  # one rounding away
        torch.testing.assert_close(found.double(), wanted, atol=2e-3, rtol=8e-3)
