"""The gradients of one of several results, apart from the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coursekit.kernel.calls import weights_like


def slopes_of_part(
    answer: Callable, place: int, arguments: Sequence, inputs: Sequence[int]
) -> list:
    """The gradients of ``answer(*arguments)[place]`` alone, weighted and summed.

    One for each of the arguments at the places `inputs`; None where none arrives.
    """
    import torch

    arguments = list(arguments)
    for one in inputs:
        arguments[one] = arguments[one].detach().clone().requires_grad_()
    part = answer(*arguments)[place]
    if not part.requires_grad:
        return [None] * len(inputs)
    total = (part * weights_like(part)).sum()
    leaves = [arguments[one] for one in inputs]
    return list(torch.autograd.grad(total, leaves, allow_unused=True))
