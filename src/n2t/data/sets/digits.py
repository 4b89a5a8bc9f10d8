"""Handwritten digits, 8 x 8, from scikit-learn.

Each split is one pair of arrays: images, float32 from 0 (paper) to 1 (ink), shape
(N, height, width), and labels, int64, shape (N,).
"""

from __future__ import annotations

from n2t._extras import optional
from n2t.data.sets.splits import Splits, split_images


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
    return split_images(found.images / 16, found.target, validation, test, seed)
