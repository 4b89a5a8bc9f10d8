"""Training with differential privacy: per-example gradients, clipped, with noise.

Source: Abadi et al. (2016), "Deep learning with differential privacy", algorithm 1.
What a run has spent is counted by an accountant (opacus has one); `gaussian_delta` is
the exact answer for one Gaussian mechanism: Balle and Wang (2018), theorem 8.

>>> import torch
>>> model, x, t = torch.nn.Linear(3, 2), torch.randn(8, 3), torch.randint(2, (8,))
>>> gradients = per_example_gradients(model, torch.nn.functional.cross_entropy, x, t)
>>> gradients["weight"].shape                   # one gradient an example
torch.Size([8, 2, 3])
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from n2t._checks import check_positive

Loss = Callable[[Tensor, Tensor], Tensor]
"""Outputs (1, ...) and targets (1, ...) of one example to its loss, a number."""


def per_example_gradients(
    model: nn.Module, loss: Loss, inputs: Tensor, targets: Tensor
) -> dict[str, Tensor]:
    """The gradient of every example's own loss: name to (B, *shape of the weight).

    `inputs` (B, ...) and `targets` (B, ...) share their first axis. A model that mixes
    its examples (batch norm) has no such gradients, and is refused.

    Raises ValueError for a module of that kind, and for axes that differ.
    """
    _check_apart(model)
    if len(inputs) != len(targets):
        raise ValueError(f"{len(inputs)} inputs and {len(targets)} targets differ")
    weights = {name: w.detach() for name, w in model.named_parameters()}
    buffers = {name: b.detach() for name, b in model.named_buffers()}

    def one(weights, x, t):
        output = functional_call(model, (weights, buffers), (x[None],))
        return loss(output, t[None])

    each = vmap(grad(one), in_dims=(None, 0, 0), randomness="different")
    return each(weights, inputs, targets)


def _check_apart(model: nn.Module) -> None:
    for name, module in model.named_modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            raise ValueError(
                f"{name or 'model'} ({type(module).__name__}) mixes the examples of a "
                "batch: none has a gradient of its own"
            )


def clipped_sum(gradients: dict[str, Tensor], bound: float) -> dict[str, Tensor]:
    """The sum over examples of gradients scaled to a length of at most `bound`.

    The length of an example's gradient is that over all weights together.
    """
    check_positive("bound", bound)
    flat = [g.flatten(1) for g in gradients.values()]
    lengths = torch.cat(flat, 1).norm(dim=1)  # (B,)
    shares = (bound / lengths.clamp_min(1e-12)).clamp_max(1.0)
    return {
        name: torch.tensordot(shares.to(g.dtype), g, 1) for name, g in gradients.items()
    }


def private_gradients(
    model: nn.Module,
    loss: Loss,
    inputs: Tensor,
    targets: Tensor,
    *,
    bound: float,
    noise: float,
    expected: int | float,
    generator: torch.Generator | None = None,
) -> dict[str, Tensor]:
    """(Sum of clipped gradients + noise · bound · normal draws) / `expected`.

    `noise` is the multiplier σ. `expected` is the batch size that was *expected*: under
    Poisson sampling the real one is a secret, and may be 0; q N need not be whole.
    """
    check_positive("expected", expected)
    _check_at_least_0("noise", noise)
    if len(inputs):
        gradients = per_example_gradients(model, loss, inputs, targets)
        total = clipped_sum(gradients, bound)
    else:
        total = {n: torch.zeros_like(w) for n, w in model.named_parameters()}
    for name, g in total.items():
        draws = torch.empty_like(g).normal_(generator=generator)
        total[name] = (g + noise * bound * draws) / expected
    return total


def _check_at_least_0(name: str, value: float) -> None:
    if not 0 <= value < math.inf:
        raise ValueError(f"{name} ({value}) must be at least 0 and finite")


def gaussian_delta(noise: float, epsilon: float) -> float:
    """The least δ for which one Gaussian mechanism is (ε, δ)-private.

    Its sensitivity is 1, its standard deviation `noise`. T steps on all data with
    multiplier σ are one mechanism with noise σ / √T.

    Raises ValueError for a noise that is not above 0 and an ε below 0.
    """
    check_positive("noise", noise)
    _check_at_least_0("epsilon", epsilon)
    half, shift = 1 / (2 * noise), epsilon * noise
    places = torch.tensor([half - shift, -half - shift], dtype=torch.float64)
    one, other = torch.special.log_ndtr(places).tolist()  # e^ε is beyond any float soon
    return -math.exp(one) * math.expm1(min(0.0, epsilon + other - one))


def gaussian_epsilon(noise: float, delta: float) -> float:
    """The least ε ≥ 0 for a δ between 0 and 1, by bisection.

    Raises ValueError for another δ, and for a noise that is not above 0.
    """
    if not 0 < delta < 1:
        raise ValueError(f"delta ({delta}) must be above 0 and below 1")
    low, high = 0.0, 1.0
    while gaussian_delta(noise, high) > delta:
        high *= 2
    if gaussian_delta(noise, low) <= delta:
        return low
    for _ in range(200):
        middle = (low + high) / 2
        if gaussian_delta(noise, middle) > delta:
            low = middle
        else:
            high = middle
    return high
