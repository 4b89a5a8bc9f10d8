"""Losses as sums and counts: cross-entropy, and those of the three tasks."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from n2t._fields import NotNegative, Rate, Size, check_value
from n2t._special_ids import PAD
from n2t.training.losses.chunked import chunked_cross_entropy, chunked_r_drop

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
    label_smoothing: Rate = 0.0,
    ignore_id: int = PAD,
    chunk: Size | None = None,
    r_drop: NotNegative = 0.0,
) -> Loss:
    """A loss for ``model(source, target_in)`` on batches with ``target_out``.

    ``target_out`` is ``target_in`` shifted by one: the decoder is always given the
    true words before the one that it predicts (teacher forcing). ``chunk`` saves
    memory, as ``chunked_cross_entropy`` says. With ``r_drop`` above 0, a model in
    training reads each batch twice, and is drawn to agree with itself
    (``chunked_r_drop``).

    Raises:
        TypeError, ValueError: ``label_smoothing`` is no number from 0 to below 1, or
            ``r_drop`` none from 0.
    """
    check_value("label_smoothing", label_smoothing, Rate)
    check_value("r_drop", r_drop, NotNegative)
    options = dict(ignore_id=ignore_id, label_smoothing=label_smoothing)

    def loss(model: nn.Module, batch: Any) -> SummedLoss:
        ids, targets = (batch.source, batch.target_in), batch.target_out
        if not (r_drop and model.training):
            return _read_out(model, ids, targets, chunk, options)
        source, target_in = (torch.cat([rows, rows]) for rows in ids)  # (2B, T)
        return chunked_r_drop(
            model.features(source, target_in), model.output.weight, model.output.bias,
            targets, r_drop, chunk=chunk or targets.numel(), **options,
        )  # fmt: skip

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
