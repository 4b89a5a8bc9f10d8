"""Losses: each gives the *sum* over tokens and the number of tokens.

A sum and a count, and not a mean, because batches differ in length: only the sums
of several batches, or of several processes, divided by all their tokens, give the
loss that one large batch would.
"""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from n2t._special_ids import PAD
from n2t.training.chunks import chunked_cross_entropy

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


def _exact(numbers: Tensor) -> Tensor:
    """In float32 at least: a softmax over a vocabulary needs the digits."""
    return numbers.to(torch.promote_types(numbers.dtype, torch.float32))


def translation_loss(
    label_smoothing: float = 0.0, ignore_id: int = PAD, chunk: int | None = None
) -> Loss:
    """A loss for ``model(source, target_in)`` on batches with ``target_out``.

    ``target_out`` is ``target_in`` shifted by one: the decoder is always given the
    true words before the one that it predicts (teacher forcing). ``chunk`` saves
    memory, as ``chunked_cross_entropy`` says.
    """
    options = dict(ignore_id=ignore_id, label_smoothing=label_smoothing)

    def loss(model: nn.Module, batch: Any) -> SummedLoss:
        ids = (batch.source, batch.target_in)
        return _read_out(model, ids, batch.target_out, chunk, options)

    return loss


def language_model_loss(
    model: nn.Module, batch: Any, chunk: int | None = None
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
