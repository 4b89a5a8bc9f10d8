"""A model's and its optimizers' state by name, whole, wherever the parts lie."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from n2t.training.distributed import share_out, whole


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """A model's parameters and persistent buffers, on the CPU; tied ones stay tied."""
    copies: dict[int, Tensor] = {}
    weights = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        if id(tensor) not in copies:
            copies[id(tensor)] = whole(tensor).detach().cpu().clone()
        weights[name] = copies[id(tensor)]
    return weights


@torch.no_grad()
def load_weights(model: nn.Module, weights: dict[str, Tensor]) -> None:
    """Copy whole weights into a model, whole or shared out.

    Raises:
        ValueError: names or shapes do not fit; each is named.
    """
    own = model.state_dict(keep_vars=True)
    problems = [f"{name} is missing" for name in own.keys() - weights.keys()]
    problems += [f"{name} is unknown" for name in weights.keys() - own.keys()]
    problems += [
        f"{name} is {tuple(weights[name].shape)}, wanted {tuple(tensor.shape)}"
        for name, tensor in own.items()
        if name in weights and weights[name].shape != tensor.shape
    ]
    if problems:
        raise ValueError(f"weights do not fit: {'; '.join(sorted(problems))}")
    for name, tensor in own.items():
        tensor.copy_(share_out(weights[name], tensor))


def optimizer_state(model: nn.Module, optimizers: list[Optimizer]) -> list[dict]:
    """What each optimizer remembers of each parameter, by the parameter's name."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return [
        {
            names[id(parameter)]: {key: _kept(value) for key, value in state.items()}
            for parameter, state in optimizer.state.items()
        }
        for optimizer in optimizers
    ]


def load_optimizer_state(
    model: nn.Module, optimizers: list[Optimizer], states: list[dict]
) -> None:
    """Give the optimizers back what ``optimizer_state`` found."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    for optimizer, saved in zip(optimizers, states, strict=True):
        full = optimizer.state_dict()
        order = [p for group in optimizer.param_groups for p in group["params"]]
        full["state"] = {
            index: _placed(saved[names[id(parameter)]], parameter)
            for index, parameter in enumerate(order)
            if names[id(parameter)] in saved
        }
        optimizer.load_state_dict(full)


def _kept(value: Any) -> Any:
    return whole(value).detach().cpu() if isinstance(value, Tensor) else value


def _placed(state: dict[str, Any], parameter: nn.Parameter) -> dict[str, Any]:
    """Tensors of the parameter's shape go where it lies; counters stay as they are."""
    return {
        key: share_out(value, parameter)
        if isinstance(value, Tensor) and value.shape == parameter.shape
        else value
        for key, value in state.items()
    }
