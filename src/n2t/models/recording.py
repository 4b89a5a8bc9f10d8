"""The attention weights of a model, recorded while it runs."""

from __future__ import annotations

from contextlib import contextmanager

import torch
from torch import Tensor, nn

from n2t.attention import MultiHeadAttention
from n2t.modes import evaluating


class ShowsAttention:
    """Gives a model of `MultiHeadAttention` layers pictures of where each looks."""

    @torch.no_grad()
    def attention_maps(self, *inputs: Tensor) -> dict[str, Tensor]:
        """The weights (B, H, Tq, Tk) of every attention for these inputs, by name.

        The model runs once, in eval mode; a name is the module's path, such as
        "decoder.layers.0.cross_attention".
        """
        maps: dict[str, Tensor] = {}
        with evaluating(self), _recorded(self, maps):
            self(*inputs)
        return maps


@contextmanager
def _recorded(model: nn.Module, maps: dict[str, Tensor]):
    """Inside, every attention of `model` puts its weights into `maps`."""

    def ask(module, args, kwargs):
        return args, {**kwargs, "return_weights": True}

    def keeper(name):
        def keep(module, args, result):
            output, maps[name] = result
            return output

        return keep

    hooks = []
    for name, module in model.named_modules():
        if isinstance(module, MultiHeadAttention):
            hooks.append(module.register_forward_pre_hook(ask, with_kwargs=True))
            hooks.append(module.register_forward_hook(keeper(name)))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
