"""Checks of chapter 0: padding, a mean that respects a mask, a loss that refuses."""

from collections.abc import Callable

import numpy as np

from coursekit.kernel.calling import call


def check_pad(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(sentences, pad_id)` must give ids and mask, both (B, T)."""
    lengths = rng.permutation([2, 4, 6, 3, 5])
    pad_id = 7
    sentences = [rng.integers(10, 99, size=n).tolist() for n in lengths]
    sentences[0][-1] = pad_id  # a real word that looks like the pad
    B, T = len(lengths), int(lengths.max())
    copies = [list(sentence) for sentence in sentences]
    hint = "sentences differ in length: make the full array first, then fill rows"
    got = call(answer, copies, pad_id, hint=hint)
    assert isinstance(got, tuple) and len(got) == 2, (
        f"wanted a pair, ids and keep; got {type(got).__name__}"
    )
    ids, keep = (np.asarray(part) for part in got)
    assert ids.shape == (B, T), (
        f"ids has shape {ids.shape}, wanted (B, T) = {(B, T)}: T is the longest"
    )
    assert np.issubdtype(ids.dtype, np.integer), (
        f"ids are {ids.dtype}, wanted integers: they will index a table"
    )
    assert keep.dtype == bool and keep.shape == (B, T), (
        f"keep is {keep.dtype} {keep.shape}, wanted booleans (B, T)"
    )
    right = np.full((B, T), pad_id)
    for row, sentence in zip(right, sentences, strict=True):
        row[: len(sentence)] = sentence
    real = np.arange(T) < lengths[:, None]
    _check_padded(ids, keep, right, real, pad_id)


def _check_padded(ids, keep, right, real, pad_id) -> None:
    assert not ((ids == 0) & (right == pad_id)).any(), "filled with 0, not with pad_id"
    left = np.sort(ids != pad_id, axis=1)
    on_left = (ids != right).any() and ((ids != pad_id) == left).mean() > 0.9
    assert not on_left, "filled up on the left, wanted on the right"
    assert (ids == right).all(), "ids differ from the sentences they come from"
    assert not (keep == ~real).all(), "keep is turned round: True means a real word"
    assert not (keep == (right != pad_id)).all(), (
        "a real word that has the pad's id is left out: use the lengths"
    )
    assert (keep == real).all(), "keep must be True at real words, and only there"


def check_mean_of_kept(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, keep)` must be the mean over kept places, (B, D)."""
    B, T, D = rng.permutation(np.arange(4, 9))[:3].tolist()
    x, keep = rng.normal(size=(B, T, D)), rng.random((B, T)) < 0.5
    keep[:, 0], keep[:, 1] = True, False
    hint = "keep[:, :, None] has shape (B, T, 1) and fits (B, T, D)"
    with np.errstate(all="ignore"):
        got = np.asarray(call(answer, x.copy(), keep.copy(), hint=hint))
    assert got.shape == (B, D), (
        f"wanted (B, D) = {(B, D)}, got {got.shape}: the mean runs over places, axis 1"
    )
    right = np.stack([rows[kept].mean(0) for rows, kept in zip(x, keep, strict=True)])
    count = keep.sum(1, keepdims=True)
    inverse = np.stack([rows[~k].mean(0) for rows, k in zip(x, keep, strict=True)])
    for wrong, words in [
        (right * count / T, f"divided by T = {T}: divide by the number kept"),
        (x.mean(1), "the mean of everything: keep is not used"),
        (inverse, "the mean of what is *not* kept: keep is turned round"),
        (right * count, "a sum: divide by the number kept"),
        (right * count / (count + 1), "divided by one too many"),
    ]:
        assert not np.allclose(got, wrong), words
    assert np.allclose(got, right, rtol=0, atol=1e-10), (
        f"off by up to {np.abs(got - right).max():.0e}: right to 1e-10 is wanted; "
        "is a small number added to the denominator?"
    )
    _check_holes(answer, x, keep, right)


def _check_holes(answer, x, keep, right) -> None:
    """NaN where nothing is kept, and a row that keeps nothing."""
    with np.errstate(all="ignore"):
        holes = np.asarray(answer(np.where(keep[:, :, None], x, np.nan), keep.copy()))
        keep = keep.copy()
        keep[1] = False
        empty = np.asarray(answer(x.copy(), keep))[1]
    assert not np.isnan(empty).any(), (
        "a row that keeps nothing gives NaN: 0 divided by 0; wanted zeros"
    )
    assert (empty == 0).all(), "a row that keeps nothing must give zeros"
    assert np.allclose(holes, right, rtol=0, atol=1e-10), (
        "NaN in a place that is not kept reaches the result: 0 · NaN is NaN"
    )


def check_squared_error(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(prediction, target)` must refuse shapes that differ."""
    B, D = rng.permutation(np.arange(3, 8))[:2].tolist()
    a, b = rng.normal(size=(2, B, D))
    got = call(answer, a.copy(), b.copy(), hint="two arrays of one shape are fine")
    assert np.shape(got) == (), f"wanted one number, got shape {np.shape(got)}"
    for wrong, words in [
        (((a - b) ** 2).sum(), "a sum: wanted the mean"),
        (np.abs(a - b).mean(), "the mean of absolute values: square them"),
        ((a - b).mean() ** 2, "the square of the mean: square first"),
    ]:
        assert not np.isclose(got, wrong), words
    assert np.isclose(got, ((a - b) ** 2).mean(), rtol=0, atol=1e-12), "wrong value"
    for one, two, what in [
        (a[:, :1], b[:, 0], "(B, 1) and (B,) were accepted: that is the bug itself"),
        (a, b.T, "shapes that no broadcasting joins"),
        (a, b[:1], "(B, D) and (1, D) were accepted: the batch was stretched"),
    ]:
        _must_refuse(answer, one, two, what)


def _must_refuse(answer, one, two, what) -> None:
    try:
        answer(one, two)
    except ValueError as error:
        text = str(error)
        said = str(one.shape) in text and str(two.shape) in text
        assert said, f"the message must contain {one.shape} and {two.shape}: {text}"
    except NotImplementedError:
        raise
    except Exception as error:
        raise AssertionError(f"wanted ValueError, got {type(error).__name__}") from None
    else:
        raise AssertionError(what)
