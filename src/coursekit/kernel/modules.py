"""Record what a module does that an answer defines: parameters, values, gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn


def built(answer: Callable, inputs: int, outputs: int) -> dict:
    """``answer(inputs, outputs)``: whether it is a module, and its parameters."""
    made = answer(inputs, outputs)
    if not isinstance(made, nn.Module):
        return {"module": False, "made": made, "held": {}}
    return {"module": True, "made": None, "held": _held(made)}


def computed(
    answer: Callable,
    inputs: int,
    outputs: int,
    values: dict[str, Tensor],
    runs: Sequence[tuple[Tensor, Tensor, bool]],
) -> dict:
    """Give a module these values of its parameters; then run it.

    Each of `runs` is an input, weights by which its output is summed for gradients,
    and whether the module trains (else it evaluates). The module is moved to the type
    of the inputs. `others` are the parameters of a module made before the values were
    given, and of one made after; `loaded` is the last output of a module that loaded
    the first one's state.
    """
    made, earlier = answer(inputs, outputs), answer(inputs, outputs)
    before = _held(earlier)
    _fill(made, values)
    found = [_run(made, *each) for each in runs]
    x, _, train = runs[-1]
    loaded = answer(inputs, outputs).to(x.dtype).train(train)
    loaded.load_state_dict(made.state_dict())
    with torch.no_grad():
        last = loaded(x.clone())
    return {
        "values": values,
        "runs": found,
        "others": [before, _held(earlier), _held(answer(inputs, outputs))],
        "loaded": last,
    }


def _held(module: nn.Module) -> dict[str, Tensor]:
    return {name: w.detach().clone() for name, w in module.named_parameters()}


def _fill(module: nn.Module, values: dict[str, Tensor]) -> None:
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(values[name])


def _run(module: nn.Module, x: Tensor, weights: Tensor, train: bool) -> dict:
    """The output for one input, and the gradients of its weighted sum, by name."""
    module.to(x.dtype).train(train)
    x = x.detach().clone().requires_grad_()
    y, given = module(x), {"x": x, **dict(module.named_parameters())}
    gradients: dict[str, Any] = dict.fromkeys(given)
    if isinstance(y, Tensor) and y.shape == weights.shape and y.requires_grad:
        found = torch.autograd.grad(
            (y * weights).sum(), list(given.values()), allow_unused=True
        )
        gradients = dict(zip(given, found, strict=True))
    return {"y": y, "gradients": gradients}
