"""Checks of chapter 0: padding, a mean that respects a mask, a loss that refuses."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle

import numpy as np

from coursekit.checks.asking import ask, avoids, refused
from coursekit.checks.values import array, expect, number, one_changed, parts, sizes

IDS = 100_000  #: ids are smaller
LONG, EXTRA = 400, 250  #: a long axis; steps beyond those of a short one: a loop
ANYTHING = (np.nan, np.inf, 1e300, -np.inf)


def check_pad(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(sentences, pad_id)` must give ids and mask, both (B, T)."""
    B, n, most = sizes(rng, 3)
    differ = rng.permutation(np.arange(1, 9))[:B]
    empty = rng.permutation([0, n, *rng.integers(0, most, size=2)])
    many = rng.integers(0, 4, size=300), [300, *rng.integers(0, 300, size=2)]
    few = differ, [1], [n], [n] * B, empty, [0, n, most], rng.integers(1, 40, size=20)
    for lengths in (*few, *many):
        _check_pad(answer, *_batch(rng, lengths))
    for pad_id in (0, IDS - 1):
        _check_pad(answer, *_batch(rng, empty, pad_id))
    _check_pad(answer, *_with_equal(rng, differ))
    for given in one_changed(rng, _batch(rng, empty), _batch(rng, empty)):
        _check_pad(answer, *given)


def _batch(rng: np.random.Generator, lengths, pad_id: int | None = None) -> tuple:
    """Sentences of these lengths, and `pad_id`, which is a real word in some."""
    if pad_id is None:
        pad_id = int(rng.integers(0, IDS))
    sentences = [rng.integers(0, IDS, size=n).tolist() for n in lengths]
    for sentence in sentences:  # real words that look like the pad, most often last
        for at in {len(sentence) - 1, *rng.integers(0, 12, size=2).tolist()}:
            if 0 <= at < len(sentence) and rng.random() < 0.7:
                sentence[at] = pad_id
    sentences[int(np.argmin(lengths))][-1:] = [pad_id] * bool(min(lengths))
    return sentences, pad_id


def _with_equal(rng: np.random.Generator, lengths) -> tuple:
    """A batch in which two sentences are equal, and neither is the pad's id alone."""
    sentences, pad_id = _batch(rng, lengths)
    one = max(sentences, key=len)
    one[0] = (pad_id + 1) % IDS
    sentences.insert(int(rng.integers(0, len(sentences) + 1)), list(one))
    return sentences, pad_id


def _check_pad(answer: Callable, sentences: list, pad_id: int) -> None:
    lengths = [len(sentence) for sentence in sentences]
    shape = len(lengths), max(lengths)
    hint = f"sentences of lengths {str(lengths)[:60]}, pad_id {pad_id}"
    got = parts(ask(answer, sentences, pad_id, hint=hint).value, ("ids", "keep"))
    why = (
        "B is the number of sentences, empty and equal ones too",
        "T is the length of the longest sentence",
    )
    ids = array(got[0], shape, "ids", kind="i", why=why)
    keep = array(got[1], shape, "keep", kind="b", why=why)
    _compare_pad(ids, keep, sentences, pad_id)


def _compare_pad(ids, keep, sentences: list, pad_id: int) -> None:
    B, T = ids.shape
    real = np.arange(T) < np.array([len(s) for s in sentences])[:, None]
    right, left, zero = (np.full((B, T), fill) for fill in (pad_id, pad_id, 0))
    for b, sentence in enumerate(sentences):
        right[b, : len(sentence)] = zero[b, : len(sentence)] = sentence
        left[b, T - len(sentence) :] = sentence
    first = np.array([s not in sentences[:b] for b, s in enumerate(sentences)])[:, None]
    on_left = "filled up on the left, wanted on the right"
    equal = "the second of two equal sentences is left out: go by places, not by words"
    wrong = [
        (left, on_left),
        (zero, "filled with 0, not with pad_id"),
        (np.where(first, right, pad_id), equal),
    ]
    expect(ids, right, "ids", wrong, alone=True)
    compared = "a real word that has the pad's id is left out: use the lengths"
    stripped = np.cumsum((right != pad_id)[:, ::-1], axis=1)[:, ::-1] > 0
    wrong = [
        (real[:, ::-1], on_left),
        (~real, "keep is turned round: True means a real word"),
        (right != pad_id, compared),
        (stripped, compared),
        (real & first, equal),
    ]
    expect(keep, real, "keep", wrong, alone=True)


def check_mean_of_kept(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, keep)` must be the mean over kept places, (B, D), without a loop."""
    B, T, D = sizes(rng, 3, low=3)
    for shape in ((B, T, D), (1, T, D), (B, 1, D), (B, T, 1), (1, 1, 1)):
        x, keep = rng.normal(size=shape), _mask(rng, *shape[:2])
        _check_mean(answer, x, keep)
        _check_mean(answer, _with_holes(x, keep, rng), keep)
        keep[rng.integers(0, shape[0])] = False  # a row that keeps nothing
        _check_mean(answer, _with_holes(x, keep, rng), keep)
    given, other = [(rng.normal(size=(B, T, D)), _mask(rng, B, T)) for _ in range(2)]
    other[1][0] = ~given[1][0]
    for x, keep in one_changed(rng, given, other):
        _check_mean(answer, x, keep)
    for size in (1e-9, 1e9):
        _check_mean(answer, size * given[0], given[1])
    single = rng.normal(size=(B, T, D)).astype(np.float32)
    _check_mean(answer, single, np.ones((B, T), dtype=bool))
    _check_mean(answer, single, np.zeros((B, T), dtype=bool))
    _check_no_loop(answer, rng)


def _mask(rng: np.random.Generator, B: int, T: int) -> np.ndarray:
    """Each row keeps a place and leaves one out.

    Where it can be, rows keep different numbers, and not T places in all.
    """
    while True:
        keep, place = rng.random((B, T)) < 0.5, rng.integers(0, T, size=B)
        keep[np.arange(B), place - 1] = False  # where T is 1, the same place
        keep[np.arange(B), place] = True
        if min(B, T - 1) < 2 or (keep.sum() != T and np.ptp(keep.sum(axis=1))):
            return keep


def _with_holes(x: np.ndarray, keep: np.ndarray, rng) -> np.ndarray:
    """`x` with anything at places that are not kept, in about half of the features."""
    features = rng.random(x.shape[2]) < 0.5
    features[rng.integers(0, x.shape[2])] = True
    holes = np.argwhere(~keep[:, :, None] & features)
    x = x.copy()
    for hole, anything in zip(rng.permutation(holes), cycle(ANYTHING), strict=False):
        x[tuple(hole)] = anything
    return x


def _check_mean(answer: Callable, x: np.ndarray, keep: np.ndarray) -> None:
    B, T, D = x.shape
    got = ask(answer, x, keep, hint=f"sizes: B = {B}, T = {T}, D = {D}").value
    _expect_mean(got, x, keep)


def _expect_mean(got: object, x: np.ndarray, keep: np.ndarray) -> None:
    B, T, D = x.shape
    why = "they run over places: B stays", "they run over places: D stays"
    got = array(got, (B, D), "the means", why=why)
    right = np.zeros((B, D))
    for b in range(B):
        if keep[b].any():
            right[b] = x[b, keep[b]].mean(axis=0, dtype=float)
    share = 2e-5 if x.dtype == np.float32 else None
    wrong = partial(_wrong_means, x, keep, right, got)
    expect(got, right, "the mean", wrong, share, alone=True)


def _wrong_means(x, keep, right, got) -> list:
    """Known wrong means, each with what to say of it."""
    T, count = x.shape[1], keep.sum(1, keepdims=True)
    small = "a small number is added to the count"
    left = "the mean of what is *not* kept: the mask is turned round"
    with np.errstate(all="ignore"):
        divided = np.where(count > 0, right, np.nan)
        holes = (~np.isfinite(x) & ~keep[:, :, None]).any(axis=1) & (count > 0)
        reached = np.where(holes & ~np.isfinite(got), got, right)
        turned = np.where(keep[:, :, None], 0, x).sum(1)
        return [
            (right * count / T, f"divided by T = {T}: divide by the number kept"),
            (right * count / keep.sum(), "divided by the number kept in all rows"),
            (divided, "a row that keeps nothing gives NaN: that is 0 divided by 0"),
            (reached, "a place that is not kept reaches the result: 0 · NaN is NaN"),
            (x.mean(1), "the mean of everything: keep is not used"),
            *[(turned / n, left) for n in (T - count, np.maximum(T - count, 1))],
            (right * count, "a sum: divide by the number kept"),
            (right * count / (count + 1), "divided by one too many"),
            *[(right * count / (count + e), small) for e in (1e-5, 1e-6, 1e-8)],
        ]


def _check_no_loop(answer: Callable, rng: np.random.Generator) -> None:
    """A longer axis must not take more steps; the first call may import something."""
    short = sizes(rng, 3)
    taken = []
    for axis in (None, 0, 1, 2):
        shape = [LONG if at == axis else size for at, size in enumerate(short)]
        x, keep = 3 + rng.normal(size=shape), rng.random(shape[:2]) < 0.9
        record = ask(answer, x, keep, steps=True)
        avoids(record, (), "leave it as it is")
        _expect_mean(record.value, x, keep)
        taken.append(record.steps)
        assert record.steps < taken[0] + EXTRA, (
            f"a loop: {taken[0]} steps at (B, T, D) = {tuple(short)} and "
            f"{record.steps} at {tuple(shape)}; work on whole arrays"
        )


def check_squared_error(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(prediction, target)` must refuse shapes that differ."""
    B, T, D = sizes(rng, 3)
    for shape in ((B, D), (B,), (B, T, D), (B, 1), (1, D), (1, 1), (1,), (D, D)):
        a, b = rng.normal(size=(2, *shape)) * 10 ** rng.uniform(-9, 9)
        _check_loss(answer, a, b)
    given, other = rng.normal(size=(2, 2, B, D))
    for a, b in one_changed(rng, list(given), list(other)):
        _check_loss(answer, a, b)
    for size in (1e-9, 1e9):
        _check_loss(answer, size * a, size * b)
    for one, two, what in _unequal(rng, B, T, D):
        for first, second in ((one, two), (two, one)):
            text = refused(answer, first, second, words=what)
            shapes = first.shape, second.shape
            assert set(shapes) <= set(_shapes_in(text)), (
                f"the message must contain {shapes[0]} and {shapes[1]}: {text}"
            )


def _check_loss(answer: Callable, a: np.ndarray, b: np.ndarray) -> None:
    hint = f"both arrays had the shape {a.shape}"
    got = number(ask(answer, a, b, hint=hint).value, "the loss")
    right = ((a - b) ** 2).mean()
    wrong = [
        (right * a.size, "a sum: wanted the mean"),
        (np.abs(a - b).mean(), "the mean of absolute values: square them"),
        ((a - b).mean() ** 2, "the square of the mean: square first"),
        (np.sqrt(right), "the root of the mean: leave the root out"),
        (right / 2, "half the mean squared error"),
    ]
    expect(got, right, "the loss", wrong, alone=True)


def _unequal(rng: np.random.Generator, B: int, T: int, D: int) -> Iterator[tuple]:
    """Pairs of arrays whose shapes differ, and what to say when they are accepted."""
    a, x = rng.normal(size=(B, D)), rng.normal(size=(B, T, D))
    axis = int(rng.integers(0, 3))
    stretched = f"{x.shape} and {x.take([0], axis).shape} were accepted"
    yield a[:, :1], a[:, 0], "(B, 1) and (B,) were accepted: that is the bug itself"
    yield a, a[:1], "(B, D) and (1, D) were accepted: the batch was stretched"
    yield a, a[0], "(B, D) and (D,) were accepted: the batch was stretched"
    yield a, a[None], "(B, D) and (1, B, D) were accepted: an axis was added"
    yield a, a.T, "(B, D) and (D, B) were accepted: nothing is turned"
    yield a, a.reshape(-1), "(B, D) and (B D,) were accepted: nothing is reshaped"
    yield a[:0], a[:1], "(0, D) and (1, D) were accepted: the shapes differ"
    yield a, a[:-1], "a batch of B and one of B - 1 were accepted"
    yield a[0, :1], a[0, 0], "(1,) and () were accepted: the shapes differ"
    yield x, x.take([0], axis), f"{stretched}: an axis was stretched"


def _shapes_in(text: str) -> Iterator[tuple]:
    """The shapes that a message names: "(2, 1)", "[2,1]", "2 x 1", "()"."""
    if re.search(r"\(\s*\)|\[\s*\]", text):
        yield ()
    for found in re.findall(r"\d+(?:\s*[,x×]\s*\d+)*", text):
        yield tuple(int(size) for size in re.findall(r"\d+", found))
