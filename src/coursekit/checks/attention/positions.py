"""Checks of chapter 13: frequencies, rotations by neighbors, ALiBi with a cache."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor


def _frequencies(d: int, step: float = 2.0) -> Tensor:
    """10000^(-step · i / d) for i below d/2, float64."""
    return 10_000.0 ** (-step * torch.arange(d // 2).double() / d)


def _tensor(got: object, shape: tuple, what: str) -> Tensor:
    assert isinstance(got, Tensor), f"wanted a tensor, got {type(got).__name__}"
    assert got.shape == shape, f"wanted {what} = {shape}, got {tuple(got.shape)}"
    return got.double()


def check_frequencies(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(D)` must give 10000^(-2i/D) for the D/2 pairs."""
    for D in (2 * rng.permutation(np.arange(3, 40))[:3]).tolist():
        got = call(answer, D, hint="D is an even number, such as 6")
        got = _tensor(got, (D // 2,), "one frequency a pair of features, (D/2,)")
        i = torch.arange(0, D, 2).double()
        for wrong, words in (
            ((-i).exp(), "the factor is still -1: // rounds down after / has divided"),
            (_frequencies(D, 1.0), "they fall half as fast as they should: 2i, not i"),
            (_frequencies(D, 4.0), "they fall twice as fast: you still divide by 2"),
            (1 / _frequencies(D), "they grow: the exponent is negative"),
            (_frequencies(D).flip(0), "in reverse: the first pair turns fastest"),
            (
                10_000.0 ** (-i / max(D - 2, 1)),
                "the last is 1/10000 exactly: divide by D, not by D - 2",
            ),
        ):
            assert not torch.allclose(got, wrong, rtol=1e-4), words
        assert torch.allclose(got, _frequencies(D), rtol=1e-5), (
            f"wrong values for D = {D}: {got[:3].tolist()}"
        )


def _rotate(x: Tensor, offset: float, theta: Tensor, axis: int = -2) -> Tensor:
    """Pairs of neighbors, turned by place × theta; places run along `axis`."""
    places = torch.arange(x.shape[axis]).double() + offset
    shape = [1] * x.dim()
    shape[axis] = -1
    angles = places.view(shape) * theta
    a, b = x[..., 0::2], x[..., 1::2]
    turned = a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()
    return torch.stack(turned, -1).flatten(-2)


def _by_halves(x: Tensor, offset: int, theta: Tensor) -> Tensor:
    shuffled = torch.stack(x.chunk(2, -1), -1).flatten(-2)
    turned = _rotate(shuffled, offset, theta)
    return torch.cat([turned[..., 0::2], turned[..., 1::2]], -1)


def check_rotate(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, offset)` must turn neighbors of (B, H, T, d) by place × frequency."""
    B, H, T = rng.permutation(np.arange(2, 8))[:3].tolist()
    d = int(rng.choice([8, 10, 12]))
    x, theta = torch.tensor(rng.normal(size=(B, H, T, d))), _frequencies(d)
    first, second = rng.permutation(np.arange(3, 30))[:2].tolist()
    hint = "T and d are the last two axes; x[..., 0::2] and x[..., 1::2] are the pairs"
    got = call(answer, x.clone(), first, hint=hint)
    got = _tensor(got, (B, H, T, d), "the shape of x")
    right = _rotate(x, first, theta)
    for wrong, words in (
        (_rotate(x, 0, theta), "the offset is not used"),
        (_rotate(x, -first, -theta), "the offset turns the wrong way"),
        (_rotate(x, first, -theta), "turned the wrong way: the sine's signs"),
        (_rotate(x, first + 1, theta), "the first token stands at offset, not after"),
        (_by_halves(x, first, theta), "features i and i + d/2 are paired, as in n2t"),
        (
            torch.cat([right[..., 0::2], right[..., 1::2]], -1),
            "turned right, but put back as two halves: interleave them again",
        ),
        (_rotate(x, first, _frequencies(d, 1.0)), "the exponent is -2i/d, not -i/d"),
        (_rotate(x, first, theta, axis=-3), "places run along heads, not along tokens"),
    ):
        assert not torch.allclose(got, wrong, atol=1e-6), words
    assert torch.allclose(got, right, atol=1e-5), (
        "wrong values: try one pair, d = 2, and places 0 and 1"
    )
    again = call(answer, x.clone(), second, hint=hint).double()
    assert not torch.allclose(again, right, atol=1e-6), (
        "the second call, with another offset, got the first one's angles: what is "
        "the memo's key?"
    )
    assert torch.allclose(again, _rotate(x, second, theta), atol=1e-5), (
        f"right for offset {first}, wrong for offset {second}"
    )


def check_alibi(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(slopes, Tq, Tk)` must be -slope · distance, last query at last key."""
    H, Tq, extra = rng.permutation(np.arange(2, 8))[:3].tolist()
    Tk = Tq + extra + 8  # never H or Tq
    slopes = torch.tensor(rng.uniform(0.1, 1.0, size=H))
    hint = "slopes[:, None, None] is (H, 1, 1); places broadcast to (Tq, Tk)"
    got = call(answer, slopes.clone(), Tq, Tk, hint=hint)
    got = _tensor(got, (H, Tq, Tk), "(H, Tq, Tk)")
    for wrong, words in _wrong_biases(slopes, Tq, Tk):
        assert not torch.allclose(got, wrong, atol=1e-9), words
    right = _bias(slopes, Tq, Tk)
    assert torch.allclose(got, right, rtol=0, atol=1e-6), (
        "wrong values: write down the distances for Tq = 1, Tk = 3: 2, 1, 0"
    )
    same = call(answer, slopes.clone(), Tk, Tk, hint="Tq = Tk must work too")
    assert torch.allclose(same.double(), _bias(slopes, Tk, Tk), rtol=0, atol=1e-6), (
        "wrong for Tq = Tk, with keys to the right of a query: distance is |i - j|"
    )


def _distance(Tq: int, Tk: int, start: int) -> Tensor:
    query, key = torch.arange(start, start + Tq), torch.arange(Tk)
    return (query[:, None] - key).double()


def _bias(slopes: Tensor, Tq: int, Tk: int) -> Tensor:
    return -slopes[:, None, None] * _distance(Tq, Tk, Tk - Tq).abs()


def _wrong_biases(slopes, Tq, Tk):
    """Known wrong answers, each with what to say of it."""
    s, d = slopes[:, None, None], _distance(Tq, Tk, Tk - Tq)
    H = len(slopes)
    paper = 2.0 ** (-8 * torch.arange(1, H + 1).double() / H)
    return [
        (-s * _distance(Tq, Tk, 0).abs(), "the first query stands at the first key"),
        (
            -s * _distance(Tq, Tk, Tk - Tq + 1).abs(),
            "off by one: the last query's own key has distance 0",
        ),
        (s * d.abs(), "a reward for distance: the sign"),
        (-s * d, "keys to the right get a reward: distance is never negative"),
        (-s * d**2, "the square of the distance: the price is linear"),
        (-paper[:, None, None] * d.abs(), "you made slopes of your own: use slopes"),
        (-d.abs().expand(H, Tq, Tk), "every head pays the same: where are the slopes?"),
        (-d.abs() / s, "divided by the slope: a steep head pays more"),
    ]
