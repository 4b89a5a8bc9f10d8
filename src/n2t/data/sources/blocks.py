"""Weights in blocks of 32: how GGUF files store numbers in 8 or in 4 bits.

A block is the smallest piece that can be read alone. In ``Q8_0`` it has 34 bytes: a
scale d (float16), then 32 whole numbers q of one byte each; the weights are d·q. In
``Q4_1`` it has 20 bytes: a scale d and a smallest value m (float16 both), then 16
bytes with two numbers q from 0 to 15 each; the weights are d·q + m. A byte's low half
belongs to the first 16 weights, its high half to the last 16.

>>> block = np.zeros((1, 20), np.uint8)
>>> block[:, :4] = np.array([[0.5, -1]], np.float16).view(np.uint8)  # d, m
>>> block[:, 4] = 0x7F                       # low half 15, high half 7
>>> weights = unpack("Q4_1", block)[0]
>>> float(weights[0]), float(weights[16]), float(weights[1])
(6.5, 2.5, -1.0)
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

ROWS_AT_ONCE = 2**17  # blocks that are unpacked together: 16 MB of weights


def _unpack_f32(raw: np.ndarray) -> np.ndarray:
    return raw.view("<f4")


def _unpack_q8_0(raw: np.ndarray) -> np.ndarray:
    scale = raw[:, :2].copy().view("<f2").astype(np.float32)  # (blocks, 1)
    return raw[:, 2:].view(np.int8) * scale


def _unpack_q4_1(raw: np.ndarray) -> np.ndarray:
    scale, least = raw[:, :4].copy().view("<f2").astype(np.float32).T[..., None]
    codes = np.concatenate([raw[:, 4:] & 0x0F, raw[:, 4:] >> 4], axis=1)
    return codes * scale + least


@dataclass(frozen=True)
class Kind:
    """A way to store numbers.

    Attributes:
        name: as in GGUF files.
        n_weight: how many weights a block holds.
        n_byte: how many bytes it takes.
        unpack: (blocks, n_byte) uint8 to (blocks, n_weight) float32.
    """

    name: str
    n_weight: int
    n_byte: int
    unpack: Callable[[np.ndarray], np.ndarray]


#: number in a file → kind
KINDS = {
    0: Kind("F32", 1, 4, _unpack_f32),
    3: Kind("Q4_1", 32, 20, _unpack_q4_1),
    8: Kind("Q8_0", 32, 34, _unpack_q8_0),
}
BY_NAME = {kind.name: kind for kind in KINDS.values()}


def unpack(kind: str, blocks: np.ndarray) -> np.ndarray:
    """The float32 weights (blocks, n_weight) that blocks (blocks, n_byte) stand for.

    A part at a time, so that memory is the result's and little more.

    Args:
        kind: "F32", "Q8_0" or "Q4_1".
        blocks: uint8.

    Raises:
        ValueError: an unknown kind, or blocks of another size.
    """
    if kind not in BY_NAME:
        raise ValueError(f"kind must be one of {', '.join(BY_NAME)}; got {kind!r}")
    how = BY_NAME[kind]
    if blocks.dtype != np.uint8 or blocks.ndim != 2 or blocks.shape[1] != how.n_byte:
        raise ValueError(
            f"blocks must be uint8 (blocks, {how.n_byte}) for {kind}, "
            f"got {blocks.dtype} {blocks.shape}"
        )
    weights = np.empty((len(blocks), how.n_weight), np.float32)
    for start in range(0, len(blocks), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        weights[part] = how.unpack(blocks[part])
    return weights
