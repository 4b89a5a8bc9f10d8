"""The mean of a model's last weights, kept while it trains."""

from typing import Any

import torch
from torch import Tensor, nn

from n2t.training.config import FitConfig
from n2t.training.distributed import share_out, whole


class Average:
    """The mean of the last ``average_last`` snapshots, ``average_every`` steps apart.

    The last snapshot is at ``max_steps``, so which steps count is known from the
    start and one running mean is enough. Averaged weights lie nearer the middle of
    the valley whose sides the last steps jump between (Izmailov et al. 2018); the
    2017 Transformer averages its last 5 or 20 checkpoints (section 6.1).
    """

    def __init__(self, config: FitConfig) -> None:
        self.end, self.every = config.max_steps, config.average_every
        self.first = self.end - (config.average_last - 1) * self.every
        self.enabled = config.average_last > 0
        self.count = 0
        self.mean: dict[str, Tensor] = {}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Take a snapshot if one is due after update ``step``."""
        due = step >= self.first and (self.end - step) % self.every == 0
        if not self.enabled or not due:
            return
        self.count += 1
        for name, parameter in model.named_parameters():
            if self.count == 1:
                self.mean[name] = parameter.detach().clone()
            else:
                self.mean[name].lerp_(parameter.detach(), 1 / self.count)

    @torch.no_grad()
    def apply(self, model: nn.Module) -> bool:
        """Give the model the mean; False if no snapshot was taken."""
        if not self.count:
            return False
        for name, parameter in model.named_parameters():
            parameter.copy_(self.mean[name])
        return True

    def state_dict(self) -> dict[str, Any]:
        """The mean so far and of how many snapshots."""
        mean = {name: whole(tensor) for name, tensor in self.mean.items()}
        return {"count": self.count, "mean": mean}

    def load_state_dict(self, state: dict[str, Any], model: nn.Module) -> None:
        """Go on from a mean that ``state_dict`` gave."""
        like = dict(model.named_parameters())
        self.count = state["count"]
        self.mean = {
            name: share_out(tensor, like[name])
            for name, tensor in state["mean"].items()
        }
