"""Weights on disk in a quarter of their size: a byte a number, a scale a row.

Rounding to bytes is symmetric and by the largest number ("absmax"), each row of a
matrix with a scale of its own, so that one large number costs its own row precision
and no other: Dettmers et al. (2022), "LLM.int8()", sections 2 and 3.1, whose columns
of W are the rows of a weight here, because torch keeps W transposed.

Here int8 is a way to store. A model that is read back computes in float32.

>>> codes, scales = quantize_rows(torch.tensor([[0.5, -1.0], [0.0, 0.0]]))
>>> codes.tolist()
[[64, -127], [0, 0]]
>>> bool((dequantize_rows(codes, scales)[0, 0] - 0.5).abs() <= scales[0] / 2)
True
"""

from __future__ import annotations

import json
import os
from typing import Any

import torch
from jaxtyping import Float, Float32, Int8
from safetensors import safe_open
from safetensors.torch import load_model, save_file
from torch import Tensor, nn

LARGEST = 127  # -128 is left out: the codes are symmetric
SCALE = ".scale"  # ends the name of the scales that belong to a matrix
STORAGE, INT8 = "storage", "int8_rows"  # in the metadata of a safetensors file


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


def save_int8(model: nn.Module, path: str | os.PathLike) -> None:
    """Write a model's weights: matrices as int8 rows with scales, the rest as it is.

    Vectors (norms, biases) are few and stay float32. Tied weights are written once,
    under their first name; the metadata says which other names they have.

    Raises:
        ValueError: a weight, by its name, with a number that is not finite.
    """
    weights, tied = stored_once(model)
    tensors: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        tensors |= _packed(name, tensor.cpu())
    about = json.dumps({"kind": INT8, "tied": tied})
    save_file(tensors, os.fspath(path), metadata={STORAGE: about})


def stored_once(model: nn.Module) -> tuple[dict[str, Tensor], dict[str, str]]:
    """A model's tensors, each by its first name, and {other name: first name}.

    safetensors' own ``save_model`` puts the other names into a file in an order that
    changes; without them, the same weights give the same bytes.
    """
    first: dict[int, str] = {}
    tensors: dict[str, Tensor] = {}
    tied: dict[str, str] = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        if first.setdefault(id(tensor), name) == name:
            tensors[name] = tensor.detach().contiguous()
        else:
            tied[name] = first[id(tensor)]
    return tensors, tied


def _packed(name: str, tensor: Tensor) -> dict[str, Tensor]:
    """What is written for one tensor of a model."""
    if not tensor.is_floating_point():
        return {name: tensor}
    check_finite(name, tensor)
    if tensor.dim() < 2:
        return {name: tensor.float()}
    codes, scales = quantize_rows(tensor)
    return {name: codes, name + SCALE: scales}


def load_weights(
    model: nn.Module, path: str | os.PathLike, device: torch.device | str = "cpu"
) -> None:
    """Read a file of `save_int8`, or of floats in any precision, into a model.

    Raises:
        ValueError: a way of storing that is not known here, or a matrix of bytes
            that has no scales.
        RuntimeError: names or shapes that are not the model's.
    """
    with safe_open(os.fspath(path), "pt", device=str(device)) as file:
        about = _storage(path, (file.metadata() or {}).get(STORAGE))
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if about is None:
        load_model(model, os.fspath(path), device=str(device))
        return
    weights = _unpacked(path, tensors)
    tied = about["tied"].items()
    weights |= {name: weights[kept] for name, kept in tied if kept in weights}
    model.load_state_dict(weights)


def _storage(path: str | os.PathLike, text: str | None) -> dict[str, Any] | None:
    """What the metadata say about how weights are stored; None: as plain floats."""
    if text is None:
        return None
    try:
        about = json.loads(text)
        kind, about["tied"] = about["kind"], dict(about["tied"])
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} does not say how it stores: {text!r}") from None
    if kind != INT8:
        raise ValueError(f"{path} stores weights as {kind!r}; known here: {INT8!r}")
    return about


def _unpacked(path: str | os.PathLike, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights by name, in float32, from what a file holds."""
    weights = {}
    scales = {name + SCALE for name, t in tensors.items() if t.dtype == torch.int8}
    for name, tensor in tensors.items():
        if tensor.dtype != torch.int8:
            weights |= {} if name in scales else {name: tensor}
        elif name + SCALE in tensors and len(tensors[name + SCALE]) == len(tensor):
            weights[name] = dequantize_rows(tensor, tensors[name + SCALE])
        else:
            raise ValueError(f"{path}: {name} is int8 and has no scale for each row")
    return weights
