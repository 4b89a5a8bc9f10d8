"""Checks of chapter 12: merged heads, permutations, and heads that share."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from n2t.attention import MultiHeadAttention, scaled_dot_product_attention

WIDTH = 6
"""Features of a token for the layers that `is_equivariant` judges."""


def check_merge_heads(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x)` must turn (B, H, T, d) into (B, T, H d), heads side by side."""
    B, H, T, d = rng.permutation(np.arange(2, 8))[:4].tolist()
    x = torch.tensor(rng.normal(size=(B, H, T, d)))
    hint = "a transposed tensor has no view: flatten or reshape it"
    got = call(answer, x.clone(), hint=hint)
    assert isinstance(got, Tensor), f"wanted a tensor, got {type(got).__name__}"
    assert got.shape == (B, T, H * d), (
        f"wanted (B, T, H d) = {(B, T, H * d)}, got {tuple(got.shape)}: tokens stay on "
        "axis 1, and the last axis holds all heads"
    )
    right = torch.cat([x[:, h] for h in range(H)], dim=-1)
    for wrong, words in (
        (x.reshape(B, T, H * d), "still the published bug: nothing has moved"),
        (
            x.permute(0, 2, 3, 1).reshape(B, T, H * d),
            "features of the heads alternate: head 0 comes first, whole",
        ),
        (
            torch.cat([x[:, h] for h in reversed(range(H))], -1),
            "the heads are in reverse: W_O would read them in the wrong order",
        ),
        (
            x.transpose(2, 3).reshape(B, T, H * d),
            "you swapped tokens with features: swap heads with tokens",
        ),
    ):
        assert not torch.equal(got, wrong), words
    assert torch.equal(got, right), "wrong values: compare with torch.cat over heads"


class _Split(nn.Module):
    """Self-attention with two heads; `published` leaves the transposes out."""

    def __init__(self, published: bool = False, merge_only: bool = False):
        super().__init__()
        self.inner = MultiHeadAttention(WIDTH, 2).double()
        self.published, self.merge_only = published, merge_only

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        B, T, D = x.shape
        inner = self.inner
        names = inner.project_query, inner.project_key, inner.project_value
        if self.published:
            q, k, v = (f(x).reshape(B, 2, T, D // 2) for f in names)
        else:
            q, k, v = (f(x).view(B, T, 2, D // 2).transpose(1, 2) for f in names)
        heads = scaled_dot_product_attention(q, k, v)
        if not (self.published or self.merge_only):
            heads = heads.transpose(1, 2)
        return inner.project_output(heads.reshape(B, T, D))


def _layers() -> list[tuple[Callable, bool, str]]:
    """(layer, is it equivariant, what it is) for every layer to judge."""
    torch.manual_seed(0)
    library = MultiHeadAttention(WIDTH, 3, d_k=4, d_v=1).double()
    small = torch.tensor([1e-6], dtype=torch.float64)

    def places(x):
        return torch.arange(x.shape[1], dtype=x.dtype)[:, None]

    def by_distance(x):
        near = -(places(x) - places(x).T).abs()  # (T, T)
        return near.softmax(-1) @ x

    def last_is_special(x):
        return torch.cat([x[:, :-1], 2 * x[:, -1:]], dim=1)

    return [
        (library, True, "multi-head attention of n2t"),
        (_Split(), True, "an attention with two heads"),
        (lambda x: x.mean(1, keepdim=True) + 0 * x, True, "the mean, for every token"),
        (lambda x: x.flip(-1) ** 3, True, "each token by itself"),
        (_Split(published=True), False, "the published split"),
        (_Split(merge_only=True), False, "the published merge"),
        (lambda x: library(x, causal=True), False, "a causal attention"),
        (lambda x: library(x + places(x)), False, "one that knows places"),
        (by_distance, False, "one that knows distances, left and right alike"),
        (
            lambda x: x + x.roll(1, dims=1),
            False,
            "one that goes round: each token and the one before it",
        ),
        (last_is_special, False, "one that treats the last token apart"),
        (lambda x: x + small * places(x), False, "one that knows places, faintly"),
    ]


def check_is_equivariant(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(layer)` must say whether permuting tokens only permutes outputs."""
    torch.manual_seed(int(rng.integers(2**31)))
    cases = [(_verdict(answer, layer), *rest) for layer, *rest in _layers()]
    assert not all(got for got, _, _ in cases), "you say yes to every layer"
    assert any(got for got, _, _ in (*cases[:2], cases[3])), (
        "you say no to every right layer: the outputs must be permuted too before "
        "you compare"
    )
    for got, wanted, what in cases:
        advice = (
            "an order that is special (a reversal, a rotation, the batch, the "
            "features) or a wide tolerance lets it through"
            if got
            else "permute along axis 1 alone, and compare with a tolerance above "
            "rounding"
        )
        assert got == wanted, f"{what}: your test says {got}; {advice}"


def _verdict(answer: Callable, layer: Callable) -> bool:
    hint = "layer takes a float64 tensor (B, T, 6), with at least 2 tokens"
    got = call(answer, layer, hint=hint)
    if isinstance(got, Tensor) and got.dtype == torch.bool and got.numel() == 1:
        got = got.item()
    assert isinstance(got, (bool, np.bool_)), (
        f"wanted True or False, got {type(got).__name__}"
    )
    return bool(got)


def check_grouped_attention(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(q, k, v)` must share each of G key and value heads by H/G neighbors."""
    G, share = [(2, 3), (3, 2), (2, 4)][rng.integers(3)]
    H = G * share
    B, Tq, Tk, d_k, d_v = (rng.permutation([5, 7, 9, 10, 11])).tolist()
    shapes = (B, H, Tq, d_k), (B, G, Tk, d_k), (B, G, Tk, d_v)
    q, k, v = (torch.tensor(rng.normal(size=shape)) for shape in shapes)
    hint = "query heads outnumber key heads: give groups an axis, or repeat k and v"
    got = call(answer, q.clone(), k.clone(), v.clone(), hint=hint)
    assert isinstance(got, Tensor), f"wanted a tensor, got {type(got).__name__}"
    wanted = (B, H, Tq, d_v)
    assert got.shape == wanted, (
        f"wanted (B, H, Tq, d_v) = {wanted}, got {tuple(got.shape)}: one output for "
        "each query head"
    )
    for wrong, words in _wrong_groups(q, k, v, share):
        assert not torch.allclose(got, wrong), words
    right = scaled_dot_product_attention(q, k, v)
    assert torch.allclose(got, right, rtol=0, atol=1e-10), (
        "wrong values: write it as a loop over query heads h, with key head h // (H/G)"
    )
    one = call(answer, q, k[:, :1], v[:, :1], hint="G = 1 (multi-query) must work too")
    right = scaled_dot_product_attention(q, k[:, :1], v[:, :1])
    assert torch.allclose(one, right, rtol=0, atol=1e-10), "wrong values for G = 1"


def _wrong_groups(q, k, v, share):
    """Known wrong answers, each with what to say of it."""

    def attend(k, v, scale=None, dim=-1):
        scale = q.shape[-1] ** -0.5 if scale is None else scale
        return (q @ k.mT * scale).softmax(dim) @ v

    B, G, _, d_v = v.shape
    near = [x.repeat_interleave(share, 1) for x in (k, v)]
    far = [x.repeat(1, share, 1, 1) for x in (k, v)]
    first = [x[:, :1].expand(-1, G * share, -1, -1) for x in (k, v)]
    mean = [x.mean(1, keepdim=True).expand(-1, G * share, -1, -1) for x in (k, v)]
    return [
        (attend(*far), "heads 0 and G share a key head; a group is of *neighbors*"),
        (attend(near[0], far[1]), "keys go by neighbors, values do not"),
        (attend(*first), "every query head uses key head 0"),
        (attend(*mean), "the key heads are averaged: each group keeps its own"),
        (attend(*near, scale=1.0), "the scores are not divided by √d_k"),
        (attend(*near, scale=d_v**-0.5), "divided by √d_v: keys are as wide as d_k"),
        (attend(*near, dim=-2), "the softmax runs over queries, not over keys"),
    ]
