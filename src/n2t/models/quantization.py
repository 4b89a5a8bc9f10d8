"""Weights in a quarter of their size: a byte a number, a scale a row.

Rounding to bytes is symmetric and by the largest number ("absmax"), each row of a
matrix with a scale of its own, so that one large number costs its own row precision
and no other: Dettmers et al. (2022), "LLM.int8()", sections 2 and 3.1, whose columns
of W are the rows of a weight here, because torch keeps W transposed.

Here int8 is a way to store (see `n2t.models.saving`). A model that is read back
computes in float32.

>>> codes, scales = quantize_rows(torch.tensor([[0.5, -1.0], [0.0, 0.0]]))
>>> codes.tolist()
[[64, -127], [0, 0]]
>>> bool((dequantize_rows(codes, scales)[0, 0] - 0.5).abs() <= scales[0] / 2)
True
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Float32, Int8
from torch import Tensor

LARGEST = 127  # -128 is left out: the codes are symmetric


def quantize_rows(
    weights: Float[Tensor, "rows *columns"],
) -> tuple[Int8[Tensor, "rows *columns"], Float32[Tensor, " rows"]]:
    """Codes in -127 ... 127 and a scale for each row: weights are about codes * scale.

    A row is everything below an entry of the first axis. Its scale is its largest
    absolute value over 127, so no number moves by more than scale / 2. A row of
    zeros stays zeros: scales end at the smallest normal float32.

    Raises:
        ValueError: a number that is not finite.
    """
    check_finite("weights", weights)
    rows = weights.float().flatten(1) if weights.dim() > 1 else weights.float()[:, None]
    scales = rows.abs().amax(1) / LARGEST
    scales = scales.clamp_min(torch.finfo(torch.float32).tiny)
    codes = (rows / scales[:, None]).round().clamp(-LARGEST, LARGEST)
    return codes.to(torch.int8).reshape(weights.shape), scales


def dequantize_rows(
    codes: Int8[Tensor, "rows *columns"], scales: Float[Tensor, " rows"]
) -> Float32[Tensor, "rows *columns"]:
    """The float32 weights that codes and scales stand for."""
    shape = (-1, *[1] * (codes.dim() - 1))
    return codes.float() * scales.float().reshape(shape)


def check_finite(name: str, values: Tensor) -> None:
    """Raise ValueError if a number is infinite or no number."""
    if not torch.isfinite(values).all():
        count = int((~torch.isfinite(values)).sum())
        raise ValueError(f"{name} must be finite to be stored; {count} numbers are not")
