"""A model's matrix products alone: the time that no better program would save.

Only the linear maps' products count, replayed on the inputs that they were given;
attention, norms, nonlinearities, loss and optimizer are left out.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Call = tuple[nn.Linear, Tensor]
SIZE = 1024


def linear_calls(model: nn.Module, run: Callable[[], object]) -> list[Call]:
    """Each linear map that `run` calls, in order, with its input as (rows, width)."""
    seen: list[Call] = []

    def note(module: nn.Linear, inputs: tuple, _) -> None:
        seen.append((module, inputs[0].detach().flatten(0, -2)))

    linear = [m for m in model.modules() if isinstance(m, nn.Linear)]
    hooks = [module.register_forward_hook(note) for module in linear]
    run()
    for hook in hooks:
        hook.remove()
    return seen


def forward_products(calls: list[Call]) -> Callable[[], None]:
    """A function that makes the products of decoding: x Wᵀ + b, one after another."""

    def run() -> None:
        for module, x in calls:
            F.linear(x, module.weight, module.bias)

    return torch.no_grad()(run)


def by_inputs(calls: list[Call]) -> Callable[[], None]:
    """As `forward_products`, with the weights kept as (in, out): GPT-2's layout."""
    kept = {id(m): m.weight.detach().T.contiguous().T for m, _ in calls}

    def run() -> None:
        for module, x in calls:
            F.linear(x, kept[id(module)], module.bias)

    return torch.no_grad()(run)


def training_products(calls: list[Call]) -> Callable[[], None]:
    """A function that makes a training step's: forward, and back to x and to W."""
    slopes = {(len(x), m.out_features) for m, x in calls}
    slope = {shape: torch.randn(shape) for shape in slopes}

    def run() -> None:
        for module, x in calls:
            g = slope[len(x), module.out_features]
            F.linear(x, module.weight, module.bias)
            torch.mm(g, module.weight)
            torch.mm(g.T, x)

    return torch.no_grad()(run)


def square_product(dtype: torch.dtype) -> Callable[[], Tensor]:
    """A function that multiplies two square matrices, for the processor's rate."""
    a, b = torch.randn(2, SIZE, SIZE).to(dtype)
    return lambda: a @ b


def gigaflops(seconds: float) -> float:
    """The rate of `square_product` in GFLOP/s."""
    return 2 * SIZE**3 / seconds / 1e9
