"""Checks of chapter 11: masks, leaks, and attention in small pieces."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import mul

import numpy as np
import torch

from coursekit.checks.asking import ask, avoids
from coursekit.checks.attention import leaking
from coursekit.checks.values import array, boolean, expect, sizes, tensor


def check_decoder_mask(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(ids, pad_id)` must be causal and padding mask, (B, 1, T, T) boolean."""
    B, T = sizes(rng, 2, 4, 9)
    pad = int(rng.integers(1, 50))
    ids = _ids(rng, (B, T), pad)
    ids[0, :2], ids[1, :3] = torch.tensor([1 + pad, 0]), torch.tensor([0, pad, 1 + pad])
    _check_mask(answer, ids, pad, _wrong_masks)
    for rows, length, id_, share in (
        (B, T, 0, 0.4),
        (B, T, -1 - pad, 0.4),
        (B, T, pad, 0.0),
        (1, T, pad, 0.5),
        (2, 2, pad, 0.5),
        (3, 1, pad, 0.5),
    ):
        _check_mask(answer, _ids(rng, (rows, length), id_, share), id_)
    for id_ in (pad, -pad, 2**24, 2**53):
        _check_mask(answer, _close_ids(rng, (B, T), id_), id_)
    _check_mask(answer, _ids(rng, (1, int(rng.integers(270, 330))), pad), pad)
    ids = _ids(rng, (B, T), pad)
    ids[-1] = pad  # a row of nothing but padding
    for few in (ids, ids[-1:, :2], ids[-1:, :1], ids[:1, :1]):
        _check_mask(answer, few.to(torch.int32), pad)


def _ids(rng, shape: tuple, pad: int, share: float = 0.3) -> torch.Tensor:
    """Ids around 0, with padding at any place: about so large a `share`."""
    ids = rng.integers(-3, 60, size=shape)
    ids = np.where(ids == pad, ids + 1, ids)
    return torch.tensor(np.where(rng.random(shape) < share, pad, ids))


def _close_ids(rng, shape: tuple, pad: int) -> torch.Tensor:
    """Padding, and ids that look like it in fewer bits or without their sign."""
    near = [-pad, pad + 1, pad + 256, pad - 256, pad + 2**16, pad + 2**32, pad - 2**32]
    count = math.prod(shape)
    ids = np.resize([pad, *near], max(count, len(near) + 1))
    return torch.tensor(rng.permutation(ids[:count]).reshape(shape))


def _check_mask(answer: Callable, ids, pad: int, mistakes: Callable | None = None):
    B, T = ids.shape
    hint = "ids[:, None, None, :] has shape (B, 1, 1, T) and broadcasts"
    record = ask(answer, ids, pad, hint=hint, watch=("n2t",))
    why = "one axis for the heads, then queries, then keys"
    got = tensor(record.value, (B, 1, T, T), "the mask (B, 1, T, T)", "b", why)
    avoids(record, ("n2t",), "write the mask yourself")
    right = np.zeros((B, 1, T, T), bool)
    for i in range(T):
        right[:, 0, i, : i + 1] = ids.numpy()[:, : i + 1] != pad
    listed = f" and ids {ids.tolist()}" if T < 20 else ""
    name = f"with T = {T}, pad_id = {pad}{listed}, the mask"
    if mistakes is not None:
        expect(got, right, "the mask", lambda: mistakes(ids, pad, right))
    expect(got, right, name)


def _wrong_masks(ids, pad: int, right: np.ndarray):
    """Known wrong masks, each with what to say of it."""
    B, T = ids.shape
    keep = ids.numpy() != pad
    past = np.tril(np.ones((T, T), bool))
    key, query = keep[:, None, None, :], keep[:, None, :, None]
    front = np.logical_and.accumulate(keep, axis=1)[:, None, None, :]
    nonzero = (ids.numpy() != 0)[:, None, None, :]
    known = [
        (~right, "turned round: True must mean 'may attend'"),
        (past & ~key, "only padding is visible: the padding mask is turned round"),
        (~past & key, "the future is visible: the causal mask is turned round"),
        (past.T & key, "the upper triangle is the future: rows are queries"),
        (past & query, "padding hides *keys*, the last axis; this hides queries"),
        (past & query & key, "padded queries are hidden too; only keys should be"),
        (
            np.tril(past, -1) & key,
            "a query may see its own place: the diagonal is True",
        ),
        (past | key, "what both masks allow: &, not |"),
        (past & nonzero, "padding stays visible: compare with pad_id, not with 0"),
        (past, "padding stays visible: the padding mask is missing"),
        (past & front, "a real word after padding is hidden too: compare each id"),
        (key, "the future is visible: the causal mask is missing"),
    ]
    return [(np.broadcast_to(mask, right.shape), words) for mask, words in known]


def check_leaks(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(attend)` must say whether outputs depend on later inputs."""
    cases = leaking.cases(rng)
    answers: list = [None] * len(cases)
    hint = "attend takes a float array (T, d), gives one back"
    for place in rng.permutation(len(cases)):
        got = ask(answer, cases[place][0], hint=hint).value
        answers[place] = boolean(got)
    told = [(got, *case[1:]) for got, case in zip(answers, cases, strict=True)]
    assert any(got == leaks for got, leaks, _ in told), (
        "every answer is the opposite of the right one: True means 'it leaks'"
    )
    for got, leaks, what in told:
        advice = (
            "an output may change when its own input does, or an earlier one; those "
            "before it may not"
            if got
            else "move every place in all its features, compare every output before "
            "it, and with a tolerance near rounding"
        )
        assert got == leaks, f"{what}: your test says {got}; {advice}"


FORBIDDEN = "torch", "n2t", "scipy", "tracemalloc", "_tracemalloc", "numpy._core.memmap"
"""Beginnings of modules that `attend_in_chunks` does without."""


def check_attend_in_chunks(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(query, key, value, size)` must equal attention, a chunk at a time."""
    q, k, v = _rising(rng)
    size = int(rng.choice([n for n in (3, 4, 5) if len(k) % n]))
    _check_chunks(answer, q, k, v, size, mistakes=_wrong_chunks)
    for Tq, Tk, size in _sizes(rng):
        _check_chunks(answer, *_draw(rng, Tq, Tk), size)
    single = [x.astype(np.float32) for x in (q, k, v)]
    _check_chunks(answer, *single, 4, what="for float32 inputs, ", tolerance=1e-4)
    _check_chunks(answer, *_slowly_rising(rng), 1, what="for slowly rising scores, ")
    for q, k, v in _far_apart(rng):
        what = (
            "for scores that rise by thousands for some queries and fall for others, "
        )
        _check_chunks(answer, q, k, v, 1, what=what)
    for q, k, v, what, tolerance in _huge(rng):
        size = int(rng.integers(1, 5))
        _check_chunks(answer, q, k, v, size, what=what, tolerance=tolerance)
    _check_memory(answer, rng, Tq=2, Tk=rng.integers(28, 36) * 1000, size=500)
    _check_memory(answer, rng, Tq=64, Tk=2000 + rng.integers(99), size=16)


def _sizes(rng) -> list[tuple[int, int, int]]:
    """(Tq, Tk, size): one query, one key, chunks that divide, do not, are too long."""
    Tq, size, count = sizes(rng, 3)
    Tk = size * count
    return [
        (Tq, Tk, size),
        (Tq, Tk + 1, size),
        (Tq, Tk, Tk),
        (Tq, Tk, Tk + Tq),
        (Tq, Tk, 1),
        (1, Tk - 1, size),
        (Tq, 1, size),
        (1, 1, 1),
    ]


def _draw(rng, Tq: int, Tk: int) -> list[np.ndarray]:
    """Queries, keys and values, of two different widths."""
    d_k, d_v = sizes(rng, 2, 1, 7)
    return [rng.normal(size=shape) for shape in ((Tq, d_k), (Tk, d_k), (Tk, d_v))]


def _rising(rng) -> list[np.ndarray]:
    """Inputs of which one query's scores rise from key to key, and so in each chunk."""
    Tq, d_k, d_v = sizes(rng, 3, 3, 8)
    shapes = (Tq, d_k), (int(rng.integers(11, 17)), d_k), (1, d_v)
    q, k = (rng.normal(size=shape) for shape in shapes[:2])
    k = k[np.argsort(k @ q[0])]
    return [q, k, rng.normal(size=(len(k), d_v))]


def _slowly_rising(rng) -> list[np.ndarray]:
    """Inputs whose scores rise a little from key to key, for every query."""
    Tq, Tk, d_k, d_v = sizes(rng, 4, 3, 9)
    q, k = rng.normal(size=(Tq, d_k)), np.zeros((Tk, d_k))
    q[:, 0] = rng.uniform(0.5, 1.5, size=Tq)
    k[:, 0] = np.arange(Tk) * rng.uniform(1e-4, 5e-4)
    return [q, k, rng.normal(size=(Tk, d_v))]


def _far_apart(rng):
    """Scores that rise by thousands for the first query alone, or for all others."""
    Tq, Tk, d_v = sizes(rng, 3, 3, 9)
    for way in (1, -1):
        q, k = np.full((Tq, 1), -float(way)), rng.normal(size=(Tk, 1))
        q[0] = way
        k = 1e4 * np.sort(k, axis=0) / np.ptp(k)
        yield q, k, rng.normal(size=(Tk, d_v))


def _huge(rng):
    """Inputs whose scores are huge, what to say of them, and a tolerance.

    The last ones are such that every score is exact in float64. The tolerance leaves
    room for a rounding of what is subtracted from a score, as in a log-sum-exp.
    """
    Tq, Tk, d_v = sizes(rng, 3, 3, 9)
    q, k, v = _draw(rng, Tq, Tk)
    large = 1e4 / np.abs(_scores(q, k)).max()
    yield q * large, k, v, "for scores in the ten thousands, ", 1e-9
    for height in (1e5, -1e5, 2.0**34, -(2.0**34)):
        q, k = (rng.integers(-8, 9, size=(T, 4)) / 4 for T in (Tq, Tk))
        q[:, 0], k[:, 0] = 2.0, height
        v = rng.normal(size=(Tk, d_v))
        room = max(1e-9, 8 * abs(height) * np.finfo(float).eps)
        yield q, k, v, f"for scores near {height:.0e}, all of them, ", room


def _scores(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    return q @ k.T / math.sqrt(q.shape[1])


def _check_chunks(
    answer: Callable, q, k, v, size: int, mistakes=None, what="", tolerance=1e-9
) -> None:
    (Tq, d_k), (Tk, d_v) = q.shape, v.shape
    hint = f"for Tq = {Tq}, Tk = {Tk}, d_k = {d_k}, d_v = {d_v} and size = {size}"
    record = ask(answer, q, k, v, size, hint=hint, watch=FORBIDDEN)
    got = array(record.value, (Tq, d_v), "the output (Tq, d_v)")
    avoids(record, FORBIDDEN, "do it in NumPy alone")
    finite = np.isfinite(got).all()
    name = f"{what}Tk = {Tk} and size = {size}, the output"
    assert finite, f"{name} is not finite: which maximum is subtracted, and with what "\
        "does it start?"  # fmt: skip
    found = (lambda: mistakes(q, k, v, size)) if mistakes else ()
    expect(got, _slowly(q, k, v), name, found, tolerance)


def _slowly(q, k, v) -> np.ndarray:
    """Attention in Python's numbers, one query and one key after the other."""
    out = np.zeros((len(q), v.shape[1]))
    rows = k.astype(float).tolist()
    for i, query in enumerate(q.astype(float).tolist()):
        dots = [math.fsum(map(mul, query, key)) for key in rows]
        s = [dot / math.sqrt(len(query)) for dot in dots]
        exps = [math.exp(one - max(s)) for one in s]
        for f in range(v.shape[1]):
            out[i, f] = math.fsum(map(mul, exps, v[:, f].tolist())) / math.fsum(exps)
    return out


def _check_memory(answer: Callable, rng, Tq: int, Tk: int, size: int) -> None:
    """Many keys in small chunks: nothing may be held that is as long as the keys.

    The limit is a quarter of what all scores take; with two queries, half of what one
    float64 a key takes. Some arrays of a chunk's scores and a list of all slices, or of
    all chunks' maxima, fit in.
    """
    d_k, d_v = sizes(rng, 2, 2, 5)
    q, k, v = (rng.normal(size=n) for n in ((Tq, d_k), (Tk, d_k), (Tk, d_v)))
    record = ask(answer, q, k, v, size, memory=True, watch=FORBIDDEN)
    avoids(record, FORBIDDEN, "do it in NumPy alone")
    s = _scores(q, k)
    p = np.exp(s - s.max(-1, keepdims=True))
    got = array(record.value, (Tq, d_v), "the output (Tq, d_v)")
    expect(got, p @ v / p.sum(-1, keepdims=True), "the output", tolerance=1e-9)
    peak, limit = record.peak_bytes, max(4, 2 * Tq) * Tk
    assert peak < limit, (
        f"right, but with {Tq} queries, {Tk} keys and size {size} you hold {peak:,} "
        f"bytes at once beside the inputs; {size} keys at a time need about "
        f"{8 * Tq * size:,} for their scores. Is there an array as long as the keys, "
        "or are all scores kept?"
    )


def _wrong_chunks(q, k, v, size):
    """Known wrong answers, each with what to say of it."""
    parts = [(k[i : i + size], v[i : i + size]) for i in range(0, len(k), size)]
    each = [_slowly(q, *part) for part in parts]
    full = len(k) // size * size
    root = math.sqrt(q.shape[1])
    return [
        (sum(each) / len(each),
         "a mean of the chunks' answers: they differ in weight"),
        (sum(each), "a sum of the chunks' answers: divide once, at the end"),
        (each[-1], "the last chunk's answer: what of those before it?"),
        (_slowly(q, k[:full], v[:full]), "the last, shorter chunk is left out"),
        (_slowly(q * root, k, v), "the scores are not divided by √d_k"),
        (_slowly(q / root, k, v), "the scores are divided by d_k, not by its root"),
        (_stale(q, k, v, size), "neither sum shrinks when the maximum rises"),
        (_stale(q, k, v, size, total=True), "the weighted sum must shrink as well"),
        (_stale(q, k, v, size, output=True), "the sum of exponentials must shrink too"),
    ]  # fmt: skip


def _stale(q, k, v, size, total=False, output=False):
    """Attention in chunks that shrinks only the sums that are named."""
    top, below, above = np.full((len(q), 1), -np.inf), 0.0, 0.0
    for i in range(0, len(k), size):
        s = _scores(q, k[i : i + size])
        new = np.maximum(top, s.max(-1, keepdims=True))
        exps, shrink = np.exp(s - new), np.exp(top - new)
        below = below * (shrink if total else 1) + exps.sum(-1, keepdims=True)
        above = above * (shrink if output else 1) + exps @ v[i : i + size]
        top = new
    return above / below
