"""Checks of chapter 11: masks, leaks, and attention in small pieces."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

CHUNK = 4
"""Keys in a chunk; does not divide the number of keys, so the last one is shorter."""


def check_decoder_mask(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(ids, pad_id)` must be causal and padding mask, (B, 1, T, T) boolean."""
    B, T = rng.permutation(np.arange(4, 9))[:2].tolist()
    pad = 9  # not 0: an id typed in by hand must not pass
    ids = torch.tensor(rng.integers(0, 9, size=(B, T)))
    for row in range(1, B):
        ids[row, T - 1 - row % (T - 1) :] = pad
    hint = "ids[:, None, None, :] has shape (B, 1, 1, T) and broadcasts"
    got = call(answer, ids.clone(), pad, hint=hint)
    assert isinstance(got, torch.Tensor) and got.dtype == torch.bool, (
        f"wanted a boolean tensor, got {getattr(got, 'dtype', type(got).__name__)}"
    )
    assert got.shape == (B, 1, T, T), (
        f"wanted (B, 1, T, T) = {(B, 1, T, T)}, got {tuple(got.shape)}: one axis for "
        "the heads, then queries, then keys"
    )
    keep, past = ids != pad, torch.ones(T, T, dtype=torch.bool).tril()
    right = past & keep[:, None, None, :]
    for wrong, words in _wrong_masks(keep, past, right):
        assert not torch.equal(got, wrong.expand_as(right)), words
    assert torch.equal(got, right), (
        "some entries are wrong: draw your mask with plots.draw_mask and compare"
    )


def _wrong_masks(keep, past, right):
    """Known wrong masks, each with what to say of it."""
    B, T = keep.shape
    key, query = keep[:, None, None, :], keep[:, None, :, None]
    strict = torch.ones(T, T, dtype=torch.bool).tril(-1)
    typed = torch.ones(B, 1, 1, 1, dtype=torch.bool)
    return [
        (~right, "turned round: True must mean 'may attend'"),
        (past & ~key, "only padding is visible: the padding mask is turned round"),
        (~past & key, "the future is visible: the causal mask is turned round"),
        (past.T & key, "the upper triangle is the future: rows are queries"),
        (past & query, "padding hides *keys*, the last axis; this hides queries"),
        (past & query & key, "padded queries are hidden too; only keys should be"),
        (strict & key, "a query may see its own place: the diagonal is True"),
        (past | key, "what both masks allow: &, not |"),
        (past & typed, "padding stays visible: compare with pad_id, not with 0"),
        (key, "the future is visible: the causal mask is missing"),
    ]


def _self_attention(mask_of: Callable, weight: float = 1.0) -> Callable:
    """A self-attention (T, d) -> (T, d); masked scores are not seen at all.

    `weight` below 1 lets the forbidden keys through, that faintly.
    """

    def attend(x):
        x = np.asarray(x, dtype=float)
        scores = x @ x.T / np.sqrt(x.shape[1])
        exps = np.exp(scores - scores.max(-1, keepdims=True))
        exps = exps * mask_of(len(x))
        total = exps.sum(-1, keepdims=True)
        return weight * (exps / np.where(total == 0, 1, total)) @ x

    return attend


def _tril(diagonal: int) -> Callable:
    return lambda T: np.tril(np.ones((T, T)), diagonal)


def _one_leak(T: int) -> np.ndarray:
    """Causal, but the first query also sees the last key."""
    mask = np.tril(np.ones((T, T)))
    mask[0, -1] = 1
    return mask


def _late_leak(T: int) -> np.ndarray:
    """Causal, but the last query but one also sees the last key."""
    mask = np.tril(np.ones((T, T)))
    mask[-2, -1] = 1
    return mask


def _mean_of_the_past(x):
    """Each output is the mean of the inputs before it, without its own: no leak."""
    x = np.asarray(x, dtype=float)
    count = np.arange(len(x))[:, None]
    return (np.cumsum(x, axis=0) - x) / np.maximum(count, 1)


def check_leaks(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(attend)` must say whether outputs depend on later inputs."""
    del rng  # the functions to judge are fixed
    cases = [
        (_mean_of_the_past, False, "a mean of what came before"),
        (_self_attention(_tril(0)), False, "a causal attention"),
        (_self_attention(_tril(-1)), False, "one that sees only what is before it"),
        (_self_attention(lambda T: np.eye(T)), False, "one that sees only itself"),
        (_self_attention(lambda T: np.ones((T, T))), True, "one without a mask"),
        (
            _self_attention(lambda T: np.triu(np.ones((T, T)), 1)),
            True,
            "one whose mask is turned round",
        ),
        (_self_attention(_tril(1)), True, "one that sees a single step ahead"),
        (_self_attention(_one_leak), True, "one whose first query sees the last key"),
        (_self_attention(_late_leak), True, "one that leaks at the last step only"),
        (
            _self_attention(lambda T: np.ones((T, T)), weight=1e-4),
            True,
            "one without a mask and with small outputs",
        ),
    ]
    answers = [_verdict(answer, attend) for attend, _, _ in cases]
    plain = list(zip(answers, cases, strict=True))[:6]
    assert any(got == wanted for got, (_, wanted, _) in plain), (
        "every answer is the opposite of the right one: True means 'it leaks'"
    )
    for got, (_, wanted, what) in zip(answers, cases, strict=True):
        advice = (
            "an output may change when its own input does; those before it may not"
            if got
            else "try every place, compare every output before it, and with a "
            "tolerance near rounding (1e-9)"
        )
        assert got == wanted, f"{what}: your test says {got}; {advice}"


def _verdict(answer: Callable, attend: Callable) -> bool:
    got = call(answer, attend, hint="attend takes a float array (T, d), gives one back")
    assert isinstance(got, (bool, np.bool_)), (
        f"wanted True or False, got {type(got).__name__}"
    )
    return bool(got)


class _Watched(np.ndarray):
    """An array that notes the shapes of everything computed from it."""

    seen: set

    def __array_finalize__(self, parent: Any) -> None:
        self.seen = getattr(parent, "seen", set())
        self.seen.add(self.shape)


def _watched(array: np.ndarray, seen: set) -> _Watched:
    view = array.view(_Watched)
    view.seen = seen
    return view


def check_attend_in_chunks(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(query, key, value, size)` must equal attention, a chunk at a time."""
    query, key, value = _draw(rng)
    _check_plain(answer, query, key, value)
    for q, k, what in [
        (30 * query, 30 * key, "scores in the hundreds: which maximum is subtracted?"),
        (
            np.abs(query) + 1,
            -500 * (np.abs(key) + 1),
            "very negative scores: with what does the maximum start?",
        ),
    ]:
        got, _ = _ask(answer, q, k, value)
        assert np.isfinite(got).all(), f"not finite for {what}"
        right = _attention(q, k, value)
        assert np.allclose(got, right, rtol=0, atol=1e-9), f"wrong values for {what}"


def _draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Queries, keys and values, all sizes different."""
    Tq, d_k, d_v = rng.permutation(np.arange(3, 7))[:3].tolist()
    shapes = (Tq, d_k), (11, d_k), (11, d_v)
    return tuple(rng.normal(size=shape) for shape in shapes)


def _attention(q, k, v, scale=None):
    """Attention with all scores at once."""
    s = q @ k.T * (q.shape[-1] ** -0.5 if scale is None else scale)
    p = np.exp(s - s.max(-1, keepdims=True))
    return p / p.sum(-1, keepdims=True) @ v


def _ask(answer: Callable, q, k, v) -> tuple[np.ndarray, set]:
    """The answer, and the shapes of all arrays made on the way."""
    seen: set = set()
    given = [_watched(x.copy(), seen) for x in (q, k, v)]
    hint = "the last chunk is shorter: do your shapes depend on size?"
    with np.errstate(all="ignore"):
        got = np.asarray(call(answer, *given, CHUNK, hint=hint))
    wanted = (len(q), v.shape[1])
    assert got.shape == wanted, f"wanted (Tq, d_v) = {wanted}, got {got.shape}"
    return got, seen


def _check_plain(answer: Callable, q, k, v) -> None:
    got, seen = _ask(answer, q, k, v)
    for wrong, words in _wrong_chunks(q, k, v, CHUNK):
        assert not np.allclose(got, wrong), words
    assert np.allclose(got, _attention(q, k, v), rtol=0, atol=1e-10), (
        "wrong values: try one chunk first (size = Tk), then two"
    )
    assert not {(len(q), len(k)), (len(k), len(q))} & seen, (
        f"right, but you hold all {len(q)} × {len(k)} scores at once: that is what "
        "chunks are to avoid"
    )


def _wrong_chunks(q, k, v, size):
    """Known wrong answers, each with what to say of it."""
    parts = [(k[i : i + size], v[i : i + size]) for i in range(0, len(k), size)]
    each = [_attention(q, *part) for part in parts]
    full = len(k) // size * size
    return [
        (
            sum(each) / len(each),
            "a mean of the chunks' answers: they differ in weight",
        ),
        (sum(each), "a sum of the chunks' answers: divide once, at the end"),
        (_attention(q, k[:full], v[:full]), "the last, shorter chunk is left out"),
        (_attention(q, k, v, scale=1.0), "the scores are not divided by √d_k"),
        (_stale(q, k, v, size), "neither sum shrinks when the maximum rises"),
        (_stale(q, k, v, size, total=True), "the weighted sum must shrink as well"),
        (_stale(q, k, v, size, output=True), "the sum of exponentials must shrink too"),
    ]


def _stale(q, k, v, size, total=False, output=False):
    """Attention in chunks that shrinks only the sums that are named."""
    top, below, above = np.full((len(q), 1), -np.inf), 0.0, 0.0
    for i in range(0, len(k), size):
        s = q @ k[i : i + size].T / np.sqrt(q.shape[1])
        new = np.maximum(top, s.max(-1, keepdims=True))
        exps, shrink = np.exp(s - new), np.exp(top - new)
        below = below * (shrink if total else 1) + exps.sum(-1, keepdims=True)
        above = above * (shrink if output else 1) + exps @ v[i : i + size]
        top = new
    return above / below
