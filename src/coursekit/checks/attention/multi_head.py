"""Checks of chapter 12: merged heads, permutations, and heads that share."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask, avoids, run_or_say
from coursekit.checks.attention import layers
from coursekit.checks.values import boolean, expect, sizes, tensor
from coursekit.kernel import strides
from coursekit.kernel.calls import Record, weights_like


def check_merge_heads(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x)` must turn (..., H, T, d) into (..., T, H d), heads side by side."""
    B, H, T, d = sizes(rng, 4, 2, 8)
    x = torch.tensor(rng.normal(size=(B, H, T, d)))
    _check_merged(answer, x, _wrong_merges)
    for shape in ((B, 1, T, d), (B, H, 1, d), (B, T, T, d), (B, H, T, 1), (1, H, T, d)):
        _check_merged(answer, torch.tensor(rng.normal(size=shape)))
    whole = torch.tensor(rng.integers(2**60, size=(B, H, T, d)))
    for other in (whole, whole % 2 == 0, x.float(), x.to(torch.bfloat16)):
        _check_merged(answer, other)
    axes = int(rng.integers(2)), int(rng.integers(2, 4))
    hint = f"when x is stored with its axes {axes} swapped, as after a transpose"
    got = run_or_say(strides.stored_swapped, answer, x, *axes, hint=hint)
    expect(_read_merged(got, x), _merged(x), hint + ", the result", tolerance=0)
    for front in ((), (B, d), (T, H), (H, 1, d), (2, B, 1, 2)):
        _check_merged(answer, torch.tensor(rng.normal(size=(*front, H, T, d))))


def _check_merged(answer: Callable, x: Tensor, mistakes: Callable | None = None):
    hint = (
        "x has any sizes and type, and any number of axes in front of (H, T, d); if a "
        f"view fails, flatten or reshape it; here its shape is {tuple(x.shape)}"
    )
    smooth = x.dtype in (torch.float32, torch.float64)
    record = ask(answer, x, hint=hint, gradients=(0,) if smooth else ())
    got, right = _read_merged(record.value, x), _merged(x)
    if mistakes is not None:
        expect(got, right, "the result", lambda: mistakes(x), tolerance=0)
    name = f"for (..., H, T, d) = {tuple(x.shape)} in {x.dtype}, the result"
    assert torch.equal(got, right), (
        f"{name} is wrong: compare with torch.cat over heads"
    )
    if smooth:
        _check_gradient(record.gradients[0], weights_like(right), "x", 1e-6)


def _read_merged(got, x: Tensor) -> Tensor:
    *front, H, T, d = x.shape
    why = (
        "whatever number of axes in front, tokens stay the last axis but one, and the "
        "last axis holds all heads"
    )
    tensor(got, (*front, T, H * d), "(..., T, H d)", _kind(x), why)
    assert got.dtype == x.dtype, f"wanted {x.dtype}, as x has; got {got.dtype}"
    return got


def _kind(x: Tensor) -> str:
    if x.dtype == torch.bool:
        return "b"
    return "f" if x.is_floating_point() else "i"


def _merged(x: Tensor) -> Tensor:
    """The merged heads, one number after the other."""
    *front, H, T, d = x.shape
    out = torch.empty(*front, T, H * d, dtype=x.dtype)
    for h in range(H):
        for f in range(d):
            out[..., h * d + f] = x[..., h, :, f]
    return out


def _wrong_merges(x: Tensor):
    """Known wrong answers, each with what to say of it."""
    B, H, T, d = x.shape
    backwards = torch.cat([x[:, h] for h in reversed(range(H))], -1)
    return [
        (x.reshape(B, T, H * d), "still the published bug: nothing has moved"),
        (
            x.permute(0, 2, 3, 1).reshape(B, T, H * d),
            "features of the heads alternate: head 0 comes first, whole",
        ),
        (backwards, "the heads are in reverse: W_O would read them in the wrong order"),
        (
            x.transpose(2, 3).reshape(B, T, H * d),
            "you swapped tokens with features: swap heads with tokens",
        ),
    ]


def _check_gradient(got, wanted: Tensor, name: str, tolerance: float) -> None:
    """The gradient's values, in any order: a variant may lay its axes otherwise."""
    assert got is not None, (
        f"no gradient reaches {name}: stay in torch, without detach, .data or NumPy"
    )
    assert got.numel() == wanted.numel(), f"the gradient of {name} has another size"
    values = [np.sort(grad.double().numpy().ravel()) for grad in (got, wanted)]
    gap, size = np.abs(values[0] - values[1]).max(), np.abs(values[1]).max()
    assert gap <= tolerance * max(1.0, size), (
        f"the output is right, but not its gradient with respect to {name}: is a part "
        "of the computation detached?"
    )


def check_is_equivariant(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(layer)` must say whether permuting tokens only permutes outputs."""
    cases = layers.cases(rng)
    answers: list = [None] * len(cases)
    hint = "layer takes a float64 tensor (B, T, 6), with at least 1 token"
    for place in rng.permutation(len(cases)):
        got = ask(answer, cases[place][0], hint=hint).value
        answers[place] = boolean(got)
    told = [(got, *case[1:]) for got, case in zip(answers, cases, strict=True)]
    assert not all(got for got, _, _ in told), "you say yes to every layer"
    assert sum(got for got, alike, _ in told if alike) > 1, (
        "you say no to all right layers, or to all but one: do you permute the outputs "
        "too before you compare, along axis 1 alone, with a tolerance above rounding?"
    )
    for got, alike, what in told:
        advice = (
            "an order that is special (a reversal, a rotation, one that leaves tokens "
            "in place), a single row or feature, or a wide tolerance lets it through"
            if got
            else "permute along axis 1 alone, and compare with a tolerance above "
            "rounding"
        )
        assert got == alike, f"{what}: your test says {got}; {advice}"


def check_grouped_attention(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(q, k, v)` must share each of G key and value heads by H/G neighbors."""
    G, share = sizes(rng, 2, 2, 5)
    B, Tq, Tk, d_k, d_v = sizes(rng, 5, 2, 8)
    general = _draw(rng, B, (G * share, G), (Tq, Tk), (d_k, d_v))
    _check_grouped(answer, general, mistakes=_wrong_groups)
    _check_strides(answer, general)
    many, square = int(rng.integers(4, 7)), int(rng.integers(9, 13))
    for rows, heads, lengths in (
        (B, (share, 1), (Tq, Tk)),
        (B, (G, G), (Tq, Tk)),
        (1, (1, 1), (Tq, Tk)),
        (1, (G * share, G), (1, Tk)),
        (B, (G * share, G), (Tq, 1)),
        (1, (2 * many, many), (square, square)),
        (1, (G * share, G), (2, int(rng.integers(40, 70)))),
    ):
        widths = sizes(rng, 2, 1, 7)
        _check_grouped(answer, _draw(rng, rows, heads, lengths, widths))
    _check_grouped(answer, [x.float() for x in general], tolerance=2e-5)
    for dtype, tolerance in ((torch.float64, 1e-9), (torch.float32, 1e-3)):
        large = _large(rng, B, (G * share, G), (Tq, Tk), d_v)
        large = [x.to(dtype) for x in large]
        _check_grouped(answer, large, what="large scores, ", tolerance=tolerance)


def _check_strides(answer: Callable, inputs: list) -> None:
    """Heads come straight from a transpose: they are not contiguous in memory."""
    hint = "when q, k and v come straight from a transpose, as heads do"
    got = run_or_say(
        strides.all_stored_swapped, answer, *inputs, one=1, other=2, hint=hint
    )
    (B, H, Tq, _), d_v = inputs[0].shape, inputs[2].shape[-1]
    tensor(got, (B, H, Tq, d_v), "(B, H, Tq, d_v)")
    expect(got, _slowly(*inputs)[0], hint + ", the output", tolerance=1e-9)


def _draw(rng, B: int, heads: tuple, lengths: tuple, widths: tuple) -> list[Tensor]:
    (H, G), (Tq, Tk), (d_k, d_v) = heads, lengths, widths
    shapes = (B, H, Tq, d_k), (B, G, Tk, d_k), (B, G, Tk, d_v)
    return [torch.tensor(rng.normal(size=shape)) for shape in shapes]


def _large(rng, B: int, heads: tuple, lengths: tuple, d_v: int) -> list[Tensor]:
    """Inputs with scores in the hundreds, of either sign, all exact in float32 too."""
    q, k, v = _draw(rng, B, heads, lengths, (4, d_v))
    q, k = (torch.tensor(rng.integers(-12, 13, size=x.shape) / 4) for x in (q, k))
    turns = rng.permutation(np.resize([-2.0, 2.0], q.shape[2]))
    q[..., 0] = torch.tensor(turns)  # some queries' scores lie far above others'
    k[..., 0] = torch.tensor(rng.choice([-1, 1], size=(*k.shape[:2], 1)) * 900.0)
    return [q.double(), k.double(), v]


def _check_grouped(
    answer: Callable, inputs: list, mistakes=None, what="", tolerance=1e-9
) -> None:
    q, k, v = inputs
    B, H, Tq, d_k = q.shape
    (G, Tk), d_v = k.shape[1:3], v.shape[-1]
    sizes_are = f"H = {H}, G = {G}, Tq = {Tq}, Tk = {Tk}, {q.dtype}"
    record = ask(
        answer, q, k, v, hint=f"for {sizes_are}", gradients=(0, 1, 2), watch=("",)
    )
    why = "one output for each query head"
    tensor(record.value, (B, H, Tq, d_v), "(B, H, Tq, d_v)", why=why)
    _check_own(record)
    right, gradients = _slowly(q, k, v)
    found = (lambda: mistakes(q, k, v)) if mistakes else ()
    name = f"for {what}{sizes_are}, the output"
    expect(record.value, right, name, found, tolerance)
    names = zip("qkv", record.gradients, gradients, strict=True)
    for name, got, wanted in names:
        _check_gradient(got, wanted, name, max(1e-6, 20 * tolerance))


def _check_own(record: Record) -> None:
    """Refuse an answer that called an attention of torch or of the course."""
    marks = "scaled_dot_product", "multi_head_attention", "MultiheadAttention"
    ready = [
        name
        for name in record.called
        if not name.startswith("__main__.")
        and (name.startswith("n2t.") or any(mark in name for mark in marks))
    ]
    avoids(record, ready, "write the attention yourself, with matrix products")


def _slowly(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, tuple]:
    """The output, one head after the other in float64, and its gradients."""
    inputs = [x.detach().to(torch.float64, copy=True) for x in (q, k, v)]
    q, k, v = (x.requires_grad_() for x in inputs)
    (_, H, _, d_k), G = q.shape, k.shape[1]
    heads = []
    for h in range(H):
        keys, values = (x[:, None, h // (H // G)] for x in (k, v))  # (B, 1, Tk, d)
        s = (q[:, h, :, None] * keys).sum(-1) / math.sqrt(d_k)  # (B, Tq, Tk)
        exps = (s - s.detach().amax(-1, keepdim=True)).exp()
        weights = exps / exps.sum(-1, keepdim=True)
        heads.append((weights[..., None] * values).sum(2))
    out = torch.stack(heads, 1)
    gradients = torch.autograd.grad((out * weights_like(out)).sum(), inputs)
    return out.detach(), gradients


def _wrong_groups(q, k, v):
    """Known wrong answers, each with what to say of it."""
    share = q.shape[1] // k.shape[1]

    def attend(k, v, scale=None, dim=-1):
        scale = q.shape[-1] ** -0.5 if scale is None else scale
        return (q @ k.mT * scale).softmax(dim) @ v

    d_v = v.shape[-1]
    near = [x.repeat_interleave(share, 1) for x in (k, v)]
    far = [x.repeat(1, share, 1, 1) for x in (k, v)]
    first = [x[:, :1] for x in (k, v)]
    mean = [x.mean(1, keepdim=True) for x in (k, v)]
    return [
        (attend(*far), "heads 0 and G share a key head; a group is of *neighbors*"),
        (attend(near[0], far[1]), "keys go by neighbors, values do not"),
        (attend(far[0], near[1]), "values go by neighbors, keys do not"),
        (attend(*first), "every query head uses key head 0"),
        (attend(*mean), "the key heads are averaged: each group keeps its own"),
        (attend(*near, scale=1.0), "the scores are not divided by √d_k"),
        (attend(*near, scale=1 / q.shape[-1]), "divided by d_k, not by its root"),
        (attend(*near, scale=d_v**-0.5), "divided by √d_v: keys are as wide as d_k"),
        (attend(*near, dim=-2), "the softmax runs over queries, not over keys"),
    ]
