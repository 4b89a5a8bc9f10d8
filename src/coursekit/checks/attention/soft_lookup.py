"""Checks of chapter 10: multiplicative attention, and padding."""

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch

from coursekit.checks.asking import ask, avoids
from coursekit.checks.attention import padded_attentions
from coursekit.checks.attention.leave_one_out import softmax
from coursekit.checks.values import boolean, expect, parts, sizes, tensor
from coursekit.kernel.calls import weights_like

WATCHED = ("n2t.", "torch._C._nn", "torch._ops", "torch.nn.functional")
READY = (
    "n2t.",
    "torch._C._nn.scaled_dot_product_attention",
    "torch._ops.",
    "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.functional.multi_head_attention_forward",
)


def check_general(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(query, memory, W, mask)` must give context and weights."""
    B, Tq, Tk, d_q, d_k = sizes(rng, 5, low=3)
    _check_general(answer, _drawn(rng, B, Tq, Tk, d_q, d_k))
    _check_general(answer, _drawn(rng, Tk, B, Tq, d_k, d_k))
    _check_general(answer, _drawn(rng, B, Tq, Tk, d_q, d_k, grid=True))
    for shape in ((1, 1, Tk, d_q, 1), (B, Tq, 1, 1, d_k), (Tq, 1, B, 2, d_k)):
        given = _drawn(rng, *shape, grid=True)
        given[3][1:] = True  # rows without padding
        _check_general(answer, given, slopes=False)
    _check_general(answer, _drawn(rng, 2, 3, 140 + B, d_q, d_k), slopes=False)
    for dtype in (torch.float64, torch.float32):
        query, memory, W, mask = _far(rng, Tq, Tk, B, d_q, d_k)
        given = *(x.to(dtype) for x in (query, memory, W)), mask
        _check_general(answer, given, slopes=dtype == torch.float64)
    given = list(_drawn(rng, B, Tq, Tk, d_q, d_k))
    _check_general(answer, given, slopes=False)
    for place in rng.permutation(4):  # the same but for one argument
        given[place] = _drawn(rng, B, Tq, Tk, d_q, d_k)[place]
        _check_general(answer, given, slopes=False)


def _far(rng: np.random.Generator, B: int, Tq: int, *rest: int) -> tuple:
    """`_drawn`, with scores near 900 or -900, in some sentences turned at padding."""
    query, memory, W, mask = _drawn(rng, B, Tq, *rest, grid=True)
    padding = rng.permutation(np.resize([-1.0, 1.0], B))[:, None]
    W[-1] = 0  # so the last feature of a query is its offset, times this of the memory
    W[-1, -1] = 1
    memory[..., -1] = torch.tensor(np.where(mask.numpy()[:, 0], 1, padding))
    offsets = rng.permuted(np.resize([-900, 900], (B, Tq)), axis=1)
    query[..., -1] = torch.tensor(offsets)
    return query, memory, W, mask


def _drawn(
    rng: np.random.Generator, B: int, Tq: int, Tk: int, *widths: int, grid=False
) -> tuple:
    """Query, memory, W and a mask of any pattern.

    With `grid` they are float32, and all products exact: quarters from -2 to 2.
    """
    d_q, d_k = widths
    shapes, dtype = ((B, Tq, d_q), (B, Tk, d_k), (d_q, d_k)), torch.float64
    numbers = [rng.normal(size=shape) for shape in shapes]
    if grid:
        dtype = torch.float32
        numbers = [rng.integers(-8, 9, size=shape) / 4 for shape in shapes]
    tensors = [torch.tensor(one, dtype=dtype) for one in numbers]
    return *tensors, torch.tensor(_any_mask(rng, B, Tk))


def _any_mask(rng: np.random.Generator, B: int, Tk: int) -> np.ndarray:
    """(B, 1, Tk): each row has a real place, and a padded one where it can."""
    real = rng.integers(1, max(Tk, 2), size=(B, 1, 1))
    mask = rng.random((B, 1, Tk)).argsort(-1) < real
    if Tk > 2:
        mask[0, 0, :3] = False, True, True  # padding comes first
    return mask


def _check_general(answer: Callable, given: tuple, slopes: bool = True) -> None:
    query, memory, W, mask = given
    (B, Tq, _), (Tk, d_k) = query.shape, memory.shape[1:]
    hint = "query @ W is (B, Tq, d_k), and memory (B, Tk, d_k)"
    places = (0, 1, 2) if slopes else ()
    record = ask(answer, *given, hint=hint, gradients=places, watch=WATCHED)
    avoids(record, READY, "write the score, the softmax and the mean yourself")
    names, shapes = ("context", "weights"), ((B, Tq, d_k), (B, Tq, Tk))
    got = [
        tensor(part, shape, name)
        for part, shape, name in zip(
            parts(record.value, names), shapes, names, strict=True
        )
    ]
    exact = *(x.double().numpy() for x in given[:3]), mask.numpy()
    context, weights, scores = _by_hand(*exact)
    assert not np.isnan(got[1]).any(), (
        f"some weights are NaN, for scores from {scores.min():.0f} to "
        f"{scores.max():.0f}"
    )
    single = W.dtype == torch.float32  # rounds a score of 900 by 6e-5
    share = 1e-3 if single and abs(scores).max() > 500 else None
    wrong = partial(_wrong_weights, scores, exact) if slopes else ()
    expect(got[1], weights, "the weight", wrong, tolerance=share)
    leaked = np.abs(got[1] * ~exact[3]).max()
    assert leaked == 0, f"padding has a weight of {leaked:.2g}: wanted 0, exactly"
    flat = np.broadcast_to(exact[1].mean(1, keepdims=True), context.shape)
    plain = "the mean of the memory: the weights are not used"
    expect(got[0], context, "the context", [(flat, plain)], tolerance=share)
    if slopes:
        _check_slopes(record, weights, exact)


def _by_hand(query, memory, W, mask) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Context, weights and scores, one pair of places after another."""
    (B, Tq, _), Tk = query.shape, memory.shape[1]
    scores, weights = np.zeros((2, B, Tq, Tk))
    for b in range(B):
        asked = query[b] @ W
        for q in range(Tq):
            row = scores[b, q] = [float(asked[q] @ key) for key in memory[b]]
            real = [k for k in range(Tk) if mask[b, 0, k]]
            top = max(row[k] for k in real)
            exps = [math.exp(row[k] - top) for k in real]
            weights[b, q, real] = np.array(exps) / math.fsum(exps)
    return np.einsum("bqk,bkj->bqj", weights, memory), weights, scores


def _wrong_weights(scores: np.ndarray, exact: tuple) -> Iterator[tuple]:
    """Known wrong weights, each with what to say of it."""
    mask, (d_q, d_k) = exact[3], exact[2].shape
    hidden = np.where(mask, scores, -np.inf)
    with np.errstate(all="ignore"):
        yield softmax(scores), "the mask is not used: padding has weight"
        yield softmax(scores) * mask, "masked after the softmax: rows sum to less"
        turned = "the mask is turned round: True means 'may attend'"
        yield softmax(np.where(mask, -np.inf, scores)), turned
        zero = "a score of 0 is not nothing: e to the 0 is 1"
        yield softmax(np.where(mask, scores, 0.0)), zero
        queries = "softmax over the queries: it belongs on the last axis"
        for fill in (-np.inf, -1e9):
            yield softmax(np.where(mask, scores, fill), 1), queries
        for d in (d_q, d_k):
            scaled = "divided by a square root: this score has no scale, only s W h"
            yield softmax(hidden / d**0.5), scaled
        query, memory, W, _ = exact
        if d_q == d_k:
            scores = np.einsum("bqi,ji,bkj->bqk", query, W, memory)
            yield softmax(np.where(mask, scores, -np.inf)), "W is turned round"
            scores = np.einsum("bqi,bki->bqk", query, memory)
            yield softmax(np.where(mask, scores, -np.inf)), "W is not used"


def _check_slopes(record, weights: np.ndarray, exact: tuple) -> None:
    """Gradients must reach query, memory and W, from context and weights."""
    query, memory, W, _ = exact
    above, direct = (weights_like(part).double().numpy() for part in record.value)
    slope = np.einsum("bqj,bkj->bqk", above, memory) + direct
    slope = weights * (slope - (weights * slope).sum(-1, keepdims=True))
    asked = np.einsum("bqk,bkj->bqj", slope, memory)  # of query W
    wanted = (
        asked @ W.T,
        np.einsum("bqk,bqj->bkj", weights, above)
        + np.einsum("bqk,bqj->bkj", slope, query @ W),
        np.einsum("bqi,bqj->ij", query, asked),
    )
    share = 1e-8 if record.value[0].dtype == torch.float64 else 1e-4
    for name, got, one in zip(
        ("query", "memory", "W"), record.gradients, wanted, strict=True
    ):
        assert got is not None, f"no gradient reaches {name}: stay with tensors"
        size = max(abs(one).max(), 1e-30)
        room = share * max(size, 1.0) / size  # a saturated softmax: differences of ones
        expect(got, one, f"the gradient with respect to {name}", tolerance=room)


def check_sees_padding(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(attend)` must say whether outputs depend on places of padding."""
    hint = "attend takes (Tq, d), (Tk, d) and a boolean (Tk,), and gives (Tq, d)"
    cases = padded_attentions.drawn(rng, masks := [])
    found = [boolean(ask(answer, attend, hint=hint).value) for attend, _, _ in cases]
    right = found == [sees for _, sees, _ in cases]
    assert right or all(masks), "a mask of yours has no real place: keep one at least"
    assert found != [not sees for _, sees, _ in cases], (
        "every answer is the opposite: True means 'it sees padding'"
    )
    assert len(set(found)) == 2, (
        f"your test says {found[0]} of every function, of right and of wrong ones"
    )
    for said, (_, sees, what) in zip(found, cases, strict=True):
        advice = (
            "change every padded place, also where no other is padded, and compare all "
            "outputs, with a tolerance near rounding"
            if sees
            else "change the memory at padded places only, and nothing else"
        )
        assert said == sees, f"{what}: your test says {said}; {advice}"
