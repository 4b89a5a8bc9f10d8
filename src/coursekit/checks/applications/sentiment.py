"""Checks of chapter 20: words hidden whole, TF-IDF of training texts, many queries."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask
from coursekit.checks.values import array, expect, parts, sizes, tensor

NOTHING = -100  # what a target says where nothing is asked
SYLLABLES = ("ba", "de", "ki", "lo", "mu", "na", "po", "Re", "su", "té")


def check_hide_words(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(ids, words, chance, fate, other, mask)` must hide whole words."""
    B, T, W = sizes(rng, 3, 3, 9)
    _check_hiding(answer, rng, B + 3, T + 20, W + 4, mistakes=True)
    _check_hiding(answer, rng, B, T, W)
    _check_hiding(answer, rng, B, T, W, last=True)
    for shape in ((1, T, W), (B, 1, W), (B, T, 1), (1, 1, 1), (B, 40, 12)):
        _check_hiding(answer, rng, *shape)
    _check_hiding(answer, rng, B, T, W, none=True)


def _check_hiding(answer, rng, B, T, W, mistakes=False, last=False, none=False) -> None:
    given = _drawn(rng, B, T, W, last, none)
    what = f"{B} rows of {T} tokens and at most {W} words"
    got = ask(answer, *given, hint=f"for {what}").value
    found = parts(got, ("what is given", "targets"))
    for name, one in zip(("what is given", "targets"), found, strict=True):
        tensor(one, (B, T), f"for {what}: {name}", "i")
        assert one.dtype == torch.int64, f"{name}: wanted int64, got {one.dtype}"
    inputs, targets = _hidden(*given)
    known = (lambda: _wrong_targets(given)) if mistakes else ()
    expect(found[1], targets, f"for {what}, the targets", known)
    known = (lambda: _wrong_inputs(given)) if mistakes else ()
    expect(found[0], inputs, f"for {what}, what is given", known)


def _drawn(rng, B, T, W, last, none) -> tuple:
    """Arguments whose draws stand on their limits as well as beside them."""
    ids = torch.tensor(rng.integers(5, 90, (B, T)))
    words = torch.tensor(rng.integers(0, W, (B, T)))
    words[torch.tensor(rng.random((B, T)) < 0.3)] = -1
    words[0, 0] = -1  # in every draw one that may not be hidden
    chance = torch.tensor(rng.choice([0.0, 0.1, 0.1499, 0.15, 0.3, 0.9], (B, W)))
    if last:
        chance[:, -1], words[:, -1] = 0.0, W - 1
    if none:
        words[:] = -1
    near = [0.0, 0.5, 0.7999, 0.8, 0.85, 0.8999, 0.9, 0.99]
    fate = torch.tensor(rng.choice(near, (B, T)))
    other = torch.tensor(rng.integers(100, 200, (B, T)))
    return ids, words, chance, fate, other, int(rng.integers(200, 300))


def _hidden(ids, words, chance, fate, other, mask) -> tuple[Tensor, Tensor]:
    allowed = words >= 0
    chosen = allowed & (chance.gather(1, words.clamp(min=0)) < 0.15)
    inputs = torch.where(chosen & (fate < 0.8), mask, ids)
    inputs = torch.where(chosen & (fate >= 0.9), other, inputs)
    return inputs, torch.where(chosen, ids, NOTHING)


def _wrong_targets(given: tuple) -> list[tuple[Tensor, str]]:
    """Targets of mistakes that keep the shape."""
    ids, words, chance = given[:3]
    inputs, targets = _hidden(*given)
    chosen = targets != NOTHING
    padding = "a token whose word is -1 is hidden"
    wrapped = chance.gather(1, words % chance.shape[1]) < 0.15
    clamped = chance.gather(1, words.clamp(min=0)) < 0.15
    limit = (words >= 0) & (chance.gather(1, words.clamp(min=0)) <= 0.15)
    return [
        (torch.where(wrapped, ids, NOTHING), padding),
        (torch.where(clamped, ids, NOTHING), padding),
        (torch.where(limit, ids, NOTHING), "below 0.15: a chance of 0.15 is not"),
        (inputs, "first what is given, then the targets"),
        (ids, "targets are -100 where not chosen"),
        (torch.where(chosen, ids, 0), "targets are -100 where not chosen"),
        (
            torch.where(chosen & (inputs != ids), ids, NOTHING),
            "a chosen token that stays as it is is asked for too",
        ),
        (torch.where(chosen, inputs, NOTHING), "targets are ids from before"),
    ]


def _wrong_inputs(given: tuple) -> list[tuple[Tensor, str]]:
    """What is given after mistakes that keep the shape."""
    ids, _, _, fate, other, mask = given
    inputs, targets = _hidden(*given)
    chosen = targets != NOTHING
    exchanged = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), other, ids)
    return [
        (
            torch.where(chosen, mask, ids),
            "not every chosen token becomes the mask: look at fate",
        ),
        (
            torch.where(chosen & (fate >= 0.8), other, inputs),
            "a chosen token stays as it is where fate is from 0.8 to 0.9",
        ),
        (
            torch.where(chosen & (fate < 0.8), mask, exchanged),
            "another token stands where fate is at least 0.9",
        ),
        (
            torch.where(fate >= 0.9, other, inputs),
            "only chosen tokens are exchanged for another",
        ),
    ]


LARGEST = 1e6  # of a score, as the statement says


def check_tf_idf(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(train, texts, least)` must weigh words of texts by the training texts."""
    for n, (least, kind) in enumerate(
        [
            *[(1, ""), (2, ""), (1, "unknown"), (2, "empty"), (50, ""), (1, "one")],
            *[(2, ""), (2, "twice"), (50, "everywhere"), (1, "capitals")],
        ]
    ):
        train, texts = _texts(rng, kind)
        what = f"{len(train)} training texts, {len(texts)} texts, least {least}"
        got = ask(answer, train, texts, least, hint=f"for {what}").value
        wanted = _tf_idf(train, texts, least)
        why = ("a row a text", "a column a word of the training texts")
        found = array(got, wanted.shape, f"for {what}: weights", why=why)
        assert found.dtype == np.float64, f"wanted float64, got {found.dtype}"
        known = (lambda: _wrong_tf_idf(train, texts, least)) if n < 2 else ()  # noqa: B023
        expect(found, wanted, f"for {what}, the weights", known)


def _texts(rng, kind: str) -> tuple[list[list[str]], list[list[str]]]:
    """Training texts, and others with words that these have not."""
    known = [a + b for a in SYLLABLES for b in SYLLABLES[:3]]
    known = [known[i] for i in rng.permutation(len(known))[:9]]
    strange = ["zz" + word for word in known[:4]]

    def draw(words: Sequence[str], count: int) -> list[list[str]]:
        return [
            [words[i] for i in rng.integers(0, len(words), rng.integers(3, 9))]
            for _ in range(count)
        ]

    train, texts = draw(known, int(rng.integers(6, 10))), draw(known + strange, 5)
    train[0] += [train[0][0]] * 3  # a word that is often in one text
    if kind == "unknown":
        texts[1], texts[2] = strange[:2], []
    if kind == "empty":
        train[1], texts[0] = [], []
    if kind == "one":
        train, texts = train[:1], texts[:1]
    if kind == "twice":  # equal texts are texts all the same
        train[2], train[3] = list(train[1]), list(train[1])
    if kind == "everywhere":  # a word that all texts have, and too few of them
        train = [[*text, known[0]] for text in train]
    if kind == "capitals":
        train[1], texts[1] = [known[0].upper(), known[0]], [known[0].upper()]
    return train, texts


def _tf_idf(
    train, texts, least, *, fitted=None, df=None, smooth=1, add=1, norm=2
) -> np.ndarray:
    counted = Counter(word for text in train for word in set(text))
    words = sorted(word for word, n in counted.items() if n >= least)
    fitted = train if fitted is None else fitted
    df = df or Counter(word for text in fitted for word in set(text))
    rows = np.zeros((len(texts), len(words)))
    for row, text in zip(rows, texts, strict=True):
        found = Counter(text)
        for place, word in enumerate(words):
            idf = math.log((smooth + len(fitted)) / max(smooth + df[word], 1)) + add
            row[place] = found[word] * idf
        length = np.linalg.norm(row, norm)
        if length:
            row /= length
    return rows


def _wrong_tf_idf(train, texts, least) -> list[tuple[np.ndarray, str]]:
    """What comes of mistakes that keep the shape."""
    both = [*train, *texts]
    leaked = "df and n are counted on the training texts alone"
    often = Counter(word for text in train for word in text)
    raw = _tf_idf(train, texts, least, smooth=0)
    return [
        (_tf_idf(train, texts, least, fitted=both), leaked),
        (_tf_idf(train, texts, least, fitted=texts), leaked),
        (raw, "1 is added to n and to df"),
        (_tf_idf(train, texts, least, add=0), "1 is added to the logarithm"),
        (_tf_idf(train, texts, least, norm=1), "rows are divided by their length"),
        (
            _tf_idf(train, texts, least, df=often),
            "df counts texts that have the word, not how often it stands there",
        ),
    ]


def check_pool_many(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, real, queries)` must pool once for each query, without padding."""
    B, T, D, H = sizes(rng, 4, 2, 8)
    _check_pooling(answer, rng, (B + 2, T + 9, D, H), mistakes=True)
    _check_pooling(answer, rng, (B, T, D, H))
    for shape in ((1, T, D, H), (B, 1, D, H), (B, T, 1, H), (B, T, D, 1), (B, B, B, B)):
        _check_pooling(answer, rng, shape)
    _check_pooling(answer, rng, (B, T, D, H), nothing=True)
    _check_pooling(answer, rng, (B, T, D, H), padded=math.nan)
    _check_pooling(answer, rng, (B, T, D, H), padded=math.inf)
    _check_pooling(answer, rng, (B, T, D, H), large=True)
    _check_pooling(answer, rng, (B, T + 3, D, H), holes=True)
    _check_pooling(answer, rng, (B, T, D, H), dtype=torch.float32)


def _check_pooling(
    answer,
    rng,
    shape,
    mistakes=False,
    nothing=False,
    padded=3.0,
    large=False,
    holes=False,
    dtype=torch.float64,
) -> None:
    B, T, D, H = shape
    x = torch.tensor(rng.normal(size=(B, T, D))).to(dtype)
    queries = torch.tensor(rng.normal(size=(H, D))).to(dtype)
    lengths = torch.tensor(rng.integers(1, T + 1, B))
    lengths[int(rng.integers(B))] = max(T - 1, 1)
    if large:  # the first text has padding, beside scores far below 0
        lengths[0] = T - 1
    if nothing:
        lengths[int(rng.integers(B))] = 0
    real = torch.arange(T) < lengths[:, None]
    if rng.random() < 0.5:  # padding may stand on either side
        real = real.flip(1)
    if holes:
        order = torch.tensor(rng.random((B, T))).argsort(1)
        real = real.gather(1, order)
    x[~real] = padded
    if large:
        most = queries.abs().sum(1)
        queries *= LARGEST * D**0.5 / most.max()
        x[0] = -queries[int(most.argmax())].sign()
        x[0, ~real[0]] = padded
    what = f"x {tuple(x.shape)}, {H} queries"
    what += {True: ", a row without a real token"}.get(nothing, "")
    what += ", scores of -1,000,000" if large else ""
    what += ", padding between real tokens" if holes else ""
    what += "" if math.isfinite(padded) else f", {padded} at padding"
    got = ask(answer, x, real, queries, hint=f"for {what}").value
    tensor(got, (B, H, D), f"for {what}: a vector a query")
    assert got.dtype == dtype, f"for {what}: wanted {dtype}, got {got.dtype}"
    known = (lambda: _wrong_poolings(x, real, queries)) if mistakes else ()
    expect(got, _pooled(x, real, queries), f"for {what}, what is pooled", known)


def _pooled(x: Tensor, real: Tensor, queries: Tensor, scale: float = 0.5) -> Tensor:
    x = x.masked_fill(~real[..., None], 0.0)
    scores = queries @ x.mT / x.shape[-1] ** scale  # (B, H, T)
    scores = scores.masked_fill(~real[:, None], torch.finfo(x.dtype).min)
    return scores.softmax(-1) * real[:, None] @ x


def _wrong_poolings(x: Tensor, real: Tensor, queries: Tensor) -> list:
    """What comes of mistakes that keep the shape."""
    every = torch.ones_like(real)
    scores = queries @ x.mT / x.shape[-1] ** 0.5
    late = scores.softmax(-1) * real[:, None] @ x
    zeros = scores * real[:, None]
    mean = x.masked_fill(~real[..., None], 0.0).sum(1) / real.sum(1)[:, None]
    return [
        (_pooled(x, every, queries), "padding weighs too: give it a score of -inf"),
        (late, "padding must be taken away before the softmax, not after it"),
        (zeros.softmax(-1) @ x, "a score of 0 is a score: exp(0) = 1"),
        (_pooled(x, real, queries, 0.0), "scores are divided by the root of D"),
        (_pooled(x, real, queries, 1.0), "by the root of D, not by D"),
        (mean[:, None].expand(-1, len(queries), -1), "that is the plain mean"),
    ]
