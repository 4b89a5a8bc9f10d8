"""One update of the weights, on one page: batches, loss, gradients, clip, step.

What is done around updates (rates, validation, checkpoints) is in ``loop.py``. On one
device and in float32, ``world``, ``precision`` and ``distributed`` change nothing here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from n2t.training import distributed
from n2t.training.losses import Loss, SummedLoss, check_sum, check_summed
from n2t.training.precision import Precision
from n2t.training.stream import to_device


class Objective(nn.Module):
    """A model and its loss as one module: what is compiled and shared out."""

    def __init__(self, model: nn.Module, loss: Loss) -> None:
        super().__init__()
        self.model, self.loss = model, loss

    def forward(self, batch: Any) -> SummedLoss:
        """Summed loss and number of tokens of a batch.

        Raises TypeError for a loss that gives something else.
        """
        return check_summed(self.loss(self.model, batch))


@dataclass
class Updater:
    """Moves the weights, one update at a time.

    Attributes:
        objective: gives the summed loss, in nats, and the number of tokens of a batch.
        parameters: the weights that are trained.
        optimizers: each moves some of them.
        clip_norm: the gradient's largest norm (None: no bound).
        precision: how many bits the products have.
        world: the processes that share the work.
        checked: whether the loss was seen to be a sum.
    """

    objective: nn.Module
    parameters: list[nn.Parameter]
    optimizers: list[Optimizer]
    clip_norm: float | None
    precision: Precision
    world: distributed.World
    checked: bool = False

    def update(
        self, batches: list[Any], check: Callable[[Tensor, Tensor], None]
    ) -> Tensor:
        """Move the weights against the gradient of the mean loss over all tokens.

        Args:
            batches: this process's share; their gradients add up before the one step.
            check: called before the step with ``[summed loss, tokens]`` of all
                batches of all processes and with the gradient's norm; may raise.

        Returns:
            The gradient's norm before clipping.
        """
        self.objective.train()  # dropout is on
        sums = self.add_gradients(batches)  # (2,): summed loss, tokens
        norm = self.clip(tokens=sums[1])  # (): of the mean loss's gradient
        check(sums, norm)
        self.precision.step(self.optimizers)
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        return norm

    def add_gradients(self, batches: list[Any]) -> Tensor:
        """Add up the gradients of the summed loss over this process's batches.

        Returns ``[summed loss, tokens]`` of all processes.
        """
        sums = self.world.pair(0.0, 0)
        for number, batch in enumerate(batches, 1):
            # several processes exchange gradients once, after their last batch
            with distributed.sharing(self.objective, number == len(batches)):
                with self.precision.autocast():
                    loss, tokens = self.objective(to_device(batch, self.world.device))
                if not self.checked:
                    check_sum(loss, tokens)
                    self.checked = True
                self.precision.backward(loss)  # adds to the .grad of each parameter
            sums += self.world.pair(loss, tokens)
        return self.world.sum(sums)

    def clip(self, tokens: Tensor) -> Tensor:
        """Turn summed gradients into those of the mean, no longer than ``clip_norm``.

        Processes have averaged their gradients, hence the factor ``size``.
        Returns the norm before clipping.
        """
        self.precision.unscale(self.optimizers)
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        scale = self.world.size / tokens.clamp(min=1).float()
        norm = distributed.whole(nn.utils.get_total_norm(gradients)) * scale
        if self.clip_norm is not None:
            # 1e-6 as in torch's clip_grad_norm_, whose work this is
            scale = scale * (self.clip_norm / (norm + 1e-6)).clamp(max=1.0)
        torch._foreach_mul_([distributed.own_part(g) for g in gradients], scale)
        return norm
