"""The forward pass of `flash_attention` as one Triton kernel.

On a GPU it is compiled; on a CPU the same lines run through Triton's interpreter, which
is slow and meant for tests: set TRITON_INTERPRET=1 before torch is imported. Triton
comes with torch's GPU builds, and for Linux as a package of its own. Tiling as in Dao
et al. (2022), "FlashAttention", algorithm 1; queries are outside, as in Dao (2023),
"FlashAttention-2".
"""

from __future__ import annotations

import functools
from typing import no_type_check

import torch
from jaxtyping import Float
from torch import Tensor

from n2t._checks import check_size
from n2t._extras import optional
from n2t.fast.tiled import check_equal_heads

WIDTHS = (16, 32, 64, 128, 256)  # of heads: Triton's products want powers of two


def triton_attention(
    query: Float[Tensor, "batch heads T d"],
    key: Float[Tensor, "batch heads T d"],
    value: Float[Tensor, "batch heads T d"],
    *,
    causal: bool = False,
    scale: float | None = None,
    block: int = 64,
) -> Float[Tensor, "batch heads T d"]:
    """What `flash_attention` gives, forward only, by a kernel of its own.

    All three (B, H, T, d) with one d of 16, 32, 64, 128 or 256; float32, float16 or
    bfloat16. Sums are float32. `block`: 16 or more, a power of two.

    Raises:
        ImportError: Triton is not installed.
        RuntimeError: tensors on a CPU, and Triton was not told to interpret.
        ValueError: shapes, widths or a block that the kernel does not take.
        NotImplementedError: a gradient is asked for.
    """
    check_equal_heads(query, key, value)
    _check(query, key, value, block)
    scale = query.shape[-1] ** -0.5 if scale is None else float(scale)
    kernel, triton = _kernel()
    if query.device.type == "cpu" and not _interpreted(triton):
        raise RuntimeError(
            "query is on a CPU, where the kernel runs through Triton's interpreter: "
            "set TRITON_INTERPRET=1 in the environment before torch is imported"
        )
    B, H, T, d = query.shape
    q, k, v = (x.contiguous() for x in (query, key, value))
    output = torch.empty_like(q)
    grid = (triton.cdiv(T, block), B * H)
    kernel[grid](q, k, v, output, T, scale, d, block, causal)
    return output


def _check(query: Tensor, key: Tensor, value: Tensor, block: int) -> None:
    if query.dim() != 4 or not query.shape == key.shape == value.shape:
        shapes = [tuple(x.shape) for x in (query, key, value)]
        raise ValueError(f"query, key and value must be one (B, H, T, d), got {shapes}")
    if query.shape[-1] not in WIDTHS:
        raise ValueError(f"d ({query.shape[-1]}) must be one of {WIDTHS}")
    if check_size("block", block, 16) & (block - 1):
        raise ValueError(f"block ({block}) must be a power of two")
    asked = torch.is_grad_enabled() and any(
        x.requires_grad for x in (query, key, value)
    )
    if asked:
        raise NotImplementedError(
            "the kernel has no backward pass: flash_attention has one"
        )


def _interpreted(triton) -> bool:
    """Whether Triton, when it was imported, was told to interpret."""
    return not isinstance(triton.language.zeros, triton.runtime.JITFunction)


@functools.cache
def _kernel():
    """The kernel, and Triton itself, imported when they are first used."""
    triton = optional("triton", extra="fast")
    import triton.language as tl

    @triton.jit
    @no_type_check  # its values are Triton's
    def attend(
        Q, K, V, Output, T, scale,
        D: tl.constexpr, BLOCK: tl.constexpr, CAUSAL: tl.constexpr,
    ):  # fmt: skip
        """One program: one block of queries of one head."""
        start = tl.program_id(0) * BLOCK
        head = tl.program_id(1).to(tl.int64) * T * D
        rows = start + tl.arange(0, BLOCK)
        d = tl.arange(0, D)
        at = rows[:, None] * D + d[None, :]
        q = tl.load(Q + head + at, mask=rows[:, None] < T, other=0.0)
        best = tl.full((BLOCK,), -float("inf"), tl.float32)
        total = tl.zeros((BLOCK,), tl.float32)
        mixed = tl.zeros((BLOCK, D), tl.float32)
        end = tl.minimum(start + BLOCK, T) if CAUSAL else T
        for first in range(0, end, BLOCK):
            columns = first + tl.arange(0, BLOCK)
            there = columns[:, None] * D + d[None, :]
            inside = columns[:, None] < T
            k = tl.load(K + head + there, mask=inside, other=0.0)
            v = tl.load(V + head + there, mask=inside, other=0.0)
            scores = tl.dot(q, tl.trans(k), input_precision="ieee") * scale
            seen = columns[None, :] < T
            if CAUSAL:
                seen = seen & (columns[None, :] <= rows[:, None])
            scores = tl.where(seen, scores, -float("inf"))
            new = tl.maximum(best, tl.max(scores, 1))
            shrink = tl.exp(best - new)
            weights = tl.exp(scores - new[:, None])
            total = total * shrink + tl.sum(weights, 1)
            mixed = mixed * shrink[:, None]
            mixed += tl.dot(weights.to(v.dtype), v, input_precision="ieee")
            best = new
        mixed = (mixed / total[:, None]).to(Output.dtype.element_ty)
        tl.store(Output + head + at, mixed, mask=rows[:, None] < T)

    return attend, triton
