"""The gradients of one of several results, apart from the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from coursekit.kernel.calls import weights_like


def slopes_of_part(
    answer: Callable, *arguments: Any, place: int, inputs: Sequence[int]
) -> list:
    """The gradients of ``answer(*arguments)[place]`` alone, weighted and summed.

    One for each of the arguments at the places `inputs`; None where none arrives.
    """
    import torch

    given = list(arguments)
    for one in inputs:
        given[one] = given[one].detach().clone().requires_grad_()
    part = answer(*given)[place]
    if not part.requires_grad:
        return [None] * len(inputs)
    total = (part * weights_like(part)).sum()
    leaves = [given[one] for one in inputs]
    return list(torch.autograd.grad(total, leaves, allow_unused=True))
