"""Checks of chapter 23: patches back to a picture, and places in two directions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask
from coursekit.checks.values import expect, sizes, tensor
from n2t.models.vision import patches

TYPES = (torch.float64, torch.float32, torch.int64, torch.uint8)


def check_picture(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(rows, channels, height, width, size)` must undo the cutting."""
    B, C, down, across, size = sizes(rng, 5, 2, 7)
    _check_picture(answer, rng, (B, C, down, across, size), mistakes=True)
    for shape in (
        (B, 1, down, across, size),
        (1, C, across, down, size),
        (B, C, 1, across, size),
        (B, C, down, 1, size),
        (B, C, down, across, 1),
        (1, 1, 1, 1, 1),
        (B, C, down, down, size),
    ):
        _check_picture(answer, rng, shape)
    for dtype in TYPES:
        _check_picture(answer, rng, (B, C, down, across, size), dtype)


def _check_picture(answer, rng, shape, dtype=torch.float64, mistakes=False) -> None:
    B, C, down, across, size = shape
    height, width = down * size, across * size
    wanted = _drawn(rng, (B, C, height, width), dtype)
    rows = patches(wanted, size)
    what = (
        f"rows {tuple(rows.shape)}, channels {C}, height {height}, width {width}, "
        f"size {size}"
    )
    got = ask(answer, rows, C, height, width, size, hint=what).value
    tensor(got, (B, C, height, width), f"for {what}: pictures")
    assert got.dtype == dtype, f"for {what}: wanted {dtype}, got {got.dtype}"
    known = (lambda: _wrong_pictures(rows, shape)) if mistakes else ()
    expect(got.double(), wanted.double(), f"for {what}, the pictures", known)


def _drawn(rng: np.random.Generator, shape: tuple, dtype: torch.dtype) -> Tensor:
    """Pictures that fill their type: what goes through a smaller one is not the same.

    Whole numbers stay below 2^50, which float64 still holds exactly.
    """
    if dtype.is_floating_point:
        return torch.tensor(rng.normal(size=shape)).to(dtype)
    low, high = (0, 2**8) if dtype == torch.uint8 else (-(2**50), 2**50)
    return torch.tensor(rng.integers(low, high, shape)).to(dtype)


def _wrong_pictures(rows: Tensor, shape: tuple) -> list[tuple[Tensor, str]]:
    """What comes of mistakes that keep the shape."""
    B, C, down, across, size = shape
    x = rows.double()
    picture = (B, C, down * size, across * size)
    cut = x.reshape(B, down, across, C, size, size)
    turned = cut.permute(0, 3, 1, 5, 2, 4).reshape(picture)
    last = x.reshape(B, down, across, size, size, C).permute(0, 5, 1, 3, 2, 4)
    columns = x.reshape(B, across, down, C, size, size).permute(0, 3, 2, 4, 1, 5)
    return [
        (x.reshape(picture), "that is reshape alone, which moves nothing: permute too"),
        (turned, "within each patch rows and columns are exchanged"),
        (last.reshape(picture), "within a patch the channels come first, not last"),
        (columns.reshape(picture), "patches are row by row, not column by column"),
    ]


def check_grid(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(rows, columns, D)` must be sines and cosines of row and column."""
    rows, columns, quarter = sizes(rng, 3, 2, 7)
    _check_grid(answer, rows, columns, 4 * quarter, mistakes=True)
    for shape in (
        (1, columns, 4 * quarter),
        (rows, 1, 4 * quarter),
        (1, 1, 4),
        (rows, rows, 4),
        (columns, rows, 8),
        (40 + rows, 3, 4 * quarter),
        (3, 40 + columns, 4 * quarter),
        (rows, columns, 4 * quarter + 64),
    ):
        _check_grid(answer, *shape)


def _check_grid(answer, rows, columns, D, mistakes=False) -> None:
    what = f"for {rows} rows, {columns} columns, D = {D}"
    got = ask(answer, rows, columns, D, hint=what).value
    tensor(got, (rows * columns, D), f"{what}: a row a place")
    assert got.dtype == torch.float64, f"{what}: wanted float64, got {got.dtype}"
    known = (lambda: _wrong_grids(rows, columns, D)) if mistakes else ()
    expect(got, _grid(rows, columns, D), f"{what}, the places", known)


def _line(n: int, D: int, speed: float = 4.0) -> Tensor:
    places = torch.arange(n, dtype=torch.float64)[:, None]
    pairs = torch.arange(D // 4, dtype=torch.float64)
    angles = places * 10_000.0 ** (-speed * pairs / D)
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)


def _joined(row: Tensor, column: Tensor) -> Tensor:
    """A row for each place: its row's features, then its column's."""
    down = row.repeat_interleave(len(column), 0)
    return torch.cat([down, column.repeat(len(row), 1)], 1)


def _grid(rows: int, columns: int, D: int) -> Tensor:
    return _joined(_line(rows, D), _line(columns, D))


def _wrong_grids(rows: int, columns: int, D: int) -> list[tuple[Tensor, str]]:
    """What comes of mistakes that keep the shape."""
    right = _grid(rows, columns, D)
    halves = right.reshape(-1, 2, D // 4, 2).mT.reshape(-1, D)
    by_column = right.reshape(rows, columns, D).transpose(0, 1).reshape(-1, D)
    slow = _joined(_line(rows, D, 2.0), _line(columns, D, 2.0))
    later = _joined(_line(rows + 1, D)[1:], _line(columns + 1, D)[1:])
    return [
        (torch.roll(right, D // 2, 1), "the first half says the row"),
        (halves, "sine and cosine of one angle stand side by side"),
        (by_column, "places are in reading order, row by row"),
        (slow, "a half has D / 2 features: the exponent is 4 i / D"),
        (later, "rows and columns count from 0"),
    ]
