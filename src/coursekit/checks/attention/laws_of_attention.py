"""Checks of chapter 14: inputs on which bugs show, and a law about values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask
from coursekit.checks.attention import valued
from coursekit.checks.values import boolean, described, parts, tensor

NAMES = "query", "key", "value", "mask"
LONGEST, LARGEST, VISIBLE = 20, 10, 0.01


def check_telling_inputs(answer: Callable, rng: np.random.Generator) -> None:
    """`answer()` must give inputs on which every wrong attention is off by 0.01."""
    got = parts(ask(answer, hint="it takes no arguments").value, NAMES)
    query, key, value, mask = _read(*got)
    right = _attend(query, key, value, mask)
    cases = [*_wrong(), *_wrong_sizes()]
    for place in rng.permutation(len(cases)):
        what, attend, advice = cases[place]
        gap = (attend(query, key, value, mask) - right).abs().max().item()
        assert not gap <= VISIBLE, (  # NaN is a difference too
            f"{what}: on your inputs it is right to {max(gap, 1e-16):.0e}; {advice}"
        )


def _read(query, key, value, mask) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The four inputs as tensors; a sentence for each way to be no inputs at all."""
    for name, x in zip(NAMES, (query, key, value, mask), strict=True):
        axes = len(getattr(x, "shape", ()))
        assert hasattr(x, "detach") and axes == 3, (
            f"{name} must be a tensor with three axes; got {described(x)}"
        )
    (B, Tq, d), Tk = query.shape, key.shape[1]
    for size, name in ((B, "B"), (Tq, "Tq"), (Tk, "Tk"), (d, "d")):
        assert 1 <= size <= LONGEST, f"{name} is {size}: wanted 1 to {LONGEST}"
    assert d % 2 == 0, f"d is {d}: two heads need an even width"
    for name, x, shape in (
        ("query", query, (B, Tq, d)),
        ("key", key, (B, Tk, d)),
        ("value", value, (B, Tk, d)),
    ):
        tensor(x, shape, name)
        assert x.dtype == torch.float64, f"{name} is {x.dtype}, wanted torch.float64"
        assert x.isfinite().all(), f"{name} has a number that is not finite"
        assert x.abs().max() <= LARGEST, f"{name} has a number above {LARGEST}"
    tensor(mask, (B, Tq, Tk), "mask (B, Tq, Tk)", "b")
    return query.detach(), key.detach(), value.detach(), mask


def _attend(query, key, value, mask, scale=None, fill=-torch.inf, softmax=None):
    """Right, unless an option says otherwise; a row that sees nothing gives zeros."""
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    alive = mask.any(-1, keepdim=True)
    scores = (query @ key.mT * scale).masked_fill(alive & ~mask, fill)
    weights = scores.softmax(-1) if softmax is None else softmax(scores)
    return weights.masked_fill(~alive, 0) @ value


def _softmax_over(axes: str) -> Callable:
    """A softmax over other axes than the keys', of scores (B, Tq, Tk)."""

    def softmax(scores):
        exps = (scores - scores.max()).exp()
        return exps / exps.sum([*map("bqk".index, axes)], keepdim=True).clamp(min=1e-99)

    return softmax


def _late(query, key, value, mask):
    return (query @ key.mT / query.shape[-1] ** 0.5).softmax(-1) * mask @ value


def _empty(query, key, value, mask, instead: str):
    """Right but for rows that see nothing: NaN there, or the mean of all values."""
    alive = mask.any(-1, keepdim=True)
    there = torch.nan if instead == "nan" else value.mean(1, keepdim=True)
    return torch.where(alive, _attend(query, key, value, mask), there)


def _by_view(query, key, value, mask):
    split = [x.reshape(2 * len(x), x.shape[1], -1) for x in (query, key, value)]
    return _attend(*split, mask.repeat_interleave(2, 0)).reshape(query.shape)


def _forgets(query, key, value, mask):
    kept = slice(query.shape[1])
    return _attend(query, key[:, kept], value[:, kept], mask[..., kept])


def _scaled(scale: Callable) -> Callable:
    def attend(query, key, value, mask):
        sizes = query.shape[1], key.shape[1], query.shape[-1]
        return _attend(query, key, value, mask, scale=scale(*sizes))

    return attend


def _wrong() -> Iterator[tuple[str, Callable, str]]:
    """(what it is, the attention, what to do about it)."""
    numbers = "are queries and keys random, and more than one?"
    rows = "are there several rows that differ?"
    for axes, what in (
        ("q", "the queries"),
        ("b", "the batch"),
        ("qk", "queries and keys together"),
    ):
        attend = partial(_attend, softmax=_softmax_over(axes))
        yield f"softmax over {what}", attend, rows if axes == "b" else numbers
    hidden = "does the mask hide keys from queries that see others?"
    yield "mask after the softmax", _late, hidden
    yield "mask turned round", lambda q, k, v, m: _attend(q, k, v, ~m), hidden
    yield (
        "the first row's mask for all rows",
        lambda q, k, v, m: _attend(q, k, v, m[:1].expand_as(m)),
        "do the masks of the rows differ?",
    )
    yield (
        "the first query's mask for all queries",
        lambda q, k, v, m: _attend(q, k, v, m[:, :1].expand_as(m)),
        "do the masks of the queries differ?",
    )


def _wrong_sizes() -> Iterator[tuple[str, Callable, str]]:
    """Those that mistake a size, a place, or keys for values."""
    nothing = "is there a query that may see nothing?"
    yield "NaN where nothing is seen", partial(_empty, instead="nan"), nothing
    yield "the mean where nothing is seen", partial(_empty, instead="mean"), nothing
    for what, scale in (
        ("√Tk", lambda Tq, Tk, d: Tk**-0.5),
        ("√Tq", lambda Tq, Tk, d: Tq**-0.5),
        ("d", lambda Tq, Tk, d: 1 / d),
        ("nothing", lambda Tq, Tk, d: 1.0),
    ):
        advice = "do all sizes differ, and do scores matter?"
        yield f"scores divided by {what}", _scaled(scale), advice
    yield (
        "a fill of -5",
        partial(_attend, fill=-5.0),
        "does some query see few keys, all with low scores?",
    )
    heads = "are there several keys that differ, in several features?"
    yield "heads split by a view", _by_view, heads
    yield "keys after the first Tq forgotten", _forgets, "are there more keys?"
    yield (
        "keys and values exchanged",
        lambda q, k, v, m: _attend(q, v, k, m),
        "do keys and values differ?",
    )


def check_is_linear_in_values(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(attend)` must say whether values enter linearly."""
    cases = valued.cases(rng)
    answers: list = [None] * len(cases)
    hint = "attend(query, key, value, mask) takes (B, Tq, d), (B, Tk, d) twice, a mask"
    for place in rng.permutation(len(cases)):
        got = ask(answer, cases[place][0], hint=hint).value
        answers[place] = boolean(got)
    told = [(got, *case[1:]) for got, case in zip(answers, cases, strict=True)]
    assert not all(got for got, _, _ in told), "you say yes to every attention"
    assert any(got for got, linear, _ in told if linear), (
        "you say no to every right attention: is your tolerance above rounding, and do "
        "you keep query, key and mask the same?"
    )
    for got, linear, what in told:
        advice = (
            "compare the output for a sum of two values with the sum of the outputs, "
            "in every number, with a tolerance near rounding"
            if got
            else "only values may be changed, and rounding must be forgiven"
        )
        assert got == linear, f"{what}: your test says {got}; {advice}"
