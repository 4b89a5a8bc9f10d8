"""Call an answer and record what happened: the one way in which answers are asked.

A check gives `call` an answer and inputs, and gets a `Record`. In a notebook all of it
happens in one process; when a submission is graded, `call` runs beside the student's
code, and the record crosses to the grader.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coursekit.kernel import wire
from coursekit.kernel.watching import Watch

KEPT = 3  #: earlier results of which changes are noticed
_earlier: list[tuple[object, bytes]] = []


@dataclass(frozen=True)
class Record:
    """What happened when an answer was called.

    `value` is what it returned (tensors without their graph); `gradients` those of
    the sum of the outputs, weighted by `weights_like`, with respect to the arguments
    that were named, None for one that no gradient reached. `changed` are the places
    of arguments that it changed in place. `peak_bytes` is the most memory that arrays
    made in the call held at once. `called` are the watched library functions that it
    called, and `steps` how many lines and calls it took. `earlier_changed` says that
    this call changed what an earlier one had returned.
    """

    value: Any = None
    gradients: tuple = ()
    changed: tuple[int, ...] = ()
    earlier_changed: bool = False
    peak_bytes: int = 0
    called: tuple[str, ...] = ()
    steps: int = 0


def call(
    answer: Callable,
    arguments: Sequence = (),
    keywords: dict | None = None,
    *,
    gradients: Sequence[int] = (),
    memory: bool = False,
    watch: Sequence[str] = (),
    steps: bool = False,
) -> dict:
    """Call ``answer(*arguments, **keywords)``; the fields of a `Record`.

    `gradients` names places of tensors among the arguments. `memory` and `steps` ask
    for those fields; `watch` for the functions whose module starts with one of these
    names. What the answer raises passes through.
    """
    arguments = _with_gradients(list(arguments), gradients)
    before = [_print(argument) for argument in arguments]
    with _Memory(memory) as used, Watch(watch, steps) as seen:
        value = answer(*arguments, **(keywords or {}))
    found = _backward(value, [arguments[place] for place in gradients])
    after = [_print(argument) for argument in arguments]
    pairs = enumerate(zip(before, after, strict=True))
    changed = tuple(place for place, (one, other) in pairs if one != other)
    return {
        "value": value,
        "gradients": found,
        "changed": changed,
        "earlier_changed": _remember(value),
        "peak_bytes": used.peak,
        "called": tuple(sorted(seen.names)),
        "steps": seen.steps,
    }


def _print(value: object) -> bytes:
    """Bytes that differ when the value does; b"" for what cannot be compared."""
    try:
        return wire.pack(value, lambda thing: {"id": id(thing)})
    except (TypeError, ValueError):
        return b""


def _remember(value: object) -> bool:
    """Whether an earlier result is no longer what it was; keep this one."""
    changed = any(_print(old) != seen for old, seen in _earlier)
    _earlier.append((value, _print(value)))
    del _earlier[: changed * len(_earlier) or -KEPT]
    return changed


def _with_gradients(arguments: list, places: Sequence[int]) -> list:
    for place in places:
        arguments[place] = arguments[place].detach().clone().requires_grad_()
    return arguments


def weights_like(tensor: Any) -> Any:
    """Fixed weights, all different, by which outputs are summed for a gradient."""
    import torch

    places = torch.arange(1, tensor.numel() + 1, dtype=tensor.dtype)
    return (places * 1.7).cos().reshape(tensor.shape)


def _backward(value: Any, inputs: list) -> tuple:
    """The gradient of the weighted sum of all outputs, for each input, or None."""
    if not inputs:
        return ()
    import torch

    parts = value if isinstance(value, tuple | list) else [value]
    total = [
        (part * weights_like(part)).sum()
        for part in parts
        if isinstance(part, torch.Tensor) and part.requires_grad
    ]
    if not total:
        return (None,) * len(inputs)
    return torch.autograd.grad(sum(total), inputs, allow_unused=True)


class _Memory:
    """The most bytes that were held at once, beyond those held before.

    NumPy tells `tracemalloc` of its arrays; of torch's, the largest single one counts.
    """

    def __init__(self, wanted: bool) -> None:
        self.wanted, self.peak = wanted, 0

    def __enter__(self) -> _Memory:
        if self.wanted:
            self.tensors = _largest_tensor()
            self.tensors.__enter__()
            tracemalloc.start()
            self.before = tracemalloc.get_traced_memory()[0]
        return self

    def __exit__(self, *error: object) -> None:
        if self.wanted:
            self.peak = tracemalloc.get_traced_memory()[1] - self.before
            tracemalloc.stop()
            self.tensors.__exit__(*error)
            self.peak = max(self.peak, getattr(self.tensors, "largest", 0))


def _largest_tensor() -> Any:
    """A context that notes the bytes of the largest tensor made in it."""
    if "torch" not in sys.modules:
        import contextlib

        return contextlib.nullcontext()
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    class Largest(TorchDispatchMode):
        largest = 0

        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            made = function(*args, **(kwargs or {}))
            for part in made if isinstance(made, tuple | list) else [made]:
                if isinstance(part, torch.Tensor):
                    size = part.numel() * part.element_size()
                    self.largest = max(self.largest, size)
            return made

    return Largest()
