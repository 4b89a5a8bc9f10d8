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
from coursekit.checks.values import described, expect, sizes, telling, tensor
from coursekit.kernel import modules, updates

__all__ = ["check_accumulated_step", "check_scaled_linear", "check_training_loss"]

FAR = "log_softmax takes the logarithm without leaving the numbers"


def check_scaled_linear(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(inputs, outputs)` must be a module with a learned `scale`."""
    inputs, outputs = sizes(rng, 2)
    for shape in [(inputs, outputs), (1, outputs), (inputs, 1)]:
        names = _check_parameters(answer, *shape)
        _check_values(answer, rng, *shape, names)


def _check_parameters(answer: Callable, inputs: int, outputs: int) -> dict:
    """The names of scale, weight and bias."""
    found = run_or_say(modules.built, answer, inputs, outputs)
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
    frozen = ", ".join(found["frozen"])
    assert not frozen, f"{frozen} requires no gradient: it would never learn"
    expect(scale, 1.0, "scale of a new module", [(0.0, "scale must start at 1, not 0")])
    by_shape = {tuple(w.shape): n for n, w in held.items() if n != "scale"}
    weight, bias = by_shape.get((outputs, inputs)), by_shape.get((outputs,))
    assert weight and bias, (
        f"wanted a weight (out, in), here {(outputs, inputs)}, and a bias (out,), here "
        f"{(outputs,)}, beside scale; got {sorted(by_shape)}"
    )
    return {"scale": "scale", "W": weight, "b": bias}


def _check_values(answer, rng, inputs, outputs, names: dict) -> None:
    """Compare outputs and gradients, with parameters that the check gives.

    The second run has another x than the first, and nothing else; the third has other
    parameters, and nothing else.
    """
    signs = rng.permutation([-1, 1])
    first, second = (_values(rng, inputs, outputs, names, sign) for sign in signs)
    shapes = [(3,), (3,), (3,), (1,), (2, 4), (), (0,)]
    x = [drawn(rng, *shape, inputs) for shape in shapes]
    x[2] = x[1]
    modes = [bool(rng.integers(2))] * 3 + [True, False, True, False]
    runs = [
        (each, drawn(rng, *each.shape[:-1], outputs), mode)
        for each, mode in zip(x, modes, strict=True)
    ]
    values = [first, first, *[second] * 5]
    runs.append((drawn(rng, 3, inputs).float(), drawn(rng, 3, outputs).float(), True))
    values.append(first)
    found = run_or_say(modules.computed, answer, inputs, outputs, values, runs)
    for place, got in enumerate(found["runs"]):
        before = max(place - 1, 0)
        earlier = values[before], runs[before][0]
        _check_run(got, *runs[place], values[place], names, earlier)
    _check_others(found)


def _values(rng, inputs: int, outputs: int, names: dict, sign: int) -> dict:
    """Parameters that single precision holds; the scale is not 1."""
    W, b = drawn(rng, outputs, inputs).float(), drawn(rng, outputs).float()
    scale = torch.tensor(float(sign * rng.uniform(1.5, 3)))
    return {"scale": scale, names["W"]: W, names["b"]: b}


def _check_run(got, x, dy, train: bool, values: dict, names: dict, earlier) -> None:
    """Compare the output and, in double precision, all gradients."""
    s, W, b = (values[names[name]].double() for name in ("scale", "W", "b"))
    mode = f"in {'training' if train else 'evaluation'} mode"
    base, tolerance = x.double() @ W.T + b, TOLERANCES[x.dtype]
    shape = f"for x of shape {tuple(x.shape)}"
    assert not got["raised"], f"{shape}: {got['raised']}"
    y = tensor(got["y"], tuple(dy.shape), f"the output {shape}")
    assert not got["changed"], f"forward changes {', '.join(got['changed'])} in place"
    stale = [
        (_output(earlier[0], names, x), "computed with parameters of the call before"),
        (_output(values, names, earlier[1]), "computed from x of the call before"),
    ]
    mistakes = telling([*stale, *_wrong_outputs(x, s, W, b, mode)])
    expect(y, s * base, f"the output {mode}", mistakes, tolerance)
    assert got["y"].dtype == x.dtype, (
        f"x and the parameters are {x.dtype}, the output {got['y'].dtype}"
    )
    if x.dtype == torch.float32:
        return
    assert not got["stuck"], f"no gradients: {got['stuck']}"
    x2, dy2 = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
    wanted = {
        "scale": (dy * base).sum(),
        names["W"]: s * dy2.T @ x2,
        names["b"]: s * dy2.sum(0),
        "x": s * dy @ W,
    }
    for name, right in wanted.items():
        found = got["gradients"].get(name)
        assert found is not None, f"no gradient reaches {name} {mode}"
        found = tensor(found, tuple(right.shape), f"the gradient of {name}")
        expect(found, right, f"the gradient of {name}", tolerance=tolerance)


def _output(values: dict, names: dict, x: Tensor) -> Tensor:
    s, W, b = (values[names[name]].double() for name in ("scale", "W", "b"))
    return s * (x.double() @ W.T + b)


def _wrong_outputs(x: Tensor, s, W: Tensor, b: Tensor, mode: str) -> list:
    """Known wrong outputs, each with what to say of it."""
    base = x.double() @ W.T + b
    return [
        (base, f"scale is not used in forward, {mode}"),
        (s * (base - b) + b, "the bias is not scaled: scale applies to the whole sum"),
        (base - b + s * b, "only the bias is scaled: scale applies to the whole sum"),
        (base + s, "scale is added to the sum"),
        (s * (base - b), "the bias is missing"),
        (s * s * base, "scale is applied twice"),
        (abs(s) * base, "the sign of scale is lost"),
    ]


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
        ready = rows == classes
        _check_loss(answer, weights, x, t, ready)
        _check_loss(answer, weights, x, (t + 1) % widths[-1], ready)
        _check_loss(answer, weights, drawn(rng, rows, inputs), t, ready)
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
    for factor in (1, 10, -10):  # the first example's maximum is not the others'
        spread = x.clone()
        spread[:1] *= factor
        t[:] = updates.Network(wide)(spread)[0].argmin()
        _check_loss(answer, wide, spread, t, False)


def _check_loss(answer, weights: list, x: Tensor, t: Tensor, ready: bool) -> None:
    """Compare the value and all gradients with a sum that is done number by number."""
    hint = (
        f"x is {tuple(x.shape)}, t {tuple(t.shape)}, the logits (B, {len(weights[-1])})"
    )
    found = run_or_say(updates.loss, answer, weights, x, t, ready, hint=hint)
    assert not found["changed"], "your answer changes x or t in place"
    got = tensor(found["value"], (), "the loss", why="one number, the mean")
    model, inputs = updates.Network([w.double() for w in weights]), x.double()
    inputs.requires_grad_()
    logits = model(inputs)
    wanted, slope = _cross_entropy(logits.tolist(), t.tolist())
    tolerance = TOLERANCES[x.dtype]
    expect(
        got, wanted, "the loss", lambda: telling(_wrong_losses(logits, t)), tolerance
    )
    assert not found["filled"], "your answer calls backward: leave that to the caller"
    gradients = found["gradients"]
    assert gradients, "the gradient is lost: do not use item(), detach() or no_grad()"
    names = ["x", *(f"parameter {n}" for n in range(len(weights)))]
    right = torch.autograd.grad(logits, [inputs, *model.parameters()], slope)
    for name, got, each in zip(names, gradients, right, strict=True):
        assert got is not None, f"no gradient reaches {name}"
        assert got.isfinite().all(), f"the gradient of {name} is not finite: {FAR}"
        expect(got, each, f"the gradient of {name}", tolerance=_room(each, tolerance))


def _room(slope: Tensor, tolerance: float) -> float:
    """`tolerance`, but not of less than 0.5: so far a float32 logit of 100 is off."""
    return tolerance * max(1.0, 0.5 / max(slope.abs().max().item(), 1e-30))


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
    size = "in the thousands" if logits.abs().max() > 500 else "of everyday size"
    far = f"not finite for logits {size}: {FAR}"
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
