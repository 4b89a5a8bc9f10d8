"""Record what an answer makes of a model: its losses, and its training steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.kernel import wire


class Graph:
    """How many examples were in the graph at once, and in which modes they ran.

    An example is in it while the tensors that its forward pass saved are alive:
    `backward` lets them go.
    """

    def __init__(self) -> None:
        self.now = self.peak = 0
        self.modes: set[bool] = set()

    def __deepcopy__(self, memo: dict) -> Graph:
        return self  # a copy of the model counts here too

    def holds(self, rows: int) -> Any:
        """A context of a forward pass of so many examples."""
        piece = _Piece(self, rows)
        return torch.autograd.graph.saved_tensors_hooks(piece.keep, _kept)


class _Piece:
    """The examples of one forward pass; it lives as long as what they saved."""

    def __init__(self, graph: Graph, rows: int) -> None:
        self.graph, self.rows, self.counted = graph, rows, False

    def keep(self, tensor: Tensor) -> tuple[Tensor, _Piece]:
        if not self.counted:
            self.counted = True
            self.graph.now += self.rows
            self.graph.peak = max(self.graph.peak, self.graph.now)
        return tensor, self

    def __del__(self) -> None:
        self.graph.now -= self.rows * self.counted


def _kept(saved: tuple[Tensor, _Piece]) -> Tensor:
    return saved[0]


class Network(nn.Module):
    """Linear layers with the given weights and biases in turn, a tanh between two.

    Weights are (out, in). Its parameters have no names that an answer could rely on.
    """

    def __init__(self, weights: Sequence[Tensor], graph: Graph | None = None) -> None:
        super().__init__()
        for number, w in enumerate(weights):
            self.register_parameter(f"held{number}", nn.Parameter(w.clone()))
        self.graph = graph or Graph()

    def forward(self, x: Tensor) -> Tensor:
        """Examples (B, in) to logits (B, K)."""
        self.graph.modes.add(self.training)
        with self.graph.holds(len(x)):
            held = list(self._parameters.values())
            for number, (W, b) in enumerate(zip(held[::2], held[1::2], strict=True)):
                x = nn.functional.linear(x.tanh() if number else x, W, b)
        return x


def optimizer_of(model: nn.Module, kind: str, rates: Sequence, options: dict) -> Any:
    """An optimizer of `torch.optim`; `rates` are (number of parameters, rate)."""
    held = list(model.parameters())
    groups = []
    for count, rate in rates:
        groups.append({"params": held[:count], "lr": rate})
        held = held[count:]
    return getattr(torch.optim, kind)(groups, **options)


def updated(
    answer: Callable,
    weights: Sequence[Tensor],
    batches: Sequence,
    optimizer: tuple[str, Sequence, dict],
    old: float | None,
    frozen: Sequence[int] = (),
) -> dict:
    """Call ``answer(model, batch, optimizer)`` for each of `batches` in turn.

    The model is a `Network`; `optimizer` has the last three arguments of
    `optimizer_of`. The parameters at the places in `frozen` require no gradient; the
    gradients of all others hold `old` before the first call. Records the
    weights after each call, the most examples in the graph at once, what happened to
    the model's modes and parameters, and whether a batch was changed in place.
    """
    model = Network(weights)
    made = optimizer_of(model, *optimizer)
    for place, parameter in enumerate(model.parameters()):
        parameter.requires_grad_(place not in frozen)
        if old is not None and place not in frozen:
            parameter.grad = torch.full_like(parameter, old)
    before, after = wire.pack(batches), []
    for batch in batches:
        answer(model, batch, made)
        after.append([w.detach().clone() for w in model.parameters()])
    return {
        "weights": after,
        "examples": model.graph.peak,
        "modes": sorted(model.graph.modes | {m.training for m in model.modules()}),
        "learns": [w.requires_grad for w in model.parameters()],
        "changed": wire.pack(batches) != before,
    }


def loss(
    answer: Callable, weights: Sequence[Tensor], x: Tensor, t: Tensor, ready: bool
) -> dict:
    """Call ``answer(model, x, t)``; its value, and the gradients of x and `weights`.

    The model is a `Network`, or with `ready` an `nn.Linear` of the two weights. There
    are gradients only if the value is one number with a graph, and `filled` tells
    whether the answer itself had called `backward`.
    """
    model = _linear(*weights) if ready else Network(weights)
    x = x.detach().clone().requires_grad_()
    before = wire.pack((x, t))
    value = answer(model, x, t)
    inputs = [x, *model.parameters()]
    filled = any(each.grad is not None for each in inputs)
    found = {"value": value, "filled": filled, "gradients": ()}
    found["changed"] = wire.pack((x, t)) != before
    if isinstance(value, Tensor) and value.shape == () and value.requires_grad:
        found["gradients"] = () if filled else _gradients(value, inputs)
    return found


def _linear(W: Tensor, b: Tensor) -> nn.Linear:
    made = nn.Linear(W.shape[1], W.shape[0], dtype=W.dtype)
    with torch.no_grad():
        made.weight.copy_(W)
        made.bias.copy_(b)
    return made


def _gradients(value: Tensor, inputs: list[Tensor]) -> tuple:
    return torch.autograd.grad(value, inputs, allow_unused=True)
