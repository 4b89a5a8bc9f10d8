"""AdamW with sane groups, and Muon for the matrices inside the layers."""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from n2t.training.config import FitConfig
from n2t.training.schedules import SCHEDULES


def make_optimizers(model: nn.Module, config: FitConfig) -> list[Optimizer]:
    """The optimizers of a run: one AdamW, or a Muon and an AdamW for the rest.

    Each group remembers its peak learning rate as ``peak``; AdamW is fused (one
    kernel for all tensors), which torch has for CPU, CUDA and MPS.
    """
    matrices, embeddings, vectors = split_parameters(model)
    decay = config.weight_decay
    groups = [
        {"params": matrices, "weight_decay": decay, "peak": config.learning_rate},
        {
            "params": embeddings + vectors,
            "weight_decay": 0.0,
            "peak": config.learning_rate,
        },
    ]
    muon = []
    if config.optimizer == "muon" and matrices:
        peak = config.muon_learning_rate
        muon = [
            Muon([groups.pop(0) | {"peak": peak}], lr=peak, weight_decay=decay),
        ]
    groups = [group for group in groups if group["params"]]
    adamw = [
        AdamW(
            groups,
            lr=config.learning_rate,
            betas=config.betas,
            eps=config.epsilon,
            fused=True,
        )
    ]
    return muon + adamw if groups else muon


def set_learning_rate(
    optimizers: list[Optimizer], config: FitConfig, step: int
) -> float:
    """Give every group its share of its peak; return the last group's rate."""
    share = SCHEDULES[config.schedule](
        step,
        warmup=config.warmup,
        max_steps=config.max_steps,
        final_share=config.final_share,
    )
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * share
    return group["lr"]


def split_parameters(
    model: nn.Module,
) -> tuple[list[nn.Parameter], list[nn.Parameter], list[nn.Parameter]]:
    """A model's trained parameters as (matrices, embeddings, vectors).

    An embedding is what an ``nn.Embedding`` holds, and what a module calls one: the
    parameters that its method ``embedding_weights()`` gives, if it has that method.
    A matrix that reads out the logits is one, as are learned positions: each row
    belongs to a token or a place and is not mixed with the others. Vectors are biases
    and the gains of norms.
    """
    tables = {id(table) for table in _tables(model)}
    matrices, embeddings, vectors = [], [], []
    for parameter in model.parameters():
        if not parameter.requires_grad:
            continue
        if id(parameter) in tables:
            embeddings.append(parameter)
        elif parameter.dim() >= 2:
            matrices.append(parameter)
        else:
            vectors.append(parameter)
    return matrices, embeddings, vectors


def _tables(model: nn.Module) -> Iterable[nn.Parameter]:
    """What the modules themselves say is an embedding."""
    for module in model.modules():
        if isinstance(module, nn.Embedding):
            yield module.weight
        if hasattr(module, "embedding_weights"):
            yield from module.embedding_weights()


class Muon(Optimizer):
    """Momentum whose update is made orthogonal, for matrices.

    Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024).
    Every singular value of the update is pushed near 1, so that rare directions
    learn as fast as common ones. The step is scaled by √max(1, rows/columns).

    ``torch.optim.Muon`` takes the same steps, but makes each in bfloat16 on every
    device, 1 to 1.5% off, so that a run on two processes would end elsewhere than on
    one; and it refuses more than two dimensions.

    Args:
        params: parameters of two dimensions (more are flattened from the second on).
        lr: learning rate; 0.02 is the authors' starting point.
        momentum: share of the old direction that is kept; Nesterov's form.
        weight_decay: decoupled, as in AdamW.
        steps: of the Newton-Schulz iteration.
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 0.02,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        steps: int = 5,
    ) -> None:
        if lr <= 0 or not 0 <= momentum < 1:
            raise ValueError(
                f"lr ({lr}) must be above 0, momentum ({momentum}) in [0, 1)"
            )
        super().__init__(
            params,
            dict(lr=lr, momentum=momentum, weight_decay=weight_decay, steps=steps),
        )
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.dim() < 2:
                    raise ValueError(
                        f"params: Muon wants matrices, got {tuple(parameter.shape)}"
                    )

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Move every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group)

    def _move(self, parameter: nn.Parameter, group: dict) -> None:
        state = self.state[parameter]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        momentum = state["momentum_buffer"]
        momentum.lerp_(parameter.grad, 1 - group["momentum"])
        update = parameter.grad.lerp(momentum, group["momentum"])  # Nesterov
        update = orthogonalize(update.flatten(1), group["steps"])
        rows, columns = update.shape
        rate = group["lr"] * max(1.0, rows / columns) ** 0.5
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.add_(update.view_as(parameter).to(parameter.dtype), alpha=-rate)


def orthogonalize(
    matrix: Float[Tensor, "rows columns"], steps: int = 5
) -> Float[Tensor, "rows columns"]:
    """A matrix with the same singular vectors and singular values near 1.

    Newton-Schulz: x ← a·x + b·(x xᵀ)x + c·(x xᵀ)²x acts on each singular value alone.
    Jordan's coefficients trade exactness (values end between about 0.7 and 1.2) for
    speed. Matrix products run in bfloat16 on CUDA and under autocast, else in the
    matrix's own dtype.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    lower = matrix.is_cuda or torch.is_autocast_enabled(matrix.device.type)
    x = matrix.bfloat16() if lower else matrix
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)  # the largest singular value is now at most 1
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if tall else x
