"""Checks of chapter 15: RMSNorm and its gradients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask, avoids
from coursekit.checks.values import array, expect, parts, sizes, tensor
from coursekit.kernel.calls import Record, weights_like

READY = ("rms_norm", "layer_norm", "RMSNorm", "LayerNorm", "batch_norm", "group_norm")
DERIVES = ("torch.autograd.functional", "torch._functorch")
GRADIENTS = (
    "torch.autograd.grad",
    "torch.autograd.backward",
    "torch._tensor.Tensor.backward",
    "._EngineBase.run_backward",
)
OWN = "write the norm yourself"
NEARLY, EXACTLY = 1e-5, 1e-12  #: shares by which a gradient may be off
SHORT = {torch.float16: 2e-3, torch.bfloat16: 1.6e-2}
"""Types that are computed in float32, with two steps of each, as a share."""
MANY, TOGETHER = (96, 2048), 1 / 80
"""So many tokens and features: roundings at the end average out in most tokens, to far
less than this part of the share above; one of the root stays."""


def check_rms_norm(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, gain, epsilon)` must be x / √(mean(x²) + ε) · gain."""
    B, T, D = sizes(rng, 3, 3, 9)
    _check_rms(answer, *_draw(rng, (B, T, D)), mistakes=True)
    for front in ((), (T,), (D,), (1,), (2, B, 1), (D, D), (2, 1, 2, T)):
        _check_rms(answer, *_draw(rng, (*front, D)))
    _check_rms(answer, *_draw(rng, (B, T, 1)))
    x, gain, epsilon = _draw(rng, (T, B, D))
    _check_rms(answer, x.float(), gain.float(), epsilon)
    for size in (1e-3, 30.0, 1e3):
        _check_rms(answer, size * x + size, gain, epsilon)
    x[0, 1] = 0.0
    _check_rms(answer, x, gain, 1e-6)
    for dtype in SHORT:
        for size in (1.0, 2e-3, 2e3):
            wide, gains, _ = _draw(rng, (B, int(rng.integers(20, 60))))
            _check_rms(answer, (size * wide).to(dtype), gains.to(dtype), 1e-8)
        _check_rounding(answer, rng, dtype)


def _draw(rng: np.random.Generator, shape: tuple) -> tuple[Tensor, Tensor, float]:
    """x with a mean that is not 0, a gain, and an epsilon that cannot be left out."""
    x = torch.tensor(rng.normal(0.7, 1.0, size=shape))
    gain = torch.tensor(rng.uniform(0.5, 2.0, size=shape[-1]) * rng.choice([-1, 1]))
    return x, gain, float(rng.uniform(0.2, 0.9))


def rms(x: Tensor, gain: Tensor, epsilon: float) -> Tensor:
    """What is wanted, in float64."""
    x, gain = x.double(), gain.double()
    return x / (x.square().mean(-1, keepdim=True) + epsilon).sqrt() * gain


def _check_rms(
    answer: Callable, x: Tensor, gain: Tensor, epsilon: float, mistakes: bool = False
) -> None:
    what = f"for x of shape {tuple(x.shape)}, {str(x.dtype).removeprefix('torch.')}"
    smooth = x.dtype in (torch.float32, torch.float64)
    record = ask(
        answer,
        x,
        gain,
        epsilon,
        hint=f"{what}, gain {tuple(gain.shape)}, epsilon a number",
        gradients=(0, 1) if smooth else (),
        watch=("",),
    )
    _own(record)
    got, wanted = record.value, rms(x, gain, epsilon)
    tensor(got, tuple(x.shape), "the shape of x")
    assert got.dtype == x.dtype, f"{what}: wanted that type, got {got.dtype}"
    assert got.double().isfinite().all(), (
        f"{what}: the result has infinities or NaN; a square needs more room than its "
        "number: compute in float32"
    )
    known = (lambda: _wrong_norms(x, gain, epsilon)) if mistakes else ()
    share = SHORT.get(x.dtype) or {torch.float32: 2e-5}.get(x.dtype, 1e-9)
    name = f"{what}, numbers up to {x.abs().max().item():.0e}, the result"
    expect(got.double(), wanted, name, known, tolerance=share)
    if smooth:
        found = _gradients(x, gain, epsilon)
        pairs = zip(("x", "gain"), record.gradients, found, strict=True)
        for letter, one, other in pairs:
            _check_gradient(one, other, letter, share)


def _check_rounding(
    answer: Callable, rng: np.random.Generator, dtype: torch.dtype
) -> None:
    """The root keeps float32's digits: hardly a token is off as a whole.

    Some are where the result is rounded twice, before the gain and after: a root near
    a power of two then rounds all features alike. Hence the median.
    """
    x, gain, epsilon = _draw(rng, MANY)
    x = (x * torch.tensor(rng.uniform(0.5, 2.0, size=(MANY[0], 1)))).to(dtype)
    gain = gain.to(dtype)
    _check_rms(answer, x, gain, epsilon)
    got, wanted = ask(answer, x, gain, epsilon).value.double(), rms(x, gain, epsilon)
    off = (got * wanted).sum(-1) / wanted.square().sum(-1) - 1
    assert off.abs().median() <= SHORT[dtype] * TOGETHER, (
        f"for {str(dtype).removeprefix('torch.')}: all features of a token are off by "
        "the same share, so its root was rounded too early: compute in float32, and "
        "round at the end"
    )


def _own(record: Record) -> None:
    """Refuse an answer that called a norm of torch or of the course."""
    ready = [
        name
        for name in record.called
        if not name.startswith("__main__.")
        and (name.startswith("n2t.") or any(mark in name for mark in READY))
    ]
    avoids(record, ready, OWN)


def _gradients(x: Tensor, gain: Tensor, epsilon: float) -> tuple:
    x, gain = (part.double().requires_grad_() for part in (x, gain))
    wanted = rms(x, gain, epsilon)
    return torch.autograd.grad((wanted * weights_like(wanted)).sum(), (x, gain))


def _check_gradient(got, wanted: Tensor, name: str, share: float) -> None:
    assert got is not None, (
        f"no gradient reaches {name}: stay in torch, without detach, .data or NumPy"
    )
    assert got.isfinite().all(), (
        f"the gradient with respect to {name} has infinities or NaN: a root has an "
        "infinite slope at 0, and a token may be all zeros, so add ε before it"
    )
    gap, size = (got.double() - wanted).abs().max(), wanted.abs().max()
    assert gap <= 10 * share * max(1.0, float(size)), (
        f"the result is right, but not its gradient with respect to {name}: is a part "
        "of the computation detached?"
    )


def _wrong_norms(x: Tensor, gain: Tensor, epsilon: float):
    """Known wrong answers, each with what to say of it."""
    D = x.shape[-1]
    square = x.square().mean(-1, keepdim=True)
    centered = x - x.mean(-1, keepdim=True)
    variance = centered.square().mean(-1, keepdim=True)
    everywhere = x.square().mean()
    return [
        (x / (square.sqrt() + epsilon) * gain, "ε belongs inside the root"),
        (x / square.sqrt() * gain, "where is ε?"),
        (x / (square + epsilon) * gain, "the root is missing"),
        (x / (square + epsilon).sqrt(), "where is the gain?"),
        (x / (square + epsilon).sqrt() * (1 + gain), "the gain is the factor itself"),
        (
            x / (square * D + epsilon).sqrt() * gain,
            "a mean of the squares is wanted, not their sum",
        ),
        (
            x / (square * D / (D - 1) + epsilon).sqrt() * gain,
            "the mean divides by D, not by D - 1",
        ),
        (
            centered / (variance + epsilon).sqrt() * gain,
            "that is LayerNorm: RMSNorm does not center",
        ),
        (
            x / (variance + epsilon).sqrt() * gain,
            "the mean of the squares is not the variance",
        ),
        (
            x / (everywhere + epsilon).sqrt() * gain,
            "every token has a mean square of its own",
        ),
        (
            x / (x.square().mean(1, keepdim=True) + epsilon).sqrt() * gain,
            "the mean runs over tokens: it belongs to the features, the last axis",
        ),
        (
            x / (x.square().mean(0, keepdim=True) + epsilon).sqrt() * gain,
            "the mean runs over the batch: it belongs to the features, the last axis",
        ),
    ]


def check_rms_backward(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(dy, x, gain, epsilon)` must give the gradients for x and for gain."""
    B, T, D = sizes(rng, 3, 3, 9)
    _check_backward(answer, rng, (B, T, D), mistakes=True)
    for shape in ((D,), (T, D), (D, D), (1, D), (2, B, 1, D), (B, T, 1), (D, D, D)):
        _check_backward(answer, rng, shape)
    for size in (1e-2, 1e3):
        _check_backward(answer, rng, (T, B, D), size)


def _check_backward(
    answer: Callable,
    rng: np.random.Generator,
    shape: tuple,
    size: float = 1.0,
    mistakes: bool = False,
) -> None:
    x, gain, epsilon = _draw(rng, shape)
    x, dy = size * x, torch.tensor(rng.normal(0.3, 1.0, size=shape))
    what = f"for dy and x of shape {tuple(shape)}"
    record = ask(
        answer, dy, x, gain, epsilon, hint=f"{what}, gain {(shape[-1],)}", watch=("",)
    )
    derived = [name for name in record.called if name in GRADIENTS]
    avoids(record, (*DERIVES, *derived), "derive the formula")
    _own(record)
    dx, dgain = parts(record.value, ("dx", "dgain"))
    dx = array(dx, tuple(shape), "dx")
    dgain = array(dgain, (shape[-1],), "dgain", why="one number for each feature")
    known = _wrong_gradients(dy, x, gain, epsilon) if mistakes else ([], [])
    right = _backward(dy, x, gain, epsilon)
    for name, got, wanted, wrong in zip(
        ("dx", "dgain"), (dx, dgain), right, known, strict=True
    ):
        expect(got, wanted, f"{what}, {name}", wrong, tolerance=NEARLY)
        _exactly(got, wanted.numpy(), f"{what}, {name}")


def _exactly(got: np.ndarray, wanted: np.ndarray, name: str) -> None:
    """Refuse what comes near without a formula, or with fewer digits."""
    share = np.abs(got - wanted).max() / np.abs(wanted).max()
    assert share <= EXACTLY, (
        f"{name} is nearly right, but off by a share of {share:.0e}: a formula in "
        f"float64 is right to {EXACTLY:.0e}, differences and float32 are not"
    )


def _backward(dy: Tensor, x: Tensor, gain: Tensor, epsilon: float) -> tuple:
    leaves = x.clone().requires_grad_(), gain.clone().requires_grad_()
    return torch.autograd.grad(rms(*leaves, epsilon), leaves, dy)


def _wrong_gradients(dy: Tensor, x: Tensor, gain: Tensor, epsilon: float) -> tuple:
    D = x.shape[-1]
    square = x.square().mean(-1, keepdim=True)
    root = (square + epsilon).sqrt()
    y, inner = x / root, dy * gain
    unit = x / square.sqrt()

    def less(part, direction):
        return part - direction * (part * direction).mean(-1, keepdim=True)

    for_x = [
        (inner / root, "the root depends on x as well: a term is missing"),
        (less(dy, y) / root, "the gain stands between dy and the norm"),
        (less(dy, y) * gain / root, "multiply dy by the gain before the mean is taken"),
        (less(inner, unit) / root, "y is divided by the root with ε, in both places"),
        (
            (less(inner, y) - inner.mean(-1, keepdim=True)) / root,
            "that is LayerNorm's: RMSNorm does not center",
        ),
        (less(inner, y), "a division by the root is missing"),
        (
            (inner - y * (inner * y).sum(-1, keepdim=True)) / root,
            "a mean is wanted, not a sum",
        ),
        ((inner + y * (inner * y).mean(-1, keepdim=True)) / root, "mind the sign"),
        (
            (inner - x * (inner * x).mean(-1, keepdim=True)) / root,
            "y, not x, stands in the second term",
        ),
    ]
    for_gain = [
        ((dy * y).reshape(-1, D).mean(0), "every token uses the gain: a sum, no mean"),
        ((dy * x).reshape(-1, D).sum(0), "the gain multiplies y, not x"),
        (dy.reshape(-1, D).sum(0), "that is the gradient of a bias"),
        ((inner * y).reshape(-1, D).sum(0), "dgain does not hold the gain itself"),
    ]
    return for_x, for_gain
