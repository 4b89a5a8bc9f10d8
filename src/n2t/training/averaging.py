"""The mean of a model's last weights, kept while it trains."""

from collections import deque
from typing import Any

import torch
from torch import Tensor, nn

from n2t.training.config import FitConfig
from n2t.training.distributed import share_out, whole

Weights = dict[str, Tensor]


class Average:
    """The mean of the last ``average_last`` snapshots, ``average_every`` steps apart.

    Without patience the last snapshot is at ``max_steps``, so which steps count is
    known from the start and one running mean is enough. A run with patience may end
    at any validation: there the last snapshots are kept one by one.

    Averaged weights lie nearer the middle of the valley whose sides the last steps
    jump between (Izmailov et al. 2018); the 2017 Transformer averages its last 5 or
    20 checkpoints (section 6.1).
    """

    def __init__(self, config: FitConfig) -> None:
        self.every, self.enabled = config.average_every, config.average_last > 0
        self.open_end = config.patience is not None
        first = config.max_steps - (config.average_last - 1) * self.every
        self.first = self.every if self.open_end else first
        self.snapshots: deque[Weights] = deque(maxlen=config.average_last)
        self.count = 0
        self.mean: Weights = {}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Take a snapshot if one is due after update ``step``."""
        due = step >= self.first and (step - self.first) % self.every == 0
        if not self.enabled or not due:
            return
        weights = dict(model.named_parameters())
        if self.open_end:
            self.snapshots.append({k: v.detach().clone() for k, v in weights.items()})
        else:
            self._add(weights)

    def _add(self, weights: Weights) -> None:
        """One more snapshot in the running mean."""
        self.count += 1
        for name, weight in weights.items():
            if self.count == 1:
                self.mean[name] = weight.detach().clone()
            else:
                self.mean[name].lerp_(weight.detach(), 1 / self.count)

    @torch.no_grad()
    def apply(self, model: nn.Module) -> bool:
        """Give the model the mean; False if no snapshot was taken."""
        while self.snapshots:
            self._add(self.snapshots.popleft())
        if not self.count:
            return False
        for name, parameter in model.named_parameters():
            parameter.copy_(self.mean[name])
        return True

    def state_dict(self, *, wanted: bool = True) -> dict[str, Any]:
        """The mean so far, of how many snapshots, and the snapshots not yet in it.

        Every process of a shared-out model takes part; where it is not ``wanted``,
        no weights are kept.
        """

        def kept(weight: Tensor) -> Tensor:
            found = whole(weight)
            return found if wanted else found.new_empty(0)

        return {
            "count": self.count,
            "mean": _each(kept, self.mean),
            "snapshots": [_each(kept, some) for some in self.snapshots],
        }

    def load_state_dict(self, state: dict[str, Any], model: nn.Module) -> None:
        """Go on from a mean that ``state_dict`` gave."""
        like = dict(model.named_parameters())

        def shared(weights: Weights) -> Weights:
            return {name: share_out(w, like[name]) for name, w in weights.items()}

        self.count, self.mean = state["count"], shared(state["mean"])
        self.snapshots.clear()
        self.snapshots.extend(map(shared, state.get("snapshots", [])))


def _each(function, weights: Weights) -> Weights:
    return {name: function(weight) for name, weight in weights.items()}
