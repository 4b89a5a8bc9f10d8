"""The Triton kernel, through its interpreter or on a GPU, is attention."""

import os
import subprocess
import sys

import pytest
import torch

from n2t.fast import triton_attention

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@pytest.fixture(autouse=True)
def there():
    pytest.importorskip("triton", reason="pip install 'n2t[fast]' brings triton")


def triple(*shape, dtype=torch.float32):
    """Query, key and value of one shape."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, *shape, generator=generator)
    return x.to(DEVICE, dtype).unbind(0)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("T", [1, 16, 33, 100])
def test_the_kernel_is_attention(T, causal):
    inputs = triple(2, 3, T, 16)
    wanted = torch.nn.functional.scaled_dot_product_attention(
        *(x.double() for x in inputs), is_causal=causal
    )
    found = triton_attention(*inputs, causal=causal, block=32)
    torch.testing.assert_close(found.double(), wanted, rtol=2e-6, atol=2e-6)


def test_sizes_of_heads_scale_and_views_are_taken():
    inputs = [x.transpose(1, 2) for x in triple(2, 20, 3, 64)]  # (B, T, H, d) turned
    wanted = torch.nn.functional.scaled_dot_product_attention(*inputs, scale=0.3)
    found = triton_attention(*inputs, scale=0.3, block=16)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)


def test_half_the_digits_are_taken_and_sums_are_in_float32():
    inputs = triple(1, 1, 40, 16, dtype=torch.float16)
    wanted = torch.nn.functional.scaled_dot_product_attention(
        *(x.double() for x in inputs)
    )
    found = triton_attention(*inputs, block=16)
    assert found.dtype == torch.float16
    torch.testing.assert_close(found.double(), wanted, rtol=2e-3, atol=2e-3)


@pytest.mark.usefixtures("own_checks_only")
@pytest.mark.parametrize(
    ("given", "options", "error", "words"),
    [
        ((1, 2, 8, 24), {}, ValueError, r"d \(24\) must be one of"),
        ((1, 2, 8, 16), {"block": 48}, ValueError, r"block \(48\) must be a power"),
        ((1, 2, 8, 16), {"block": 8}, ValueError, "block"),
        ((2, 8, 16), {}, ValueError, "must be one"),
    ],
)
def test_what_the_kernel_does_not_take_is_said(given, options, error, words):
    with pytest.raises(error, match=words):
        triton_attention(*triple(*given), **options)


def test_a_gradient_is_refused_and_the_other_way_is_named():
    query, key, value = triple(1, 1, 8, 16)
    with pytest.raises(NotImplementedError, match="flash_attention has one"):
        triton_attention(query.requires_grad_(), key, value)
    with torch.no_grad():
        assert triton_attention(query, key, value).shape == query.shape


def in_a_process(script, **environment):
    """What a script prints in an interpreter of its own."""
    without = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
    return subprocess.run(
        [sys.executable, "-c", script],
        env=without | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.mark.skipif(DEVICE == "cuda", reason="a GPU needs no interpreter")
def test_a_cpu_without_the_interpreter_is_told_what_to_set():
    script = """
import os, torch
from n2t.fast import triton_attention
x = torch.randn(1, 1, 8, 16)
try:
    triton_attention(x, x, x)
except RuntimeError as error:
    print(error)
    os.environ["TRITON_INTERPRET"] = "1"  # too late
    try:
        triton_attention(x, x, x)
    except RuntimeError as again:
        print(again)
"""
    said = in_a_process(script).splitlines()
    assert len(said) == 2 and len(set(said)) == 1
    assert "set TRITON_INTERPRET=1 in the environment before" in said[0]


def test_importing_the_room_imports_no_triton():
    script = "import sys, n2t.fast; print('triton' in sys.modules)"
    assert in_a_process(script) == "False"
