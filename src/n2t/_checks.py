"""Checks that rooms share: an error names the argument, what came, what was wanted."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor


def check_size(name: str, value: Any, minimum: int = 1) -> int:
    """Return `value` if it is a whole number of at least `minimum`.

    Raises TypeError for anything but an int, ValueError for one too small.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, got {value!r}")
    if value < minimum:
        raise ValueError(f"{name} ({value}) must be at least {minimum}")
    return value


def check_probability(name: str, value: Any) -> float:
    """Return `value` as a float if 0 <= value < 1 (a dropout rate)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a float, got {value!r}")
    if not 0 <= value < 1:
        raise ValueError(f"{name} ({value}) must be at least 0 and below 1")
    return float(value)


def check_positive(name: str, value: Any) -> float:
    """Return `value` as a float if it is above 0 and finite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a float, got {value!r}")
    if not 0 < value < math.inf:
        raise ValueError(f"{name} ({value}) must be above 0 and finite")
    return float(value)


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """Return `value` if it is one of `choices`; else ValueError that lists them."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}; got {value!r}")
    return value


def check_divides(name: str, value: int, by_name: str, by: int) -> None:
    """Raise ValueError unless `value` is a multiple of `by`."""
    if value % by:
        raise ValueError(f"{name} ({value}) must be divisible by {by_name} ({by})")


def check_float(name: str, value: Any, shape: str, last: int | None = None) -> None:
    """Raise unless `value` is a non-empty float tensor of `shape`'s number of axes.

    `shape` is for the message and the count: "(B, T, d_model)". With `last`, the
    last axis must have that size. A shape that starts with "(..." takes any number
    of leading axes.
    """
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} must be a tensor {shape}, got {type(value).__name__}")
    if not value.is_floating_point():
        raise TypeError(f"{name} must hold floats, got {value.dtype}")
    axes, leading = shape.count(",") + 1, "..." in shape
    if value.dim() < axes - 1 if leading else value.dim() != axes:
        raise ValueError(f"{name} must be {shape}, got shape {tuple(value.shape)}")
    if value.numel() == 0:
        raise ValueError(f"{name} is empty: shape {tuple(value.shape)}")
    if last is not None and value.shape[-1] != last:
        raise ValueError(
            f"{name} must be {shape} with a last axis of {last}, "
            f"got shape {tuple(value.shape)}"
        )


def check_ids(name: str, ids: Any, vocab_size: int | None = None) -> None:
    """Raise unless `ids` is a non-empty integer tensor (B, T).

    On a CPU, where reading values is cheap, ids outside 0 .. vocab_size - 1 raise too
    (a GPU would have to stop and wait; there the embedding's own check speaks).
    """
    if not isinstance(ids, Tensor):
        raise TypeError(f"{name} must be a tensor (B, T), got {type(ids).__name__}")
    if ids.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"{name} must be int64 or int32 ids, got {ids.dtype}")
    if ids.dim() != 2:
        raise ValueError(f"{name} must be (B, T), got shape {tuple(ids.shape)}")
    if ids.numel() == 0:
        raise ValueError(f"{name} is empty: shape {tuple(ids.shape)}")
    if vocab_size is None or ids.device.type != "cpu" or torch.compiler.is_compiling():
        return
    low, high = (int(end) for end in ids.aminmax())
    if low < 0 or high >= vocab_size:
        worst = low if low < 0 else high
        raise ValueError(f"{name} holds {worst}, outside 0 .. {vocab_size - 1}")
