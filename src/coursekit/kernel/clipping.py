"""Record what an answer makes of the gradients of parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coursekit.kernel import wire


def clipped(
    answer: Callable, values: Sequence, gradients: Sequence, limit: float
) -> dict:
    """Call ``answer(parameters, limit)`` on parameters with these values and gradients.

    None stands for a parameter without a gradient. Records what the answer returned,
    the gradients afterwards, which of them are no longer the tensor that they were,
    what that tensor holds now, and whether a parameter or the list was changed.
    """
    from torch import nn

    parameters = [nn.Parameter(value.clone()) for value in values]
    held = [None if grad is None else grad.clone() for grad in gradients]
    for parameter, grad in zip(parameters, held, strict=True):
        parameter.grad = grad
    given = list(parameters)
    value = answer(given, limit)
    after = [each.grad for each in parameters]
    return {
        "value": value,
        "after": [None if grad is None else grad.detach().clone() for grad in after],
        "kept": [one is other for one, other in zip(after, held, strict=True)],
        "held": held,
        "moved": wire.pack([each.detach() for each in parameters])
        != wire.pack(list(values)),
        "list": len(given) == len(parameters)
        and all(one is other for one, other in zip(given, parameters, strict=True)),
    }
