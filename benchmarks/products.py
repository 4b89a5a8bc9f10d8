"""A model's matrix products alone: the time that no better program would save.

Only the linear maps' products count, replayed on the inputs that they were given;
attention, norms, nonlinearities, loss and optimizer are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.compare import interleaved
from n2t.models.prepared import products as layouts
from n2t.runs.folders import processor

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


def laid_out(calls: list[Call]) -> Callable[[], None]:
    """As `forward_products`, each weight laid out as a prepared model's is."""
    made = {}
    for module, x in calls:
        lay_out = layouts.for_one_row if len(x) == 1 else layouts.for_rows
        if (id(module), lay_out) not in made:
            made[id(module), lay_out] = lay_out(*layouts.own(module))

    def run() -> None:
        for module, x in calls:
            lay_out = layouts.for_one_row if len(x) == 1 else layouts.for_rows
            made[id(module), lay_out](x)

    return torch.no_grad()(run)


def training_products(
    calls: list[Call], dtype: torch.dtype = torch.float32
) -> Callable[[], None]:
    """A function that makes a training step's: forward, and back to x and to W."""
    slopes = {(len(x), m.out_features) for m, x in calls}
    slope = {shape: torch.randn(shape).to(dtype) for shape in slopes}
    given = [[None if t is None else t.detach().to(dtype) for t in (x, *layouts.own(m))]
             for m, x in calls]  # fmt: skip

    def run() -> None:
        for x, weight, bias in given:
            g = slope[len(x), len(weight)]
            F.linear(x, weight, bias)
            torch.mm(g, weight)
            torch.mm(g.T, x)

    return torch.no_grad()(run)


def square_product(dtype: torch.dtype) -> Callable[[], Tensor]:
    """A function that multiplies two square matrices, for the processor's rate."""
    a, b = torch.randn(2, SIZE, SIZE).to(dtype)
    return lambda: a @ b


def gigaflops(seconds: float) -> float:
    """The rate of `square_product` in GFLOP/s."""
    return 2 * SIZE**3 / seconds / 1e9


def rates(clock: str) -> dict[str, float]:
    """GFLOP/s of matrix products in either precision, printed with the processor."""
    kinds = {"float32": torch.float32, "bfloat16": torch.bfloat16}
    runs = {name: square_product(kind) for name, kind in kinds.items()}
    times = interleaved(runs, 10, clock)
    found = {f"{name}_gflops": gigaflops(median(own)) for name, own in times.items()}
    said = ", ".join(f"{name} {value:.0f}" for name, value in found.items())
    print(f"{processor()}, {torch.get_num_threads()} threads: {said}", flush=True)
    return found
