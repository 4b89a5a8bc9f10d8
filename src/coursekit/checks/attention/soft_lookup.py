"""Checks of chapter 10: multiplicative attention, padding, leave one out."""

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch

from coursekit.checks.asking import ask, avoids
from coursekit.checks.attention import padded_attentions
from coursekit.checks.values import array, boolean, expect, parts, sizes, tensor
from coursekit.kernel.calls import weights_like

WATCHED = ("n2t.", "torch._C._nn", "torch._ops", "torch.nn.functional")
READY = (
    "n2t.",
    "torch._C._nn.scaled_dot_product_attention",
    "torch._ops.",
    "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.functional.multi_head_attention_forward",
)

SMALL = 1e-12, 1e-10, 1e-9, 1e-8  #: numbers that hide a division by 0


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


def _softmax(scores: np.ndarray, axis: int = -1) -> np.ndarray:
    exps = np.exp(scores - scores.max(axis, keepdims=True))
    return exps / exps.sum(axis, keepdims=True)


def _wrong_weights(scores: np.ndarray, exact: tuple) -> Iterator[tuple]:
    """Known wrong weights, each with what to say of it."""
    mask, (d_q, d_k) = exact[3], exact[2].shape
    hidden = np.where(mask, scores, -np.inf)
    with np.errstate(all="ignore"):
        yield _softmax(scores), "the mask is not used: padding has weight"
        yield _softmax(scores) * mask, "masked after the softmax: rows sum to less"
        turned = "the mask is turned round: True means 'may attend'"
        yield _softmax(np.where(mask, -np.inf, scores)), turned
        zero = "a score of 0 is not nothing: e to the 0 is 1"
        yield _softmax(np.where(mask, scores, 0.0)), zero
        queries = "softmax over the queries: it belongs on the last axis"
        for fill in (-np.inf, -1e9):
            yield _softmax(np.where(mask, scores, fill), 1), queries
        for d in (d_q, d_k):
            scaled = "divided by a square root: this score has no scale, only s W h"
            yield _softmax(hidden / d**0.5), scaled
        query, memory, W, _ = exact
        if d_q == d_k:
            scores = np.einsum("bqi,ji,bkj->bqk", query, W, memory)
            yield _softmax(np.where(mask, scores, -np.inf)), "W is turned round"
            scores = np.einsum("bqi,bki->bqk", query, memory)
            yield _softmax(np.where(mask, scores, -np.inf)), "W is not used"


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


def check_leave_one_out(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, y, bandwidth)` must predict each point from the others, (N,)."""
    N, M = int(rng.integers(5, 12)), int(rng.integers(3, 9))
    x, wrong = rng.uniform(-3, 5, size=N), _wrong_predictions
    _check_leave(answer, rng, x, rng.uniform(0.3, 1.5), wrong=wrong)
    apart = rng.permutation(320)[:M] / 64  # squares of differences are exact
    even = rng.permutation(M) / 2 - M / 4  # two neighbors equally near
    twice = rng.permutation(np.concatenate([apart, apart[:2], apart[:1]]))
    for x in (apart, even, twice):
        _check_leave(answer, rng, x, 10 ** rng.uniform(-6, -2))
        scale = 2.0 ** rng.integers(-18, 19)
        _check_leave(answer, rng, x * scale, scale * rng.uniform(0.3, 1))
        _check_leave(answer, rng, x / 2**18, rng.uniform(0.3, 1) / 2**18)
    _check_leave(answer, rng, even * 10, rng.uniform(1e-6, 2e-6))
    _check_leave(answer, rng, twice, 10 ** rng.uniform(2, 6))
    for x in (rng.uniform(0, 5, size=2), apart[:2], apart[[0, 0]]):
        _check_leave(answer, rng, x, 10 ** rng.uniform(-6, 6))
    for x in (even, twice):
        _check_leave(answer, rng, x, rng.uniform(0.3, 1.5), np.float32)
    _check_far_and_many(answer, rng)
    _check_one_changed(answer, rng, N)


def _check_far_and_many(answer: Callable, rng: np.random.Generator) -> None:
    """Points far apart, points close together far from 0, many points, integers."""
    count = int(rng.integers(3, 7))
    for size in (rng.uniform(50, 100), rng.uniform(2e9, 4e9)):
        x = rng.permutation(2.0 ** np.arange(count) - 1) * size  # no two equally near
        _check_leave(answer, rng, x, rng.uniform(1e-6, 2e-6))
    width = 2.0 ** rng.integers(12, 19)
    x = rng.permutation(count * 16)[:count] / 16 * width
    _check_leave(answer, rng, x, width * rng.uniform(0.5, 2))
    width = 10 ** rng.uniform(-3, -2)
    x = rng.choice([-1, 1]) * rng.uniform(1e4, 1e5) + width * rng.normal(size=count)
    _check_leave(answer, rng, x, width * rng.uniform(0.5, 2))
    x = rng.uniform(-4, 4, size=int(rng.integers(40, 70)))
    _check_leave(answer, rng, x, rng.uniform(2, 4))
    _check_leave(answer, rng, x, 10 ** rng.uniform(2, 6))
    _check_leave(answer, rng, rng.permutation(30)[:count], 2.5, np.int64)


def _check_one_changed(answer: Callable, rng: np.random.Generator, N: int) -> None:
    """Each call differs from the one before it in one argument."""
    given = [*rng.uniform(-3, 5, size=(2, N)), rng.uniform(0.3, 1.5)]
    _check_points(answer, *given)
    for place in rng.permutation(3):
        given[place] = rng.uniform(0.3, 1.5) if place == 2 else rng.normal(size=N)
        _check_points(answer, *given)


def _check_leave(
    answer: Callable,
    rng: np.random.Generator,
    x: np.ndarray,
    bandwidth: float,
    dtype: type = np.float64,
    wrong: Callable | None = None,
) -> None:
    x, y = x.astype(dtype), rng.normal(size=len(x)) * 10 ** rng.uniform(-9, 9)
    if dtype == np.int64:
        y = rng.permutation(99)[: len(x)]
    _check_points(answer, x, y.astype(dtype), bandwidth, wrong)


def _check_points(
    answer: Callable,
    x: np.ndarray,
    y: np.ndarray,
    bandwidth: float,
    wrong: Callable | None = None,
) -> None:
    bandwidth, dtype, wrong = float(bandwidth), x.dtype, wrong or _wrong_at_edges
    got = array(ask(answer, x, y, bandwidth).value, x.shape, "predictions")
    name = f"for a bandwidth of {bandwidth:.2g} the prediction"
    if len(x) < 5:
        name = f"for x = {[float(f'{one:.3g}') for one in x]} and {name[4:]}"
    x, y = x.astype(float), y.astype(float)
    found = [_predicted(x, y, bandwidth, i) for i in range(len(x))]
    wanted, nearest = np.array(found).T
    # a score of size s is rounded by s times 1e-16, and so is a log-sum-exp
    share = max(1e-9, min(1e-15 * abs(nearest).max(), 1e-2))
    share = 1e-4 if dtype == np.float32 else share
    expect(got, wanted, name, partial(wrong, x, y, bandwidth), tolerance=share)


def _predicted(x, y, bandwidth: float, i: int) -> tuple[float, float]:
    """Point i from the others, in Python's numbers; and the nearest one's score."""
    others = [j for j in range(len(x)) if j != i]
    scores = [-((float(x[i] - x[j]) / bandwidth) ** 2) / 2 for j in others]
    exps = [math.exp(score - max(scores)) for score in scores]
    values = (e * float(y[j]) for e, j in zip(exps, others, strict=True))
    return math.fsum(values) / math.fsum(exps), max(scores)


def _wrong_predictions(x, y, bandwidth) -> Iterator[tuple]:
    """Predictions of wrong formulas, each with what to say of it."""
    itself, squares = np.eye(len(x), dtype=bool), (x[:, None] - x) ** 2
    others = np.where(itself, np.inf, squares)
    kernel = np.exp(-squares / (2 * bandwidth**2))
    alone = np.exp(-others / (2 * bandwidth**2))
    yield kernel @ y / kernel.sum(1), "each point looks at its own answer"
    one = "the weights do not sum to 1: mask, then divide"
    yield alone @ y / kernel.sum(1), one
    yield alone @ y, "a sum, not a mean: divide by the sum of the weights"
    squared = "the bandwidth is to be squared"
    yield _softmax(-others / (2 * bandwidth)) @ y, squared
    yield _softmax(-others / bandwidth**2) @ y, "the 2 below the square is missing"
    mean = "the plain mean of the others: near ones weigh more"
    yield (y.sum() - y) / (len(y) - 1), mean
    for small in SMALL:
        added = "a small number is added to the sum of the weights"
        yield alone @ y / (alone.sum(1) + small), added


def _wrong_at_edges(x, y, bandwidth) -> Iterator[tuple]:
    """Predictions that are wrong for ties and tiny bandwidths only."""
    itself, squares = np.eye(len(x), dtype=bool), (x[:, None] - x) ** 2
    others = np.where(itself, np.inf, squares)
    with np.errstate(all="ignore"):
        alone = np.exp(-others / (2 * bandwidth**2))
        under = (
            "all exponentials of a row are 0, and so is the sum of the weights: "
            "subtract the row's largest score, the point itself left out, first"
        )
        if (alone.sum(1) == 0).any():
            for small in (0, *SMALL):
                yield alone @ y / (alone.sum(1) + small), under
        yield y, "each point looks at its own answer, and at no other"
        apart = np.where(squares == 0, np.inf, squares)
        equal = "points at the same place are left out with the point itself"
        yield _softmax(-apart / (2 * bandwidth**2)) @ y, equal
        near = others == others.min(1, keepdims=True)
        alone = "only the nearest point counts: here others count too"
        if near.sum() > len(x):
            tied = near @ y / near.sum(1)
            yield tied, "only the nearest points count: here others count too"
            right = [_predicted(x, y, bandwidth, i)[0] for i in range(len(x))]
            if np.allclose(right, tied, rtol=0, atol=1e-6 * abs(tied).max()):
                alone = "of two points equally near, only the first counts"
        yield y[others.argmin(1)], alone
