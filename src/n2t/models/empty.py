"""Models made without memory, which take their weights from elsewhere.

On torch's device "meta" tensors have shapes and no numbers: a model costs nothing
there, and draws nothing. `fill` then gives it numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from n2t.blocks import LayerNorm, RMSNorm
from n2t.models.configuration import Configuration
from n2t.positions import Positions


def make_empty(make: Callable[[Configuration], nn.Module], config: Configuration):
    """The model of a configuration, with shapes alone."""
    with torch.device("meta"):
        return make(config)


def fill(model: nn.Module, weights: Iterable[tuple[str, Tensor]]) -> None:
    """Give a model copies of `weights`, by name, in its dtypes; tied ones stay tied.

    A weight with several names may come under any of them. Tables that follow from the
    sizes are computed again. `weights` may be read on the way, so that all that is in
    memory is the copies and one weight more.

    Raises:
        RuntimeError: names or shapes that are not the model's, named all together.
    """
    own = model.state_dict(keep_vars=True)
    taken: dict[str, Tensor] = {}
    for name, value in weights:
        dtype = own[name].dtype if name in own else value.dtype
        taken[name] = value.to(dtype, copy=True, memory_format=torch.contiguous_format)
    shared = {name: names for names in _names_of_parameters(model) for name in names}
    check_fits(own, taken, shared)
    for name, value in taken.items():
        new = value
        if isinstance(own[name], nn.Parameter):
            new = nn.Parameter(value, requires_grad=own[name].requires_grad)
        for other in shared.get(name, [name]):
            put(model, other, new)
    compute_the_rest(model)


def check_fits(
    own: dict[str, Tensor], taken: dict[str, Tensor], shared: dict[str, list[str]]
) -> None:
    """Raise RuntimeError that names every weight that is missing, unknown or of another
    shape; `shared` says which names belong to one parameter."""
    names = {name: [n for n in shared.get(name, [name]) if n in taken] for name in own}
    problems = [f"{name} is missing" for name in own if not names[name]]
    problems += [f"{name} is unknown" for name in taken.keys() - own.keys()]
    for name in own.keys() & taken.keys():
        first = names[name][0]
        if taken[name].shape != own[name].shape:
            got, wanted = tuple(taken[name].shape), tuple(own[name].shape)
            problems.append(f"{name} is {got}, wanted {wanted}")
        elif name != first and not torch.equal(taken[name], taken[first]):
            problems.append(f"{first} and {name} are one in this model, and differ")
    if problems:
        raise RuntimeError("; ".join(sorted(problems)))


def check_as_configured(model: nn.Module) -> None:
    """Raise ValueError for a norm or positions that the model's `config` does not make,
    or a layer of another kind, such as one whose weights are packed.

    What they are made with (epsilon, base, kind, max_length) is in no file of weights.
    """
    modules = dict(model.named_modules())
    for name, wanted in make_empty(type(model), model.config).named_modules():
        found = modules.get(name)
        alike = type(found) is type(wanted) and repr(found) == repr(wanted)
        kept = isinstance(wanted, (LayerNorm, RMSNorm, Positions))
        replaced = isinstance(wanted, (nn.Linear, nn.Embedding)) and not isinstance(
            found, type(wanted)
        )
        if replaced or (kept and not alike):
            raise ValueError(
                f"{name} is {found}, and the model's config makes {wanted}: "
                "put it into the config, or it is lost"
            )


def _names_of_parameters(model: nn.Module) -> Iterable[list[str]]:
    """The names of each parameter: several where weights are tied."""
    names: dict[int, list[str]] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), []).append(name)
    return names.values()


def put(model: nn.Module, name: str, value: Tensor) -> None:
    """Let a parameter or buffer of the model be `value` itself."""
    path, _, leaf = name.rpartition(".")
    setattr(model.get_submodule(path), leaf, value)


def compute_the_rest(model: nn.Module) -> None:
    """Buffers that are in no file: the tables of positions, and whatever is left."""
    for module in model.modules():
        if isinstance(module, Positions) and any(b.is_meta for b in module.buffers()):
            module.make_tables()
    left = [name for name, buffer in model.named_buffers() if buffer.is_meta]
    if left:  # a model of another's making: only the model itself knows how
        with torch.random.fork_rng():
            made = dict(type(model)(model.config).named_buffers())
        for name in left:
            put(model, name, made[name])
