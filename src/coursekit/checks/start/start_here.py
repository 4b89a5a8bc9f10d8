"""Checks of chapter 0: padding, a mean that respects a mask, a loss that refuses."""

from collections.abc import Callable

import numpy as np

from coursekit.checks.asking import ask, refused
from coursekit.checks.values import array, expect, number, parts, sizes


def check_pad(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(sentences, pad_id)` must give ids and mask, both (B, T)."""
    several = rng.permutation([2, 4, 6, 3, 5])[: rng.integers(2, 6)]
    for lengths in (several, [1], [int(rng.integers(2, 7))], [3, 3, 3]):
        _check_pad(answer, rng, np.array(lengths))


def _check_pad(answer: Callable, rng: np.random.Generator, lengths) -> None:
    pad_id, B, T = int(rng.integers(1, 30)), len(lengths), int(lengths.max())
    sentences = [rng.integers(30, 99, size=n).tolist() for n in lengths]
    sentences[0][-1] = pad_id  # a real word that looks like the pad
    hint = "sentences differ in length: make the full array first, then fill rows"
    got = parts(ask(answer, sentences, pad_id, hint=hint).value, ("ids", "keep"))
    longest = "T is the length of the longest sentence"
    ids = array(got[0], (B, T), "ids", kind="i", why=longest)
    keep = array(got[1], (B, T), "keep", kind="b")
    real = np.arange(T) < lengths[:, None]
    right, left, zero = (np.full((B, T), fill) for fill in (pad_id, pad_id, 0))
    for b, sentence in enumerate(sentences):
        right[b, : len(sentence)] = zero[b, : len(sentence)] = sentence
        left[b, T - len(sentence) :] = sentence
    expect(
        ids,
        right,
        "ids",
        [
            (zero, "filled with 0, not with pad_id"),
            (left, "filled up on the left, wanted on the right"),
        ],
    )
    expect(
        keep,
        real,
        "keep",
        [
            (~real, "keep is turned round: True means a real word"),
            (
                right != pad_id,
                "a real word that has the pad's id is left out: use the lengths",
            ),
        ],
    )


def check_mean_of_kept(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, keep)` must be the mean over kept places, (B, D)."""
    for B, T, D in (sizes(rng, 3), (1, 4, 3), (3, 1, 2), (2, 5, 1)):
        x, keep = rng.normal(size=(B, T, D)), rng.random((B, T)) < 0.5
        keep[:, 0] = True
        _check_mean(answer, x, keep)
        holes = np.where(keep[:, :, None], x, np.nan)
        _check_mean(answer, holes, keep)
        keep[-1] = False  # a row that keeps nothing
        _check_mean(answer, x, keep)


def _check_mean(answer: Callable, x: np.ndarray, keep: np.ndarray) -> None:
    B, T, D = x.shape
    hint = "keep[:, :, None] has shape (B, T, 1) and fits (B, T, D)"
    got = ask(answer, x, keep, hint=hint).value
    got = array(got, (B, D), "the means", why="they run over places, axis 1")
    right = np.zeros((B, D))
    for b in range(B):
        if keep[b].any():
            right[b] = x[b, keep[b]].mean(axis=0)
    expect(got, right, "the mean", lambda: _wrong_means(x, keep, right))


def _wrong_means(x: np.ndarray, keep: np.ndarray, right: np.ndarray):
    """Known wrong means, each with what to say of it."""
    T, count = x.shape[1], keep.sum(1, keepdims=True)
    with np.errstate(all="ignore"):
        masked = np.where(keep[:, :, None], x, 0)
        left_out = np.where(keep[:, :, None], 0, x).sum(1) / (T - count)
        return [
            (right * count / T, f"divided by T = {T}: divide by the number kept"),
            (x.mean(1), "the mean of everything: keep is not used"),
            (left_out, "the mean of what is *not* kept: keep is turned round"),
            (right * count, "a sum: divide by the number kept"),
            (right * count / (count + 1), "divided by one too many"),
            (masked.sum(1) / count, "a row that keeps nothing gives NaN, wanted zeros"),
            (
                (x * keep[:, :, None]).sum(1) / np.maximum(count, 1),
                "NaN in a place that is not kept reaches the result: 0 · NaN is NaN",
            ),
            *(
                (
                    right * count / (count + small),
                    "a small number is added to the count",
                )
                for small in (1e-5, 1e-6, 1e-8)
            ),
        ]


def check_squared_error(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(prediction, target)` must refuse shapes that differ."""
    shapes = [tuple(sizes(rng, 2)), (int(rng.integers(2, 9)),), tuple(sizes(rng, 3))]
    for shape in (*shapes, (1, 1), (4, 1)):
        a, b = rng.normal(size=(2, *shape))
        got = number(ask(answer, a, b, hint="one shape is fine").value, "the loss")
        wrong = [
            (((a - b) ** 2).sum(), "a sum: wanted the mean"),
            (np.abs(a - b).mean(), "the mean of absolute values: square them"),
            ((a - b).mean() ** 2, "the square of the mean: square first"),
        ]
        expect(got, ((a - b) ** 2).mean(), "the loss", wrong)
    _check_refusals(answer, rng)


def _check_refusals(answer: Callable, rng: np.random.Generator) -> None:
    B, D = sizes(rng, 2)
    a, b = rng.normal(size=(2, B, D))
    for one, two, what in [
        (a[:, :1], b[:, 0], "(B, 1) and (B,) were accepted: that is the bug itself"),
        (a, b.T, "shapes that no broadcasting joins"),
        (a, b[:1], "(B, D) and (1, D) were accepted: the batch was stretched"),
        (a, b.reshape(-1), "(B, D) and (B D,) were accepted: nothing is reshaped"),
        (a[0, 0], b[0, :1], "() and (1,) were accepted: the shapes differ"),
    ]:
        text = refused(answer, one, two, words=what)
        said = str(np.shape(one)) in text and str(np.shape(two)) in text
        assert said, (
            f"the message must contain {np.shape(one)} and {np.shape(two)}: {text}"
        )
