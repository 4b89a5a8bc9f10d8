"""The check of chapter 8's clipping: all gradients as one vector, in place."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import run_or_say
from coursekit.checks.values import array, expect, number
from coursekit.kernel import clipping


def check_clip_gradients(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(parameters, limit)` must shorten all gradients as one vector."""
    shapes = [(), (3,), (2, 4), (2, 1, 3)]
    grads = [_large(rng, shape) for shape in shapes[1:]]
    _check_clipped(answer, rng, [grads[0], None, *grads[1:]], 0.3)
    for limit in (1.0, 5.0):
        _check_clipped(answer, rng, [_filled(3.0), None, _filled(4.0, (1, 1))], limit)
    for most in (4, *rng.integers(2, 5, size=3)):
        few = [shapes[k] for k in rng.permutation(4)[:most]]
        grads = [torch.tensor(rng.normal(size=shape)) for shape in few]
        grads.insert(int(rng.integers(len(grads) + 1)), None)
        length = _length(grads)
        for factor in (0.3, 0.9, 1.1, 7.0):
            _check_clipped(answer, rng, grads, factor * length)
    one = [torch.tensor(rng.normal(size=5))]
    zeros = [torch.zeros(2, 3), None, torch.zeros(4)]
    for grads in (one, zeros, [*one, torch.zeros(3).double()]):
        for limit in (0.5, 50.0):
            _check_clipped(answer, rng, grads, limit)
    for grads in ([None], [None, None], []):
        _check_clipped(answer, rng, grads, 1.0)
    for dtype in (torch.float32, torch.float64):
        for size in (1e-11, 1e11):
            grads = [torch.tensor(rng.normal(size=n) * size, dtype=dtype)
                     for n in (4, 7)]  # fmt: skip
            for factor in (0.1, 10.0):
                _check_clipped(answer, rng, grads, factor * size)


def _large(rng: np.random.Generator, shape: tuple) -> Tensor:
    """Numbers of either sign, none of them small."""
    return torch.tensor(rng.choice([-1, 1], shape) * rng.uniform(0.5, 2, shape))


def _filled(value: float, shape: tuple = (1,)) -> Tensor:
    return torch.full(shape, value, dtype=torch.float64)


def _length(grads: list) -> float:
    flat = [grad.double().flatten() for grad in grads if grad is not None]
    return math.hypot(*torch.cat(flat).tolist()) if flat else 0.0


def _check_clipped(answer: Callable, rng, grads: list, limit: float) -> None:
    values = [
        torch.tensor(rng.normal(size=2)) if grad is None else torch.randn_like(grad)
        for grad in grads
    ]
    length = _length(grads)
    hint = f"with gradients {[None if g is None else tuple(g.shape) for g in grads]}"
    found = run_or_say(clipping.clipped, answer, values, grads, limit, hint=hint)
    assert found["list"], "your answer changes the list of parameters"
    assert not found["moved"], "the parameters moved: only gradients may change"
    what = f"length {length:.3g}, limit {limit:.3g}"
    _check_after(found, grads, length, limit, what)
    got = number(found["value"], "the length before")
    assert not hasattr(found["value"], "detach"), (
        "wanted the length as a Python number, got a tensor: use item()"
    )
    mistakes = [(min(length, limit), "that is the length afterwards: wanted before")]
    mistakes += [
        (_summed(grads), "lengths of several gradients do not add up: squares do"),
        (length**2, "that is the square of the length"),
    ]
    single = any(g is not None and g.dtype == torch.float32 for g in grads)
    tolerance = 1e-5 if single else 1e-9
    expect(got, length, f"for {what}, what is returned", mistakes, tolerance)


def _summed(grads: list) -> float:
    return sum(grad.double().norm().item() for grad in grads if grad is not None)


def _check_after(found: dict, grads: list, length: float, limit: float, what: str):
    scale = limit / length if length > limit else 1.0
    for place, before in enumerate(grads):
        name = f"for {what}, gradient {place}"
        after = found["after"][place]
        if before is None:
            assert after is None, f"{name} was None, and no longer is"
            continue
        assert after is not None, f"{name} is None now"
        array(after, tuple(before.shape), name)
        assert after.dtype == before.dtype, f"{name} is {after.dtype} now"
        if scale == 1.0:
            assert torch.equal(after, before), (
                f"{name} changed, though the whole is not longer than the limit"
            )
        else:
            tolerance = 1e-5 if before.dtype == torch.float32 else 1e-9
            wrong = _wrong_clips(before, grads, length, limit)
            expect(after, before.double() * scale, name, wrong, tolerance)
        assert found["kept"][place], (
            f"{name} is another tensor now: change the old one in place"
        )


def _wrong_clips(before: Tensor, grads: list, length: float, limit: float) -> list:
    """Known wrong values of one gradient, each with what to say of it."""
    g = before.double()
    own = g.norm().item()
    parts_of = [grad.double() for grad in grads if grad is not None]
    most = max(grad.abs().max().item() for grad in parts_of)
    return [
        (g, "nothing was shortened, though the whole is longer than the limit"),
        (g * min(1.0, limit / own) if own else g, "each gradient was shortened by "
         "itself: take them together as one vector"),
        (g.clamp(-limit, limit), "single numbers were cut off at the limit: that "
         "changes the direction"),
        (g * limit / (length + 1e-6), "something is added to the length before the "
         "division: a tiny limit shows it"),
        (g * limit / _summed(grads), "lengths of several gradients do not add up: "
         "squares do"),
        (g * limit / length**2, "divided by the square of the length"),
        (g / length, "the length is 1 now: wanted the limit"),
        (g * limit / most, "divided by the largest number, not by the length"),
    ]  # fmt: skip
