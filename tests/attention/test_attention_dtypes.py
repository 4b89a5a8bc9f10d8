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
