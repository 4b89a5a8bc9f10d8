"""Layers (B, T, 6) -> (B, T, 6), drawn anew, some of which know the tokens' order.

Those that treat tokens alike do so to about 1e-13, for inputs of any size. Those that
do not show it for every T from `LENGTH` up, however many rows there are, and by more
than `FAINT`. No layer mixes rows of a batch.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

WIDTH, LENGTH = 6, 3
FAINT = 1e-5  #: by how much an output is off at least

Layer = Callable[[Tensor], Tensor]
Case = tuple[Layer, bool, str]


def cases(rng: np.random.Generator) -> list[Case]:
    """(layer, does it treat tokens alike, what it is), in the order of telling."""
    found = [*_right(rng), *_by_mixing(rng), *_by_place(rng), *_in_part(rng)]
    return [(_on_tokens(layer), alike, what) for layer, alike, what in found]


def _right(rng: np.random.Generator) -> list[Case]:
    heads = rng.permutation([1, 2, 3, 6])[:2].tolist()
    order = torch.tensor(rng.permutation(WIDTH))
    return [
        (_attention(rng, heads[0]), True, f"an attention, number of heads {heads[0]}"),
        (_attention(rng, heads[1]), True, f"an attention, number of heads {heads[1]}"),
        (lambda x: x.mean(1, keepdim=True) + 0 * x, True, "the mean, for every token"),
        (lambda x: x[..., order].tanh() * 3, True, "each token by itself"),
        (lambda x: x - x.amax(1, keepdim=True), True, "a distance to the largest"),
        (_normalized, True, "one that normalizes each feature over the tokens"),
    ]


def _by_mixing(rng: np.random.Generator) -> list[Case]:
    """Layers that mix up heads with tokens, or know how far tokens are apart."""
    way = int(rng.choice([-1, 1]))
    share, steep = (float(rng.choice([-1, 1]) * rng.uniform(0.3, 2)) for _ in range(2))
    return [
        (_attention(rng, 2, split=False), False, "the published split"),
        (_attention(rng, 2, merge=False), False, "the published merge"),
        (_attention(rng, int(rng.choice([1, 2, 3])), causal=True), False,
         "a causal attention"),
        (lambda x: _by_distance(x, steep), False,
         "one that knows distances, left and right alike"),
        (lambda x: x + share * x.roll(way, dims=1), False,
         "one that goes round: each token and a neighbor"),
        (lambda x: x.flip(1), False, "one that turns the tokens round"),
        (lambda x: x.sort(dim=1).values, False, "one that sorts"),
        (lambda x: x.cumsum(1), False, "a sum of the tokens so far"),
    ]  # fmt: skip


def _by_place(rng: np.random.Generator) -> list[Case]:
    """Layers to which a token's place matters."""
    attend, anywhere = _attention(rng, 2), float(rng.random())
    offset = float(rng.choice([-1, 1]) * rng.uniform(30, 60))
    scale, faint = float(rng.uniform(1.5, 3)), FAINT * (1.5 + float(rng.random()))
    place, feature = float(rng.random()), int(rng.integers(WIDTH))

    def there(x: Tensor) -> Tensor:  # 1 at the drawn place, else 0
        return (_places(x) == _at(place, x.shape[1])).double()

    def alone(x: Tensor) -> Tensor:  # 1 at the drawn place in the drawn feature, else 0
        return there(x) * (torch.arange(WIDTH) == feature)

    return [
        (lambda x: attend(x) + offset + 1.1 * FAINT * alone(x), False,
         "one that errs at a single place, in a single feature, faintly"),
        (lambda x: attend(x) + 3 * FAINT * there(x) * x, False,
         "one that errs at a single place, by a small share of the input"),
        (lambda x: attend(x + scale * _places(x)), False, "one that knows places"),
        (_special(0.0, scale), False, "one that treats the first token apart"),
        (_special(1.0, scale), False, "one that treats the last token apart"),
        (_special(anywhere, scale), False, "one that treats some token apart"),
        (lambda x: attend(x) + offset + faint * _places(x), False,
         "one that knows places, faintly"),
    ]  # fmt: skip


def _in_part(rng: np.random.Generator) -> list[Case]:
    """Layers that know places in one feature or in one row of a batch alone."""
    one, other = rng.permutation(WIDTH)[:2].tolist()
    attend = _attention(rng, 3)

    def in_feature(feature: int) -> Layer:
        return lambda x: attend(x) + _places(x) * (torch.arange(WIDTH) == feature)

    def in_row(share: float) -> Layer:
        def layer(x):
            rows = torch.arange(len(x)) == _at(share, len(x))
            return attend(x) + _places(x) * rows[:, None, None]

        return layer

    return [
        (in_feature(one), False, "one that knows places in a single feature"),
        (in_feature(other), False, "one that knows places in a single feature"),
        (in_row(0.0), False, "one that knows places in the first row of the batch"),
        (in_row(1.0), False, "one that knows places in the last row of the batch"),
    ]


def _on_tokens(layer: Layer) -> Layer:
    """`layer` on a copy of its input in float64; `ValueError` for another shape."""

    def checked(x):
        x = torch.as_tensor(x).detach().to(torch.float64, copy=True)
        if x.ndim != 3 or x.shape[-1] != WIDTH:
            raise ValueError(f"layer takes (B, T, {WIDTH}), got {tuple(x.shape)}")
        return layer(x).clone()

    return checked


def _small(x: Tensor) -> Tensor:
    """Each number brought between -1 and 1, different ones to different places."""
    return x / (1 + x.abs())


def _places(x: Tensor) -> Tensor:
    """0, 1, 2, ... along the tokens, (T, 1)."""
    return torch.arange(x.shape[1], dtype=x.dtype)[:, None]


def _at(share: float, count: int) -> int:
    """The place that lies so far (0 to 1) along `count` places."""
    return min(int(share * count), count - 1)


def _normalized(x: Tensor) -> Tensor:
    centered = x - x.mean(1, keepdim=True)
    return centered / (1e-3 + centered.square().mean(1, keepdim=True)).sqrt()


def _by_distance(x: Tensor, steep: float) -> Tensor:
    """Each token averages all, by how far they are away."""
    gaps = (_places(x) - _places(x).T).abs()  # (T, T)
    return (-steep * gaps).softmax(-1) @ x


def _special(share: float, scale: float) -> Layer:
    def layer(x):
        x[:, _at(share, x.shape[1])] *= scale
        return x

    return layer


def _attention(
    rng: np.random.Generator,
    heads: int,
    causal: bool = False,
    split: bool = True,
    merge: bool = True,
) -> Layer:
    """Self-attention with drawn weights; `split`, `merge`: with their transposes."""
    weights = torch.tensor(rng.normal(size=(4, WIDTH, WIDTH)) / WIDTH**0.5)

    def layer(x):
        B, T, _ = x.shape
        x, shape = _small(x), (B, T, heads, WIDTH // heads)
        if split:
            q, k, v = ((x @ w).reshape(shape).transpose(1, 2) for w in weights[:3])
        else:
            shape = B, heads, T, WIDTH // heads
            q, k, v = ((x @ w).reshape(shape) for w in weights[:3])
        scores = q @ k.mT / (WIDTH // heads) ** 0.5
        if causal:
            hidden = torch.ones(T, T, dtype=torch.bool).triu(1)
            scores = scores.masked_fill(hidden, -torch.inf)
        out = scores.softmax(-1) @ v
        out = out.transpose(1, 2) if merge and split else out
        return out.reshape(B, T, WIDTH) @ weights[3]

    return layer
