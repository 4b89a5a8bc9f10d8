"""Attentions, drawn anew, for a test that must tell whether values enter linearly.

The right ones are linear in the values to about 1e-13. In a wrong one the output for a
sum of two values is off from the sum of the outputs by more than `FAINT`, for standard
normal queries, keys and values of any shape, wherever each query sees two keys at
least.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

FAINT = 1e-5

Attend = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
Case = tuple[Attend, bool, str]


def cases(rng: np.random.Generator) -> list[Case]:
    """(attention, is it linear in the values, what it is), in the order of telling."""
    found = [*_right(rng), *_wrong(rng), *_by_moving(rng), *_in_part(rng)]
    return [(_given(attend), linear, what) for attend, linear, what in found]


def _given(attend: Attend) -> Attend:
    """`attend` on copies in float64; `ValueError` for shapes that do not fit."""

    def checked(query, key, value, mask):
        query, key, value = (
            torch.as_tensor(x).detach().to(torch.float64, copy=True)
            for x in (query, key, value)
        )
        mask = torch.as_tensor(mask).bool()
        shapes = [tuple(x.shape) for x in (query, key, value, mask)]
        good = query.ndim == key.ndim == 3 and key.shape == value.shape
        good = good and query.shape[::2] == key.shape[::2]
        seen = (len(query), query.shape[1], key.shape[1]) if good else None
        if not good or mask.ndim > 3:
            raise ValueError(f"attend wants query, key, value, mask; got {shapes}")
        try:
            mask = mask.expand(seen)
        except RuntimeError:
            raise ValueError(f"the mask must be {seen}; got {shapes[3]}") from None
        return attend(query, key, value, mask).clone()

    return checked


def _weights(scores: Tensor, mask: Tensor) -> Tensor:
    alive = mask.any(-1, keepdim=True)
    scores = scores.masked_fill(alive & ~mask, -torch.inf)
    return scores.softmax(-1).masked_fill(~alive, 0)


def _dot(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.mT / query.shape[-1] ** 0.5


def _plain(query, key, value, mask):
    return _weights(_dot(query, key), mask) @ value


def _places(x: Tensor) -> Tensor:
    return torch.arange(x.shape[1], dtype=x.dtype)


def _right(rng: np.random.Generator) -> list[Case]:
    size, steep = float(rng.uniform(30, 45)), float(rng.uniform(0.2, 1))

    def additive(query, key, value, mask):
        scores = (query[:, :, None] + key[:, None]).tanh().sum(-1)
        return _weights(scores, mask) @ value

    def near(query, key, value, mask):
        gaps = (_places(query)[:, None] - _places(key)).abs()
        return _weights(_dot(query, key) - steep * gaps, mask) @ value

    def linear(query, key, value, mask):
        shares = (query.exp() @ key.exp().mT) * mask
        return shares / shares.sum(-1, keepdim=True).clamp(min=1e-99) @ value

    def best(query, key, value, mask):
        scores = _dot(query, key).masked_fill(~mask, -torch.inf)
        return (scores == scores.amax(-1, keepdim=True)).double() @ value

    return [
        (_plain, True, "a scaled dot product"),
        (additive, True, "an additive attention"),
        (near, True, "one that prefers keys near by"),
        (linear, True, "a linear attention"),
        (best, True, "one that takes the best key"),
        (lambda q, k, v, m: _weights(0 * _dot(q, k), m) @ v, True, "a plain mean"),
        (lambda q, k, v, m: size * _plain(q, k, v, m), True, "one with large outputs"),
        (lambda q, k, v, m: q * _plain(q, k, v, m), True,
         "one whose output is multiplied by the query"),
        (lambda q, k, v, m: _plain(q, k, v.flip(-1), m), True,
         "one that turns features round"),
    ]  # fmt: skip


def _normalized(x: Tensor) -> Tensor:
    centered = x - x.mean(-1, keepdim=True)
    return centered / centered.square().mean(-1, keepdim=True).sqrt().clamp(min=1e-99)


def _shares(x: Tensor) -> Tensor:
    """(B, Tk), divided by the root of each row's sum of squares."""
    return x / x.square().sum(-1, keepdim=True).sqrt().clamp(min=1e-99)


def _wrong(rng: np.random.Generator) -> list[Case]:
    """Values have a say in the weights, or are averaged in another way."""
    share = float(rng.uniform(0.5, 1))

    def in_scores(query, key, value, mask):
        return _weights(_dot(query, key + share * value), mask) @ value

    def normalized_in_scores(query, key, value, mask):
        scores = _dot(query.tanh(), key.tanh()) + 3 * _shares(value.sum(-1))[:, None]
        return _weights(scores, mask) @ value

    def large_preferred(query, key, value, mask):  # f(-v) = -f(v), f(2 v) = 2 f(v)
        sizes = value.abs().sum(-1)
        scores = _dot(query.tanh(), key.tanh()) + 3 * _shares(sizes)[:, None]
        return _weights(scores, mask) @ value

    def root_mean_square(query, key, value, mask):
        weights = _weights(_dot(query, key), mask)
        return (weights @ value.square()).sqrt()

    return [
        (in_scores, False, "one with values in its scores"),
        (normalized_in_scores, False, "one with normalized values in its scores"),
        (large_preferred, False, "one that prefers large values"),
        (root_mean_square, False, "a root mean square in place of the mean"),
    ]


def _by_moving(rng: np.random.Generator) -> list[Case]:
    """Something is added to values or outputs, or they are bent."""
    moved = float(rng.choice([-1, 1]) * rng.uniform(0.2, 2))
    faint, size = FAINT * float(rng.uniform(2, 4)), float(rng.uniform(30, 45))

    def bent(x):
        return (x.square() + 1).sqrt()

    return [
        (lambda q, k, v, m: _plain(q, k, v, m) + moved, False,
         "one that adds a number to the output"),
        (lambda q, k, v, m: _plain(q, k, v + moved, m), False,
         "one that adds a number to the values"),
        (lambda q, k, v, m: _plain(q, k, v, m) + q + moved, False,
         "one that adds the query"),
        (lambda q, k, v, m: _plain(q, k, v.tanh(), m), False, "one that bounds values"),
        (lambda q, k, v, m: _plain(q, k, v, m).tanh(), False,
         "one that bounds outputs"),
        (lambda q, k, v, m: torch.nn.functional.softplus(_plain(q, k, v, m)), False,
         "one that makes outputs positive"),
        (lambda q, k, v, m: _plain(q, k, v.exp(), m), False,
         "one that makes values positive"),
        (lambda q, k, v, m: _normalized(_plain(q, k, v, m)), False,
         "one that normalizes outputs"),
        (lambda q, k, v, m: size * _plain(q, k, v, m) + faint, False,
         "one that adds a little to large outputs"),
        (lambda q, k, v, m: size * _plain(q, k, v, m)
         + 20 * faint * bent(_weights(_dot(q, k), m) @ v), False,
         "one that bends large outputs a little"),
    ]  # fmt: skip


def _in_part(rng: np.random.Generator) -> list[Case]:
    """Wrong in one feature, one row of the batch or one query alone."""
    moved = float(rng.choice([-1, 1]) * rng.uniform(0.2, 2))
    feature = int(rng.integers(8))

    def only(where: Callable) -> Attend:
        def attend(query, key, value, mask):
            output = _plain(query, key, value, mask)
            bent = moved * (output.square() + 1).sqrt()
            return output + bent * where(*output.shape)

        return attend

    def at(size: int, place: int) -> Tensor:
        return (torch.arange(size) == place % size).double()

    found = [
        (lambda B, T, d: at(d, feature), "in a single feature"),
        (lambda B, T, d: at(d, feature + 1), "in a single feature"),
    ]
    for place, name in ((0, "first"), (-1, "last")):
        found += [
            (lambda B, T, d, place=place: at(B, place)[:, None, None],
             f"in the {name} row of the batch"),
            (lambda B, T, d, place=place: at(T, place)[:, None],
             f"in the {name} query"),
        ]  # fmt: skip
    return [(only(where), False, f"one that bends {what}") for where, what in found]
