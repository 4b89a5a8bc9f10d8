"""Losses: each gives the *sum* over tokens and the number of tokens.

A sum and a count, and not a mean, because batches differ in length: only the sums
of several batches, or of several processes, divided by all their tokens, give the
loss that one large batch would.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from n2t._fields import Rate, Size, check_value
from n2t._special_ids import PAD

SummedLoss = tuple[Float[Tensor, ""], Int[Tensor, ""] | int]
Loss = Callable[[nn.Module, Any], SummedLoss]


def cross_entropy(
    logits: Float[Tensor, "... vocabulary"],
    targets: Int[Tensor, " ..."],
    *,
    ignore_id: int | None = None,
    label_smoothing: float = 0.0,
) -> SummedLoss:
    """Summed cross-entropy in nats, and the number of targets that count.

    With label smoothing ε the target has probability 1 - ε + ε/V and every other
    class ε/V (Szegedy et al. 2016, section 7).

    Args:
        logits: unnormalised log probabilities.
        targets: the right class of each position.
        ignore_id: targets equal to this do not count (padding).
        label_smoothing: ε, from 0 up to but not including 1.

    Raises:
        ValueError: shapes that do not belong together, or ε out of range.
    """
    if logits.shape[:-1] != targets.shape:
        raise ValueError(
            f"targets {tuple(targets.shape)} must have the shape of logits "
            f"{tuple(logits.shape)} without its last axis"
        )
    if not 0.0 <= label_smoothing < 1.0:
        raise ValueError(f"label_smoothing ({label_smoothing}) must be in [0, 1)")
    ignored = -100 if ignore_id is None else ignore_id
    total = F.cross_entropy(
        _exact(logits.reshape(-1, logits.shape[-1])),
        targets.reshape(-1),
        ignore_index=ignored,
        label_smoothing=label_smoothing,
        reduction="sum",
    )
    return total, (targets != ignored).sum()


def check_summed(found: Any) -> tuple[Tensor, Any]:
    """Return what a loss gave, if it is a sum and a count.

    Raises:
        TypeError: it is something else; the message says what.
    """
    wanted = "loss must give two things, (summed loss, number of tokens)"
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        raise TypeError(f"{wanted}; it gave {_named(found)}")
    total, count = found
    if not isinstance(total, Tensor) or total.dim() or not total.is_floating_point():
        raise TypeError(f"{wanted}, the first a float tensor (), not {_named(total)}")
    if isinstance(count, Tensor) and count.dim() == 0:
        return total, count
    if isinstance(count, (int, float, np.integer)):
        return total, count
    raise TypeError(f"{wanted}, the second one number, not {_named(count)}")


def check_sum(total: Tensor, count: Tensor | int | float) -> None:
    """Refuse a loss that was made as a mean, as far as its gradient's graph tells.

    Raises:
        ValueError: it is a mean over several tokens.
    """
    if int(count) > 1 and _averages(total.grad_fn, int(count)):
        raise ValueError(
            f"loss must give the sum over its {int(count)} tokens, and gives a mean: "
            'use reduction="sum" (or .sum() for .mean()), for only sums of several '
            "batches add up to the loss of all"
        )


def _named(value: Any) -> str:
    shape = f" {tuple(value.shape)}" if isinstance(value, Tensor) else ""
    return f"{type(value).__name__}{shape}"


def _averages(node: Any, count: int) -> bool:
    """Whether a node of the graph is a mean, a sum of means, or a share of one.

    A mean that is multiplied by more than 1 may be the sum again.
    """
    name, by = type(node).__name__, _number(getattr(node, "_saved_other", None))
    if name.startswith("DivBackward"):
        return by == count
    if name.startswith("MulBackward") and not (by is not None and abs(by) <= 1):
        return False
    if name.startswith(("AddBackward", "SubBackward", "MulBackward")):
        inner = [part for part, _ in node.next_functions if part is not None]
        return bool(inner) and all(_averages(part, count) for part in inner)
    return name.startswith("MeanBackward") or getattr(node, "_saved_reduction", 0) == 1


def _number(value: Any) -> float | None:
    single = isinstance(value, Tensor) and value.numel() == 1
    return float(value) if single or isinstance(value, (int, float)) else None


def _exact(numbers: Tensor) -> Tensor:
    """In float32 at least: a softmax over a vocabulary needs the digits."""
    return numbers.to(torch.promote_types(numbers.dtype, torch.float32))


def translation_loss(
    label_smoothing: Rate = 0.0, ignore_id: int = PAD, chunk: Size | None = None
) -> Loss:
    """A loss for ``model(source, target_in)`` on batches with ``target_out``.

    ``target_out`` is ``target_in`` shifted by one: the decoder is always given the
    true words before the one that it predicts (teacher forcing). ``chunk`` saves
    memory, as ``chunked_cross_entropy`` says.

    Raises:
        TypeError, ValueError: ``label_smoothing`` is no number from 0 to below 1.
    """
    check_value("label_smoothing", label_smoothing, Rate)
    options = dict(ignore_id=ignore_id, label_smoothing=label_smoothing)

    def loss(model: nn.Module, batch: Any) -> SummedLoss:
        ids = (batch.source, batch.target_in)
        return _read_out(model, ids, batch.target_out, chunk, options)

    return loss


def language_model_loss(
    model: nn.Module, batch: Any, chunk: Size | None = None
) -> SummedLoss:
    """The loss of ``model(inputs)`` on ``(inputs, targets)``, both (B, T).

    Every position counts, except targets of -100. ``chunk`` as in ``translation_loss``.
    """
    inputs, targets = batch
    return _read_out(model, (inputs,), targets, chunk, {})


def _read_out(
    model: nn.Module, ids: tuple, targets: Tensor, chunk: int | None, options: dict
) -> SummedLoss:
    """The loss from logits, or, in chunks, from what they are read from."""
    if chunk is None:
        return cross_entropy(model(*ids), targets, **options)
    features, output = model.features(*ids), model.output
    return chunked_cross_entropy(
        features, output.weight, output.bias, targets, chunk=chunk, **options
    )


def classification_loss(model: nn.Module, batch: Any) -> SummedLoss:
    """The loss of ``model(inputs)`` (B, C) on ``(inputs, labels)``, labels (B,)."""
    inputs, labels = batch
    return cross_entropy(model(inputs), labels)


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

    The (B, T, V) logits are the largest tensor of a training step, and plain
    cross-entropy keeps them, their log-softmax and their gradient all at once. But a
    row's loss and its gradient need that row's logits alone: both are made chunk by
    chunk in the forward pass, and only the gradients of the features and of the
    output's weights are kept.

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
        grads = [torch.empty_like(features), torch.zeros_like(weight)] if wanted else []
        if wanted:
            grads.append(None if bias is None else torch.zeros_like(bias))
        with torch.autocast(device, enabled=False):
            for start in range(0, len(features), chunk):
                part = slice(start, start + chunk)
                x = features[part].to(kind)
                logits = (x @ matrix.T).to(total.dtype)  # (chunk, V)
                logits = logits if bias is None else logits + bias
                total += _part_loss(logits, targets[part], smoothing, wanted)
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


def _part_loss(
    logits: Tensor, targets: Tensor, smoothing: float, wanted: bool
) -> Tensor:
    """The summed loss of some rows; turns ``logits`` into its gradient if wanted.

    With p = softmax(logits): loss = log Σ exp - (1-ε)·target's logit - ε·mean logit,
    and its gradient p - ε/V, less 1-ε at the target.
    """
    index = targets[:, None]
    right = logits.gather(-1, index).sum()
    even = logits.mean(-1).sum() if smoothing else 0.0
    peaks = logits.amax(-1, keepdim=True)
    powers = logits.sub_(peaks).exp_()  # of e; at most 1
    sums = powers.sum(-1, keepdim=True)
    log_sum = peaks.sum() + sums.log().sum()
    if wanted:
        shares = powers.div_(sums).sub_(smoothing / logits.shape[-1])
        shares.scatter_add_(-1, index, shares.new_full(index.shape, smoothing - 1))
    return log_sum - (1 - smoothing) * right - smoothing * even
