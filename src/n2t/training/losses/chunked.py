"""Chapter 17's losses, their logits made a chunk at a time, and gradients with them.

The (B, T, V) logits are the largest tensor of a training step, and plain
cross-entropy keeps them, their log-softmax and their gradient all at once. But a
row's loss and its gradient need that row's logits alone: both are made chunk by chunk
in the forward pass, and only the gradients of the features and of the output's
weights are kept.
"""

import math
from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor

PartLoss = Callable[[Tensor, Tensor, bool], Tensor]
"""(logits, targets, whether a gradient is wanted) to the summed loss of some rows.

Turns ``logits`` into its gradient, in place, if that is wanted."""


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
    _check(chunk, features, targets, targets.shape)
    live = targets.reshape(-1) != (-100 if ignore_id is None else ignore_id)
    rows = features.reshape(-1, features.shape[-1])[live]  # (N, D)
    right = targets.reshape(-1)[live]
    part_loss = partial(_cross_entropy, label_smoothing)
    return _total(rows, weight, bias, right, chunk, part_loss), live.sum()


def chunked_r_drop(
    features: Float[Tensor, "twice ... d_model"],
    weight: Float[Tensor, "vocabulary d_model"],
    bias: Float[Tensor, " vocabulary"] | None,
    targets: Int[Tensor, "batch ..."],
    alpha: float,
    *,
    chunk: int,
    ignore_id: int | None = None,
    label_smoothing: float = 0.0,
) -> tuple[Float[Tensor, ""], Int[Tensor, ""]]:
    """R-Drop: two dropout masks' losses, and how far the two disagree.

    Half of equation 4 of Liang et al., "R-Drop: Regularized Dropout for Neural
    Networks" (2021): the mean of both cross-entropies, and α/4 times the sum of both
    Kullback-Leibler divergences; where the passes agree it is the plain loss.

    Args:
        features: of the same B examples twice, (2B, ..., D), one pass after the other.
        targets: the right classes, (B, ...).
        alpha: the weight of the disagreement; the authors' for translation is 5.
        weight, bias, chunk, ignore_id, label_smoothing: as in
            ``chunked_cross_entropy``; a chunk has so many positions of each pass.

    Raises:
        ValueError: ``chunk`` below 1, or shapes that do not belong together.
    """
    _check(chunk, features, targets, (2 * len(targets), *targets.shape[1:]))
    live = targets.reshape(-1) != (-100 if ignore_id is None else ignore_id)
    right = targets.reshape(-1)[live].split(chunk)
    passes = features.reshape(2, -1, features.shape[-1])[:, live].split(chunk, dim=1)
    rows = torch.cat([part.flatten(0, 1) for part in passes])  # each chunk's two passes
    part_loss = partial(_agreeing, alpha, label_smoothing)
    twice = torch.cat([torch.cat([part, part]) for part in right])
    return _total(rows, weight, bias, twice, 2 * chunk, part_loss), live.sum()


def _check(chunk: int, features: Tensor, targets: Tensor, wanted: tuple) -> None:
    if chunk < 1 or features.shape[:-1] != wanted:
        raise ValueError(
            f"chunk ({chunk}) must be at least 1, and features {tuple(features.shape)} "
            f"shaped {(*wanted, 'D')} for targets {tuple(targets.shape)}"
        )


def _total(rows, weight, bias, targets, chunk: int, part_loss: PartLoss) -> Tensor:
    """The summed loss of (N, D) features."""
    given = rows, weight, bias, targets, chunk, part_loss
    return _Chunked.apply(*given, torch.is_grad_enabled())


class _Chunked(torch.autograd.Function):
    """The summed loss of (N, D) features; gradients are made on the way forward."""

    @staticmethod
    def forward(ctx, features, weight, bias, targets, chunk, part_loss, wanted):
        kind, device = features.dtype, features.device.type
        if torch.is_autocast_enabled(device):
            kind = torch.get_autocast_dtype(device)
        matrix = weight.to(kind)
        total = features.new_zeros((), dtype=torch.promote_types(kind, torch.float32))
        grads = [torch.empty_like(features), torch.zeros_like(weight)] if wanted else []
        if wanted:
            grads.append(None if bias is None else torch.zeros_like(bias))
        room = features.new_empty(min(chunk, len(features)), len(weight), dtype=kind)
        with torch.autocast(device, enabled=False):
            for start in range(0, len(features), chunk):
                part = slice(start, start + chunk)
                x = features[part].to(kind)
                logits = torch.mm(x, matrix.T, out=room[: len(x)]).to(total.dtype)
                if bias is not None:
                    logits += bias
                total += part_loss(logits, targets[part], wanted)
                if wanted:  # logits now hold their own gradient, (chunk, V)
                    slope = logits.to(kind)
                    grads[0][part] = slope @ matrix
                    _add_product(grads[1], slope.T, x)
                    if bias is not None:
                        grads[2] += logits.sum(0)
        ctx.save_for_backward(*grads)
        return total

    @staticmethod
    def backward(ctx, slope):
        grads = [g if g is None else g * slope.to(g.dtype) for g in ctx.saved_tensors]
        return *grads, None, None, None, None


def _add_product(total: Tensor, left: Tensor, right: Tensor) -> None:
    """Add ``left @ right`` to ``total``, which may be of a wider dtype."""
    if total.dtype == left.dtype:
        total.addmm_(left, right)
    else:
        total += left @ right


def _cross_entropy(
    smoothing: float, logits: Tensor, targets: Tensor, wanted: bool
) -> Tensor:
    """The summed loss of some rows; turns ``logits`` into its gradient if wanted.

    With p = softmax(logits): loss = log Σ exp - (1-ε)·target's logit - ε·mean logit,
    and its gradient p - ε/V, less 1-ε at the target.
    """
    index = targets[:, None]
    right = logits.gather(-1, index).sum()
    even = logits.mean(-1).sum() if smoothing else 0.0
    peaks = logits.amax(-1, keepdim=True)
    powers = logits.sub_(peaks).exp_()  # of e, at most 1: taken once
    sums = powers.sum(-1, keepdim=True)
    log_sum = peaks.sum() + sums.log().sum()
    if wanted:
        shares = powers.div_(sums).sub_(smoothing / logits.shape[-1])
        shares.scatter_add_(-1, index, shares.new_full(index.shape, smoothing - 1))
    return log_sum - (1 - smoothing) * right - smoothing * even


def _agreeing(
    alpha: float, smoothing: float, logits: Tensor, targets: Tensor, wanted: bool
) -> Tensor:
    """As ``_cross_entropy`` for rows of two passes, their mean and α/4 (KL + KL).

    With p, q the two softmaxes and d = log p - log q, the divergences are Σ p d and
    -Σ q d. The gradient of both for the first logits is p d + p (1 - Σ p d) - q, and
    for the second the same with p and q, d and -d exchanged.
    """
    index, even = targets[:, None], smoothing / logits.shape[-1]
    logs = logits.log_softmax(-1)
    loss = -(1 - smoothing) / 2 * logs.gather(-1, index).sum()
    if smoothing:
        loss = loss - smoothing / 2 * logs.mean(-1).sum()
    shares, apart = logs.exp(), torch.sub(*logs.chunk(2))
    apart.nan_to_num_(0.0, math.inf, -math.inf)  # both rule a class out: they agree
    pulls = shares * torch.cat([apart, -apart])
    sums = pulls.sum(-1, keepdim=True)  # of each row: a divergence
    if wanted:
        torch.mul(shares, 1 / 2 + alpha / 4 * (1 - sums), out=logits)
        logits.add_(pulls, alpha=alpha / 4).sub_(even / 2)
        for slope, other in zip(logits.chunk(2), shares.chunk(2)[::-1], strict=True):
            slope.sub_(other, alpha=alpha / 4)
        logits.scatter_add_(-1, index, torch.full_like(sums, (smoothing - 1) / 2))
    return loss + alpha / 4 * sums.sum()
