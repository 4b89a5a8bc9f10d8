"""A product with a fixed matrix, laid out for the rows that will come.

`nn.Linear` keeps (out, in). For one row torch's product reads a matrix of many outputs
about twice as fast from (in, out); for a few rows oneDNN, which torch brings along,
reads it fastest from blocks of its own. `python -m benchmarks.layouts` measures it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache, partial

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from n2t.models.quantization import quantize_rows

Product = Callable[[Tensor], Tensor]
"""x (..., in) to (..., out)."""
LayOut = Callable[[Tensor, Tensor | None], Product]
"""A weight (out, in) and a bias, or None, to their product."""
MANY = 128  # rows from which oneDNN's product is fastest with the matrix as it lies
ROWS = 16  # what oneDNN lays out for: its blocks are the same from a few rows on


def for_one_row(
    weight: Float[Tensor, "out in"], bias: Float[Tensor, " out"] | None
) -> Product:
    """A product that is fast for one row: (in, out) where there are more outputs.

    A matrix with more inputs than outputs stays the model's own, uncopied. A long
    prompt has many rows: for these oneDNN reads the same matrix, in either order.
    """
    out, width = weight.shape
    if out > width:
        weight = weight.t().contiguous().t()
    many = for_many(weight, bias)

    def multiply(x: Tensor) -> Tensor:
        if x.numel() >= MANY * width:
            return many(x)
        return F.linear(x, weight, bias)

    return multiply


def for_many(
    weight: Float[Tensor, "out in"], bias: Float[Tensor, " out"] | None
) -> Product:
    """A product that is fast for many rows, with nothing laid out: (out, in) or turned.

    A matrix that lies in memory in neither order (a slice) is copied first: with gaps
    between its rows oneDNN takes a thousand times as long. Some turned matrices (576 by
    3,072 is one) it reads at half its speed where there is no AVX-512.
    """
    turned = not weight.is_contiguous() and weight.t().is_contiguous()
    plain = turned and torch.backends.cpu.get_cpu_capability() == "AVX2"
    if weight.dtype != torch.float32 or plain or not has_blocks():
        return partial(F.linear, weight=weight, bias=bias)
    if not (weight.is_contiguous() or turned):
        weight = weight.contiguous()
    multiply = torch.ops.mkldnn._linear_pointwise.default
    return lambda x: multiply(x, weight, bias, "none", [], "")


def for_rows(
    weight: Float[Tensor, "out in"], bias: Float[Tensor, " out"] | None
) -> Product:
    """A product that is fast for several rows: in oneDNN's blocks, where it has any."""
    if weight.dtype != torch.float32 or not has_blocks():
        return partial(F.linear, weight=weight, bias=bias)
    blocks = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), ROWS)
    multiply = torch.ops.mkldnn._linear_pointwise.default
    return lambda x: multiply(x, blocks, bias, "none", [], "")


def in_bytes(
    weight: Float[Tensor, "out in"], bias: Float[Tensor, " out"] | None
) -> Product:
    """A product of bytes: the matrix as `quantize_rows` has it, x rounded on the way.

    A quarter of the bytes is read, and the sums are of whole numbers. Not exact: x too
    becomes bytes, with one scale for all rows of a call.
    """
    codes, scales = quantize_rows(weight)
    with warnings.catch_warnings():  # torch's tensors of this kind will move elsewhere
        warnings.simplefilter("ignore")
        zeros = torch.zeros(len(scales), dtype=torch.int64)
        matrix = torch._make_per_channel_quantized_tensor(
            codes, scales.double(), zeros, 0
        )
        packed = torch.ops.quantized.linear_prepack(matrix, bias)
    multiply = torch.ops.quantized.linear_dynamic
    careful = not torch.cpu._is_vnni_supported()  # sums of 16 bits may overflow
    return lambda x: multiply(x, packed, careful)


@cache
def has_blocks() -> bool:
    """Whether this torch has oneDNN's products with blocks, for this processor."""
    if not torch.backends.mkldnn.is_available():
        return False
    try:
        x = torch.randn(2, 8, generator=torch.Generator().manual_seed(0))
        blocks = torch.ops.mkldnn._reorder_linear_weight(x, ROWS)
        ways = (blocks, x, x.t().contiguous().t())
        multiply = torch.ops.mkldnn._linear_pointwise
        found = [multiply(x, way, None, "none", [], "") for way in ways]
    except (AttributeError, RuntimeError):
        return False
    return all(torch.allclose(y, x @ x.t(), atol=1e-5) for y in found)


@cache
def has_bytes() -> bool:
    """Whether this torch has products of bytes, for this processor."""
    try:
        product = in_bytes(torch.eye(8), None)
        found = product(torch.ones(1, 8))
    except (AttributeError, RuntimeError):
        return False
    return torch.allclose(found, torch.ones(1, 8), atol=0.05)


def joined(linears: list[nn.Linear]) -> tuple[Tensor, Tensor | None]:
    """Weights and biases of maps from the same input, one below another."""
    weight = torch.cat([linear.weight.detach() for linear in linears])
    if linears[0].bias is None:
        return weight, None
    return weight, torch.cat([linear.bias.detach() for linear in linears])


def own(linear: nn.Linear) -> tuple[Tensor, Tensor | None]:
    """A linear map's weight and bias."""
    bias = linear.bias
    return linear.weight.detach(), None if bias is None else bias.detach()
