"""Record what a module does that an answer defines: parameters, values, gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn


def built(answer: Callable, inputs: int, outputs: int) -> dict:
    """``answer(inputs, outputs)``: whether it is a module, and its parameters.

    `frozen` names those that require no gradient.
    """
    made = answer(inputs, outputs)
    if not isinstance(made, nn.Module):
        return {"module": False, "made": made, "held": {}, "frozen": []}
    frozen = [name for name, w in made.named_parameters() if not w.requires_grad]
    return {"module": True, "made": None, "held": _held(made), "frozen": frozen}


def computed(
    answer: Callable,
    inputs: int,
    outputs: int,
    values: Sequence[dict[str, Tensor]],
    runs: Sequence[tuple[Tensor, Tensor, bool]],
) -> dict:
    """Run a module, each time with these values of its parameters.

    Each of `runs` is an input, weights by which its output is summed for gradients,
    and whether the module trains (else it evaluates). The module is moved to the type
    of the inputs; an input of three or more axes is not contiguous. `others` are the
    parameters of a module made before the first run, before and after all of them,
    and of one made after; `loaded` is the last output of a module that loaded the
    first one's state.
    """
    made, earlier = answer(inputs, outputs), answer(inputs, outputs)
    before = _held(earlier)
    pairs = zip(values, runs, strict=True)
    found = [_run(made, given, *each) for given, each in pairs]
    x, _, train = runs[-1]
    _fill(made, values[-1])
    loaded = answer(inputs, outputs).to(x.dtype).train(train)
    loaded.load_state_dict(made.state_dict())
    return {
        "values": values,
        "runs": found,
        "others": [before, _held(earlier), _held(answer(inputs, outputs))],
        "loaded": _forward(loaded, x)[0],
    }


def _held(module: nn.Module) -> dict[str, Tensor]:
    return {name: w.detach().clone() for name, w in module.named_parameters()}


def _fill(module: nn.Module, values: dict[str, Tensor]) -> None:
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(values[name])


def _forward(module: nn.Module, x: Tensor) -> tuple[Any, str]:
    """The output and "", or None and what was raised."""
    try:
        return module(x), ""
    except NotImplementedError:
        raise
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def _run(
    module: nn.Module, values: dict, x: Tensor, weights: Tensor, train: bool
) -> dict:
    """The output for one input, and the gradients of its weighted sum, by name.

    `raised` and `stuck` are what the way there, or back, raised. `changed` names the
    parameters that are no longer those of `values`.
    """
    module.to(x.dtype).train(train)
    _fill(module, values)
    if x.dim() > 2:
        x = x.transpose(0, -1).contiguous().transpose(0, -1)
    x = x.detach().requires_grad_()
    y, raised = _forward(module, x)
    changed = [
        name
        for name, w in module.named_parameters()
        if not torch.equal(w, values[name].to(w.dtype))
    ]
    given = {"x": x, **dict(module.named_parameters())}
    gradients: dict[str, Any] = dict.fromkeys(given)
    stuck = ""
    if isinstance(y, Tensor) and y.shape == weights.shape and y.requires_grad:
        try:
            found = torch.autograd.grad(
                (y * weights).sum(), list(given.values()), allow_unused=True
            )
            gradients = dict(zip(given, found, strict=True))
        except RuntimeError as error:
            stuck = f"RuntimeError: {error}"
    kept = y.detach().clone() if isinstance(y, Tensor) else y
    return {
        "y": kept,
        "raised": raised,
        "stuck": stuck,
        "changed": changed,
        "gradients": gradients,
    }
