"""Whether a model is made as this library makes it, and whether it has changed since.

A prepared form replaces the model's own code. It may do so only where that code is the
library's, in the places that the configuration makes: no other class, no hook, no
method replaced on an object or on a class.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module

from n2t.attention import MultiHeadAttention
from n2t.blocks import (
    DecoderLayer,
    Dropout,
    EncoderLayer,
    FeedForward,
    Layer,
    LayerNorm,
    RMSNorm,
)
from n2t.cache import KeyValueCache
from n2t.models.configuration import Configuration
from n2t.models.empty import make_empty
from n2t.positions import Alibi, Learned, OnePass, Positions, Rotary, Sinusoidal

_methods: dict[type, dict[str, Any]] = {}
PLAIN = (bool, int, float, str, type(None))


def remember(*classes: type) -> None:
    """Take these classes, as they are now, for what a prepared form stands for."""
    for made in classes:
        _methods[made] = _functions(made)


def _functions(made: type) -> dict[str, Any]:
    """The functions and properties of a class itself, without `__init__` and such."""
    return {
        name: value
        for name, value in vars(made).items()
        if not name.startswith("__")
        and (callable(value) or isinstance(value, property))
    }


remember(
    *(MultiHeadAttention, KeyValueCache, DecoderLayer, EncoderLayer, Layer),
    *(FeedForward, Dropout, LayerNorm, RMSNorm, Positions, OnePass),
    *(Alibi, Learned, Rotary, Sinusoidal),
    *(nn.Linear, nn.Embedding, nn.Identity, nn.ModuleList),
)


def as_made(model: nn.Module) -> bool:
    """Whether nothing but the library's own code runs when the model does."""
    if any(_functions(made) != known for made, known in _methods.items()):
        return False
    if torch_module._global_forward_hooks or torch_module._global_forward_pre_hooks:
        return False
    found = [(name, type(module)) for name, module in model.named_modules()]
    if type(model) not in _methods or found != _made(type(model), model.config):
        return False
    return all(_untouched(module) for module in model.modules())


@lru_cache(maxsize=16)
def _made(kind: type[nn.Module], config: Configuration) -> list[tuple[str, type]]:
    """The parts that such a configuration makes, by name."""
    made = make_empty(kind, config)
    return [(name, type(module)) for name, module in made.named_modules()]


def _untouched(module: nn.Module) -> bool:
    kind = type(module)
    if kind not in _methods or module._forward_hooks or module._forward_pre_hooks:
        return False
    return not any(hasattr(kind, name) and name != "training" for name in _set(module))


def _set(module: nn.Module) -> list[str]:
    """Public names that were set on the object itself, rather than on its class."""
    return [name for name in vars(module) if not name.startswith("_")]


class Fingerprint(NamedTuple):
    """What a prepared form was made of; equal as long as it is still that.

    layers: each module and its settings. tensors: each weight and where it lies, with
    torch's count of changes. That count leaves out changes through `.data`, so probes
    are what each matrix makes of a fixed vector: one more product of one row each.
    """

    layers: list[tuple]
    tensors: list[tuple]
    probes: list[Tensor]

    def same(self, model: nn.Module) -> bool:
        """Whether the model is as it was."""
        if self.layers != layers_of(model) or self.tensors != tensors_of(model):
            return False
        probes = probes_of(model)
        return all(map(torch.equal, self.probes, probes))


def fingerprint(model: nn.Module) -> Fingerprint:
    """The model as it is now."""
    return Fingerprint(layers_of(model), tensors_of(model), probes_of(model))


def layers_of(model: nn.Module) -> list[tuple]:
    """Each module with the numbers and words that are set on it."""
    return [
        (id(module), *(v for n, v in vars(module).items() if _setting(n, v)))
        for module in model.modules()
    ]


def _setting(name: str, value: Any) -> bool:
    return name != "training" and isinstance(value, PLAIN) and name[0] != "_"


def tensors_of(model: nn.Module) -> list[tuple]:
    """Each parameter and buffer: which, where, what kind, how often changed."""
    return [
        (
            id(x), x.data_ptr(), x.dtype, tuple(x.shape), x.device,
            None if x.is_inference() else x._version,
        )
        for x in (*model.parameters(), *model.buffers())
    ]  # fmt: skip


def probes_of(model: nn.Module) -> list[Tensor]:
    """What each linear map makes of a fixed vector."""
    vectors: dict[int, Tensor] = {}
    found = []
    for module in model.modules():
        if type(module) is nn.Linear:
            weight = module.weight.detach()
            width = weight.shape[1]
            if width not in vectors:
                vectors[width] = torch.arange(1, width + 1, dtype=weight.dtype).cos()
            found.append(weight @ vectors[width])
            if module.bias is not None:
                found.append(module.bias.detach().clone())
    return found
