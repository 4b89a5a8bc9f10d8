"""Checks of chapter 5: a module, a training loss, and an update in pieces."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from coursekit.checks.asking import run_or_say
from coursekit.checks.neural_networks.accumulating import (
    TOLERANCES,
    check_accumulated_step,
    drawn,
    drawn_weights,
)
from coursekit.checks.values import described, expect, sizes, tensor
from coursekit.kernel import modules, updates

__all__ = ["check_accumulated_step", "check_scaled_linear", "check_training_loss"]

FAR = "log_softmax takes the logarithm without leaving the numbers"


def check_scaled_linear(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(inputs, outputs)` must be a module with a learned `scale`."""
    inputs, outputs = sizes(rng, 2)
    signs = rng.permutation([-1, 1, -1])
    shapes = [(inputs, outputs), (1, outputs), (inputs, 1)]
    for shape, sign in zip(shapes, signs, strict=True):
        names = _check_parameters(answer, *shape)
        _check_values(answer, rng, *shape, names, sign * rng.uniform(1.5, 3))


def _check_parameters(answer: Callable, inputs: int, outputs: int) -> dict:
    """The names of scale, weight and bias; the weight may be stored either way."""
    hint = "call super().__init__() first; scale must be a float"
    found = run_or_say(modules.built, answer, inputs, outputs, hint=hint)
    assert found["module"], (
        f"derive the class from nn.Module; got {described(found['made'])}"
    )
    held = found["held"]
    names = ", ".join(sorted(held)) or "none"
    assert "scale" in held, (
        f"the parameters are {names}: wanted one called scale, an nn.Parameter"
    )
    scale = tensor(held["scale"], (), "scale")
    assert len(held) == 3, f"{len(held)} parameters, wanted 3; they are {names}"
    expect(scale, 1.0, "scale of a new module", [(0.0, "scale must start at 1, not 0")])
    by_shape = {tuple(w.shape): n for n, w in held.items() if n != "scale"}
    weight = by_shape.get((outputs, inputs)) or by_shape.get((inputs, outputs))
    bias = by_shape.get((outputs,))
    assert weight and bias, (
        f"wanted a weight of shape {(outputs, inputs)} and a bias of shape "
        f"{(outputs,)} beside scale; got {sorted(by_shape)}"
    )
    return {"scale": "scale", "W": weight, "b": bias, "shape": held[weight].shape}


def _check_values(answer, rng, inputs, outputs, names: dict, scale: float) -> None:
    """Compare outputs and gradients, with parameters that the check gives."""
    W, b = drawn(rng, outputs, inputs).float(), drawn(rng, outputs).float()
    scale = torch.tensor(float(scale))
    stored = W if W.shape == names["shape"] else W.T.contiguous()
    values = {"scale": scale, names["W"]: stored, names["b"]: b}
    shapes = [(3,), (1,), (2, 4), ()]
    kinds = [torch.float32] + [torch.float64] * 3
    runs = [
        (
            drawn(rng, *shape, inputs).to(kind),
            drawn(rng, *shape, outputs).to(kind),
            bool(place % 2),
        )
        for place, (shape, kind) in enumerate(zip(shapes, kinds, strict=True))
    ]
    hint = "forward takes x alone, of any shape (..., in)"
    given = inputs, outputs, values, runs
    found = run_or_say(modules.computed, answer, *given, hint=hint)
    weights = scale.double(), W.double(), b.double()
    for got, (x, dy, train) in zip(found["runs"], runs, strict=True):
        _check_run(got, x, dy, weights, names, "training" if train else "evaluation")
    _check_others(found)


def _check_run(got, x, dy, weights, names: dict, mode: str) -> None:
    """Compare the output and, in double precision, all gradients."""
    s, W, b = weights
    base, tolerance = x.double() @ W.T + b, TOLERANCES[x.dtype]
    y = tensor(got["y"], tuple(dy.shape), f"the output for x of shape {tuple(x.shape)}")
    mistakes = [
        (base, f"scale is not used in forward, in {mode} mode"),
        (s * (base - b) + b, "the bias is not scaled: scale applies to the whole sum"),
        (base - b + s * b, "only the bias is scaled: scale applies to the whole sum"),
        (base + s, "scale is added to the sum"),
        (s * (base - b), "the bias is missing"),
        (s * s * base, "scale is applied twice"),
        (abs(s) * base, "the sign of scale is lost"),
    ]
    expect(y, s * base, f"the output in {mode} mode", mistakes, tolerance)
    if x.dtype == torch.float32:
        return
    x2, dy2 = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
    dW = s * dy2.T @ x2
    wanted = {
        "scale": (dy * base).sum(),
        names["W"]: dW if W.shape == names["shape"] else dW.T,
        names["b"]: s * dy2.sum(0),
        "x": s * dy @ W,
    }
    for name, right in wanted.items():
        found = got["gradients"].get(name)
        assert found is not None, f"no gradient reaches {name}: do not detach anything"
        found = tensor(found, tuple(right.shape), f"the gradient of {name}")
        expect(found, right, f"the gradient of {name}", tolerance=tolerance)


def _check_others(found: dict) -> None:
    """Two modules must share nothing, and a loaded state must be the whole state."""
    before, after, new = found["others"]
    for name in before:
        same = torch.equal(before[name], after[name])
        assert same, (
            f"a new module shares {name} with another: make it anew in __init__"
        )
    expect(new["scale"], 1.0, "scale of a new module")
    last = found["runs"][-1]["y"]
    got = tensor(found["loaded"], tuple(last.shape), "the output of a loaded module")
    expect(got, last, "the output of a module that loaded another one's state_dict")


def check_training_loss(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(linear, x, t)` must be the mean cross-entropy of logits."""
    B, inputs, hidden, classes = sizes(rng, 4)
    for rows, widths in [
        (B, (inputs, classes)),
        (1, (inputs, hidden, classes)),
        (B, (inputs, hidden, 2)),
        (classes, (inputs, classes)),  # whose classes are all 0
    ]:
        x, weights = drawn(rng, rows, inputs), drawn_weights(rng, *widths)
        weights = [w / 2 for w in weights]  # so that no loss is very near 0
        t = torch.from_numpy(rng.integers(0, widths[-1], rows))
        if rows == classes:
            t[:] = 0
        _check_loss(answer, weights, x, t, ready=rows == classes)
        _check_far(answer, rng, weights, x, t)


def _check_far(answer, rng, weights: list, x: Tensor, t: Tensor) -> None:
    """Logits in the thousands: far from 0, then far from each other.

    The first example is misread, so that no loss is so near 0 that rounding shows.
    """
    level = float(rng.choice([-3000, 3000]))
    t = t.clone()
    t[0] = updates.Network(weights)(x)[0].argmin()
    _check_loss(answer, [*weights[:-1], weights[-1] + level], x, t, False)
    single = [*weights[:-1], weights[-1] + level / 30]
    _check_loss(answer, [w.float() for w in single], x.float(), t, False)
    wide = [*weights[:-2], weights[-2] * 1000, weights[-1]]
    t[:] = updates.Network(wide)(x)[0].argmin()
    _check_loss(answer, wide, x, t, False)


def _check_loss(answer, weights: list, x: Tensor, t: Tensor, ready: bool) -> None:
    """Compare the value and all gradients with a sum that is done number by number."""
    hint = "cross_entropy takes logits (B, K) and classes (B,)"
    found = run_or_say(updates.loss, answer, weights, x, t, ready, hint=hint)
    assert not found["changed"], "your answer changes x or t in place"
    got = tensor(found["value"], (), "the loss", why="one number, the mean")
    model, inputs = updates.Network([w.double() for w in weights]), x.double()
    inputs.requires_grad_()
    logits = model(inputs)
    wanted, slope = _cross_entropy(logits.tolist(), t.tolist())
    tolerance = TOLERANCES[x.dtype]
    expect(got, wanted, "the loss", lambda: _wrong_losses(logits, t), tolerance)
    assert not found["filled"], "your answer calls backward: leave that to the caller"
    gradients = found["gradients"]
    assert gradients, "the gradient is lost: do not use item(), detach() or no_grad()"
    names = ["x", *(f"parameter {n}" for n in range(len(weights)))]
    right = torch.autograd.grad(logits, [inputs, *model.parameters()], slope)
    for name, got, each in zip(names, gradients, right, strict=True):
        assert got is not None, f"no gradient reaches {name}: do not detach anything"
        assert got.isfinite().all(), f"the gradient of {name} is not finite: {FAR}"
        expect(got, each, f"the gradient of {name}", tolerance=tolerance)


def _cross_entropy(logits: list, t: list) -> tuple[float, Tensor]:
    """The mean cross-entropy and its gradient by the logits, number by number."""
    losses, slopes = [], []
    for row, target in zip(logits, t, strict=True):
        powers = [math.exp(z - max(row)) for z in row]
        total = math.fsum(powers)
        losses.append(math.log(total) + max(row) - row[target])
        right = [k == target for k in range(len(row))]
        pairs = zip(powers, right, strict=True)
        slopes.append([(p / total - hit) / len(t) for p, hit in pairs])
    return math.fsum(losses) / len(t), torch.tensor(slopes, dtype=torch.float64)


def _wrong_losses(logits: Tensor, t: Tensor) -> list:
    """Known wrong losses, each with what to say of it."""
    logits = logits.detach()
    p = logits.softmax(1)
    right = F.cross_entropy(logits, t)
    far = f"not finite for logits in the thousands: {FAR}"
    return [
        (F.cross_entropy(p, t), "the softmax is still applied twice"),
        (F.nll_loss(p, t), "nll_loss wants log-probabilities"),
        (F.nll_loss(logits, t), "there is no softmax left at all"),
        (right * len(t), "a sum, wanted the mean"),
        (right / logits.shape[1], "divided by the classes too: the mean is over x"),
        (-right, "the sign is turned"),
        (F.cross_entropy(logits.log_softmax(0), t), "softmax over the batch: dim=1"),
        (F.nll_loss(logits.log_softmax(0), t), "softmax over the batch: dim=1"),
        (math.nan, far),
        (math.inf, far),
        (-math.inf, far),
    ]
