"""Checks of chapter 13: frequencies, rotations by neighbors, ALiBi with a cache."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask, avoids, run_or_say
from coursekit.checks.values import difference, expect, sizes, telling, tensor
from coursekit.kernel import strides
from coursekit.kernel.calls import weights_like

BASE = 10_000.0
READY = "write it yourself, without n2t"
FARTHEST = 10_000  #: all places are below this one
ROOM = 2e-5  #: how far a value may be off, as a share: float32 will do


def _frequencies(d: int, step: float = 2.0) -> np.ndarray:
    """10000^(-step · i / d) for i below d/2, float64."""
    return BASE ** (-step * np.arange(d // 2) / d)


def check_frequencies(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(D)` must give 10000^(-2i/D) for the D/2 pairs."""
    pairs = [*sizes(rng, 3, 3, 40), *sizes(rng, 1, 130, 360), 1, 2]
    for D in [2 * n for n in pairs]:
        got = ask(answer, D, hint=f"D is {D}").value
        got = tensor(got, (D // 2,), "one frequency a pair of features")
        right = _frequencies(D)
        with np.errstate(all="ignore"):
            known = telling(_wrong_frequencies(D))
            expect(got, right, f"for D = {D}, θ", known, ROOM)
        # the slow ones are small: each must be right for its own size
        near = np.allclose(got, right, rtol=ROOM, atol=0)
        assert near, difference(got / right, np.ones(D // 2), "θ as a share of its own")


def _wrong_frequencies(D: int) -> list:
    """Known wrong answers, each with what to say of it."""
    i = np.arange(0, D, 2)
    return [
        (
            np.exp(i * (-np.log(BASE) / D // 2)),
            "the factor is still -1: // rounds down after / has divided",
        ),
        (_frequencies(D, 1.0), "they fall half as fast as they should: 2i, not i"),
        (_frequencies(D, 4.0), "they fall twice as fast: you still divide by 2"),
        (1 / _frequencies(D), "they grow: the exponent is negative"),
        (_frequencies(D)[::-1], "in reverse: the first pair turns fastest"),
        (
            BASE ** (-i / max(D - 2, 1)),
            "the last is 1/10000 exactly: divide by D, not by D - 2",
        ),
    ]


def _rotate(x: Tensor, offset: float, theta: np.ndarray, axis: int = -2) -> Tensor:
    """Pairs of neighbors, turned by place × theta; places run along `axis`. float64."""
    places = torch.arange(x.shape[axis]).double() + offset
    shape = [1] * x.dim()
    shape[axis] = -1
    angles = places.view(shape) * torch.from_numpy(theta)
    a, b = x.double()[..., 0::2], x.double()[..., 1::2]
    turned = a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()
    return torch.stack(turned, -1).flatten(-2)


def _halves(x: Tensor) -> Tensor:
    """Features at even places first, then those at odd ones."""
    return torch.cat([x[..., 0::2], x[..., 1::2]], -1)


def check_rotate(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, offset)` must turn neighbors of (B, H, T, d) by place × frequency."""
    earlier: list[int] = []
    for shape, offset, dtype in [*_rotations(rng), *_apart(rng)]:
        x = torch.tensor(rng.normal(size=shape), dtype=dtype)
        _check_rotation(answer, x, offset, earlier)
        earlier += [offset] if offset not in earlier else []
    _check_rotation(answer, 1e6 * x, offset, earlier)
    _check_rotation(answer, 1e6 * x, offset + 1, [*earlier, offset])
    _check_default(answer, x)
    _check_swapped(answer, torch.tensor(rng.normal(size=(2, 3, 4, 6))))
    _check_gradient(answer, torch.tensor(rng.normal(size=shape), dtype=dtype), offset)


def _apart(rng: np.random.Generator) -> list[tuple]:
    """One shape, with offsets that are alike by any small modulus."""
    first, sizes_ = int(rng.integers(100)), [int(n) for n in rng.integers(1, 4, 3)]
    offsets = [first, first + 4096, first + 5040, first + 8000]
    shape = (*sizes_, 2 * int(rng.integers(1, 20)))
    dtype = [torch.float32, torch.float64][rng.integers(2)]
    return [(shape, n, dtype) for n in rng.permutation(offsets).tolist()]


def _rotations(rng: np.random.Generator) -> Iterator[tuple]:
    """Shapes, offsets and types, in an order in which any memo's key shows."""
    (B, H, T), (one, two) = sizes(rng, 3), sizes(rng, 2, 3, 30)
    d, other = (2 * n for n in sizes(rng, 2, 4, 9))  # 8 or more: none of B, H, T
    first, second = rng.permutation([torch.float32, torch.float64]).tolist()
    far = int(rng.integers(9_000, FARTHEST - 40))
    yield (B, H, T, d), one, first
    yield (B, H, T, d), two, first  # the same length, another offset
    yield (B, H, T, other), two, first  # the same length and offset, another width
    yield (B, H, T + 1, other), 0, first
    yield (B, H, T + 1, other), 0, second  # another type
    yield (B, H, T + 2, d), one, second  # longer
    yield (1, 1, 1, 2), far, second
    yield (T, T, T, 2 * T), far, first
    yield (1, H, 2, d), one, second
    yield (H, B, T, other), two, first


def _check_rotation(answer: Callable, x: Tensor, offset: int, earlier: list) -> None:
    """One call; `earlier` are the offsets of those before it, which were right."""
    hint = f"x is {tuple(x.shape)}, the offset {offset}"
    if earlier:
        hint += "; calls before this one were right"
    record = ask(answer, x, offset, hint=hint, watch=("n2t.",))
    avoids(record, ("n2t.",), READY)
    got = record.value
    values = tensor(got, tuple(x.shape), "the shape of x")
    assert got.dtype == x.dtype, (
        f"x is {_named(x)}, the result {_named(got)}: a model in one type would meet "
        "another"
    )
    right = _rotate(x, offset, _frequencies(x.shape[-1]))
    name, room = f"offset {offset}: the result", _room(x, offset)
    expect(
        values,
        right,
        name,
        lambda: telling(_wrong_rotations(x, offset, earlier)),
        room,
    )


def _check_default(answer: Callable, x: Tensor) -> None:
    got = ask(answer, x, hint="without a second argument the offset is 0").value
    values = tensor(got, tuple(x.shape), "the shape of x")
    right = _rotate(x, 0, _frequencies(x.shape[-1]))
    expect(values, right, "without an offset: the result", tolerance=_room(x, 0))


def _check_swapped(answer: Callable, x: Tensor) -> None:
    """Heads come from a transpose: heads and tokens are swapped in memory."""
    hint = f"x is {tuple(x.shape)}, straight from a transpose: not contiguous"
    got = run_or_say(strides.stored_swapped, answer, x, one=1, other=2, hint=hint)
    values = tensor(got, tuple(x.shape), "the shape of x")
    right = _rotate(x, 0, _frequencies(x.shape[-1]))
    name = "for x that is not contiguous: the result"
    expect(values, right, name, tolerance=_room(x, 0))


def _room(x: Tensor, offset: int) -> float:
    """A share: angles in float32 will do, whose error grows with the place."""
    return ROOM + 3e-7 * (offset + x.shape[-2])


def _named(x: Tensor) -> str:
    return str(x.dtype).removeprefix("torch.")


def _wrong_rotations(x: Tensor, offset: int, earlier: list) -> list:
    """Known wrong answers, each with what to say of it."""
    theta = _frequencies(x.shape[-1])
    right = _rotate(x, offset, theta)
    mixed = torch.stack(x.chunk(2, -1), -1).flatten(-2)
    memo = "turned by the offset of a call before: what is the memo's key?"
    first = [(_rotate(x, 0, theta), "turned as if the offset were 0")]
    if x.shape[-2] == 1:  # alike at place 0
        first = [(x, "nothing was turned")]
    others = set(earlier) - {0, offset, offset + 1}
    return [
        *((_rotate(x, n, theta), memo) for n in others),
        (x, "nothing was turned"),
        *(first if offset else []),
        (_rotate(x, -offset, -theta), "the offset turns the wrong way"),
        (_rotate(x, offset, -theta), "turned the wrong way: the sine's signs"),
        (
            _rotate(x, offset + 1, theta),
            "the first token stands at offset, not after",
        ),
        (
            _halves(_rotate(mixed, offset, theta)),
            "features i and i + d/2 are paired, as in n2t",
        ),
        (
            _halves(right),
            "turned right, but put back as two halves: interleave them again",
        ),
        (
            _rotate(x, offset, _frequencies(x.shape[-1], 1.0)),
            "the exponent is -2i/d, not -i/d",
        ),
        (
            _rotate(x, offset, theta, axis=-3),
            "places run along heads, not along tokens",
        ),
        (
            _rotate(x, offset, theta, axis=-4),
            "places run along the batch, not along tokens",
        ),
    ]


def _check_gradient(answer: Callable, x: Tensor, offset: int) -> None:
    """The gradient of a rotation is the rotation back."""
    record = ask(answer, x, offset, gradients=(0,), hint="x may ask for a gradient")
    (found,) = record.gradients
    assert found is not None, "no gradient reaches x: stay in torch, without detach"
    back = -_frequencies(x.shape[-1])
    right = _rotate(weights_like(x), offset, back)
    expect(found, right, "the gradient of x", tolerance=_room(x, offset))


def check_alibi(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(slopes, Tq, Tk)` must be -slope · distance, last query at last key."""
    H, Tq, extra, other = sizes(rng, 4)
    Tk = Tq + extra + 8  # never H or Tq
    for heads, queries, keys in (
        (H, Tq, Tk),
        (H, Tq, Tk),  # other slopes
        (H, Tq + 1, Tk),
        (other, Tk, Tk),
        (H, 1, Tk),
        (1, Tq, Tk + Tq),
        (other, 1, 1),
        (3, 3, 3),
        (2, 3, int(rng.integers(4200, 5200))),
    ):
        dtype = [torch.float32, torch.float64][rng.integers(2)]
        slopes = torch.tensor(rng.uniform(0.05, 1.0, size=heads), dtype=dtype)
        slopes = slopes * 10.0 ** int(rng.integers(-6, 7))
        _check_bias(answer, slopes, queries, keys)
    _check_bias(answer, slopes, 3, keys + 1)  # another Tk, and nothing else
    _check_bias(answer, slopes, 2, keys + 1)  # another Tq, and nothing else


def _check_bias(answer: Callable, slopes: Tensor, Tq: int, Tk: int) -> None:
    hint = f"slopes is ({len(slopes)},), Tq = {Tq}, Tk = {Tk}"
    record = ask(answer, slopes, Tq, Tk, hint=hint, watch=("n2t.",))
    avoids(record, ("n2t.",), READY)
    got = tensor(record.value, (len(slopes), Tq, Tk), "(H, Tq, Tk)")
    m = slopes.double().numpy()[:, None, None]
    name = f"Tq = {Tq}, Tk = {Tk}: the bias"
    expect(
        got,
        -m * np.abs(_distance(Tq, Tk, Tk - Tq)),
        name,
        lambda: telling(_wrong_biases(m, Tq, Tk)),
        tolerance=2e-6,
    )


def _distance(Tq: int, Tk: int, start: int) -> np.ndarray:
    return np.arange(start, start + Tq)[:, None] - np.arange(Tk)


def _wrong_biases(m: np.ndarray, Tq: int, Tk: int) -> list:
    """Known wrong answers, each with what to say of it."""
    d, H = _distance(Tq, Tk, Tk - Tq), len(m)
    past = np.maximum(d, 0)
    paper = 2.0 ** (-8 * np.arange(1, H + 1) / H)[:, None, None]
    return [
        (-m * np.abs(_distance(Tq, Tk, 0)), "the first query stands at the first key"),
        (
            -m * np.abs(d + 1),
            "off by one: the last query's own key has distance 0",
        ),
        (m * np.abs(d), "a reward for distance: the sign"),
        (-m * d, "keys to the right get a reward: distance is never negative"),
        (-m * past, "keys to the right cost nothing: distance is |i - j|"),
        (-m * d**2, "the square of the distance: the price is linear"),
        (-paper * np.abs(d), "you made slopes of your own: use slopes"),
        (-np.sort(m, 0) * np.abs(d), "the slopes were sorted: head h has slopes[h]"),
        (-np.sort(m, 0)[::-1] * np.abs(d), "the slopes were sorted: use their order"),
        (
            -np.abs(d) + np.zeros_like(m),
            "every head pays the same: where are the slopes?",
        ),
        (-np.abs(d) / m, "divided by the slope: a steep head pays more"),
        (
            -m * np.abs(d)[::-1],
            "the queries are in reverse: the last stands at the last key",
        ),
        (
            -m * np.abs(d)[:, ::-1],
            "the keys are in reverse: key 0 is the first",
        ),
    ]
