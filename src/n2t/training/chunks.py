"""Cross-entropy without the (B, T, V) logits: a few rows at a time.

Logits are the largest tensor of a training step, and plain cross-entropy keeps them,
their log-softmax and their gradient all at once. But a row's loss and its gradient
need that row's logits alone: both are made chunk by chunk in the forward pass, and
only the gradients of the features and of the output's weights are kept.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def chunked_cross_entropy(
    features: Float[Tensor, "... d_model"],
    weight: Float[Tensor, "vocabulary d_model"],
    bias: Float[Tensor, " vocabulary"] | None,
    targets: Int[Tensor, " ..."],
    *,
    chunk: int,
    ignore_id: int | None = None,
    label_smoothing: float = 0.0,
) -> tuple[Float[Tensor, ""], Int[Tensor, ""]]:
    """``cross_entropy(features @ weight.T + bias, targets)``, in less memory.

    Args:
        features: what the logits are read from.
        weight, bias: of the output layer.
        targets: the right class of each position.
        chunk: positions whose logits exist at the same time.
        ignore_id, label_smoothing: as in ``cross_entropy``.

    Raises:
        ValueError: ``chunk`` below 1, or shapes that do not belong together.
    """
    if chunk < 1 or features.shape[:-1] != targets.shape:
        raise ValueError(
            f"chunk ({chunk}) must be at least 1, and targets {tuple(targets.shape)} "
            f"shaped as features {tuple(features.shape)} without the last axis"
        )
    live = targets.reshape(-1) != (-100 if ignore_id is None else ignore_id)
    rows = features.reshape(-1, features.shape[-1])[live]  # (N, D)
    total = _Chunked.apply(
        rows,
        weight,
        bias,
        targets.reshape(-1)[live],
        chunk,
        label_smoothing,
        torch.is_grad_enabled(),
    )
    return total, live.sum()


class _Chunked(torch.autograd.Function):
    """The summed loss of (N, D) features; gradients are made on the way forward."""

    @staticmethod
    def forward(ctx, features, weight, bias, targets, chunk, smoothing, wanted):
        kind, device = features.dtype, features.device.type
        if torch.is_autocast_enabled(device):
            kind = torch.get_autocast_dtype(device)
        matrix = weight.to(kind)
        total = features.new_zeros((), dtype=torch.promote_types(kind, torch.float32))
        grads = [torch.empty_like(features), torch.zeros_like(weight)]
        grads.append(None if bias is None else torch.zeros_like(bias))
        with torch.autocast(device, enabled=False):
            for start in range(0, len(features), chunk):
                part = slice(start, start + chunk)
                x = features[part].to(kind)
                logits = (x @ matrix.T).to(total.dtype)  # (chunk, V)
                logits = logits if bias is None else logits + bias
                total += _loss(logits, targets[part], smoothing, wanted)
                if wanted:  # logits now hold their own gradient
                    slope = logits.to(kind)
                    grads[0][part] = slope @ matrix
                    grads[1] += slope.T @ x
                    if bias is not None:
                        grads[2] += logits.sum(0)
        ctx.save_for_backward(*grads)
        return total

    @staticmethod
    def backward(ctx, slope):
        grads = [g if g is None else g * slope.to(g.dtype) for g in ctx.saved_tensors]
        return *grads, None, None, None, None


def _loss(logits: Tensor, targets: Tensor, smoothing: float, wanted: bool) -> Tensor:
    """The summed loss of some rows; turns ``logits`` into its gradient if wanted.

    With p = softmax(logits): loss = log Σ exp - (1-ε)·target's logit - ε·mean logit,
    and its gradient p - ε/V, less 1-ε at the target.
    """
    index = targets[:, None]
    log_sum = logits.logsumexp(-1, keepdim=True)
    right = logits.gather(-1, index)
    loss = log_sum.sum() - (1 - smoothing) * right.sum()
    if smoothing:
        loss = loss - smoothing * logits.mean(-1).sum()
    if wanted:
        logits.sub_(log_sum).exp_().sub_(smoothing / logits.shape[-1])
        logits.scatter_add_(-1, index, torch.full_like(right, smoothing - 1))
    return loss
