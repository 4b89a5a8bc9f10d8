"""What an update depends on, taken out and put back: weights, optimizers, random draws.

``weights_of`` and ``set_weights``, ``optimizer_state`` and ``set_optimizer_state``,
``random_state`` and ``set_random_state``: plain data on the CPU, whole wherever the
parts lie.
"""

import contextlib
import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from n2t.training import generators
from n2t.training.distributed import World, share_out, whole
from n2t.training.generators import Generator

RandomState = dict[str, Any]
OWN_GENERATORS = ("torch", "cuda", "mps")  # each process's differ (dropout)


def weights_of(
    model: nn.Module, *, wanted: bool = True, copy: bool = True
) -> dict[str, Tensor]:
    """A model's parameters and persistent buffers, on the CPU; tied ones stay tied.

    Args:
        model: whole, or shared out: then every process must call this.
        wanted: False gives nothing, and keeps nothing in memory, in a process that
            only takes part in putting the weights together.
        copy: False may give the model's own memory, which the next update changes.
    """
    found: dict[int, Tensor] = {}
    weights = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        if id(tensor) not in found:
            own = whole(tensor).detach()
            own = own.cpu() if wanted else own.new_empty(0)
            found[id(tensor)] = own.clone() if copy else own
        weights[name] = found[id(tensor)]
    return weights if wanted else {}


@torch.no_grad()
def set_weights(model: nn.Module, weights: dict[str, Tensor]) -> None:
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


def optimizer_state(
    model: nn.Module, optimizers: list[Optimizer], *, wanted: bool = True
) -> list[dict]:
    """What each optimizer remembers of each parameter, by the parameter's name.

    ``wanted`` as in ``weights_of``. Tensors may be the optimizers' own.
    """
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return [
        {
            names[id(parameter)]: {
                key: _kept(value, wanted) for key, value in state.items()
            }
            for parameter, state in optimizer.state.items()
        }
        for optimizer in optimizers
    ]


def set_optimizer_state(
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


def _kept(value: Any, wanted: bool) -> Any:
    if not isinstance(value, Tensor):
        return value
    found = whole(value).detach()  # every process takes part
    return found.cpu() if wanted else None


def _placed(state: dict[str, Any], parameter: nn.Parameter) -> dict[str, Any]:
    """Tensors of the parameter's shape go where it lies; counters stay as they are."""
    return {
        key: share_out(value, parameter)
        if isinstance(value, Tensor) and value.shape == parameter.shape
        else value
        for key, value in state.items()
    }


def random_state() -> RandomState:
    """The states of Python's, NumPy's and torch's global generators.

    Plain data and tensors only, so that a checkpoint can hold it.
    """
    version, numbers, gauss = random.getstate()
    numpy = np.random.get_state(legacy=False)
    numpy["state"]["key"] = numpy["state"]["key"].tolist()
    state = {
        "python": [version, list(numbers), gauss],
        "numpy": numpy,
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    if torch.backends.mps.is_available():
        state["mps"] = torch.mps.get_rng_state()
    return state


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Inside, the generators draw as after seeding with ``seed``; then as before."""
    before = random_state()
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    try:
        yield
    finally:
        set_random_state(before)


def seeded_random_state(seed: int) -> RandomState:
    """The states that the generators would have after seeding with ``seed``.

    They themselves are left as they were.
    """
    with seeded(seed):
        return random_state()


def set_random_state(state: RandomState) -> None:
    """Set the generators back to what ``random_state`` returned.

    A device's state is left out where the device is not there.
    """
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    inner = state["numpy"]["state"]
    key = np.array(inner["key"], dtype=np.uint32)
    np.random.set_state(state["numpy"] | {"state": inner | {"key": key}})
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
    if "mps" in state and torch.backends.mps.is_available():
        torch.mps.set_rng_state(state["mps"])


def random_states(world: World, own: Sequence[Generator] = ()) -> RandomState:
    """This process's random state, with those of all processes where they differ.

    Every process must call this. ``own`` are generators that a model or a loss holds.
    """
    state = random_state()
    state["own"] = world.gather_texts(generators.saved(own))
    for name in OWN_GENERATORS:
        if name in state:
            state[name] = world.gather(state[name])
    return state


def set_own_random_state(
    states: RandomState, world: World, own: Sequence[Generator] = ()
) -> None:
    """Set this process's generators back to its part of ``random_states``.

    A process that was not there before keeps its own.

    Raises:
        ValueError: ``own`` are other generators than those that were saved.
    """
    if world.rank >= len(states["torch"]):
        return
    if "own" in states:  # older checkpoints have none
        generators.restore(own, states["own"][world.rank])
    parts = {
        name: states[name][world.rank] for name in OWN_GENERATORS if name in states
    }
    set_random_state(states | parts)
