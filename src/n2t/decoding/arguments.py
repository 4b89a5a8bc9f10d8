"""What decoding is asked, checked: prompts, stop tokens, options, the room there is."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from n2t._checks import check_ids, check_positive, check_size
from n2t.decoding.strategies import Strategy


def begun(model, source, prompt) -> Tensor:
    """The prompt (B, Tp), or a `bos_id` for each source."""
    if prompt is not None:
        check_prompt("prompt", prompt, model)
        if source is not None and len(source) != len(prompt):
            raise ValueError(f"prompt has {len(prompt)} rows, source has {len(source)}")
        return prompt
    if source is not None:
        check_ids("source", source)
    bos_id = getattr(model.config, "bos_id", None)
    if bos_id is None:
        raise ValueError("prompt must be given: the model's config has no bos_id")
    device = next(model.parameters()).device if source is None else source.device
    return torch.full((1 if source is None else len(source), 1), bos_id, device=device)


def check_prompt(name: str, prompt: Tensor, model: nn.Module) -> None:
    """Raise unless it holds ids, and no more of them than the model can read."""
    if isinstance(prompt, Tensor) and prompt.numel() == 0:  # of no ids, thus of floats
        raise ValueError(
            f"{name} is empty, shape {tuple(prompt.shape)}: give at least one id, such "
            "as the one that begins a text"
        )
    check_ids(name, prompt)
    limit, length = limit_of(model), prompt.shape[1]
    if limit is not None and length > limit:
        raise ValueError(
            f"{name} has {length} ids, more than the model's max_length ({limit})"
        )


def check_unpadded(prompt: Tensor, model: nn.Module) -> None:
    """Raise if rows of a batch are padded: decoding would go on from the padding."""
    pad_id = getattr(model.config, "pad_id", None)
    if len(prompt) == 1 or pad_id is None:
        return
    padding = prompt == pad_id
    padded = padding[:, -1]
    if getattr(model.config, "bos_id", None) != pad_id:
        padded = padded | padding[:, 0]
    padded = padded & ~padding.all(1)
    if padded.any():
        raise ValueError(
            f"prompt is padded: row {int(padded.nonzero()[0])} begins or ends with "
            f"pad_id ({pad_id}), from which decoding would go on; give a list of rows, "
            "each without padding"
        )


def limit_of(model: nn.Module) -> int | None:
    """The longest sequence that a model reads, if it has a limit."""
    return getattr(model.config, "max_length", None)


def check_room(model, prompt, history, max_new_tokens) -> None:
    """Raise if the next id would stand beyond the model's `max_length`."""
    limit, length = limit_of(model), prompt.shape[1]
    if limit is not None and history.shape[1] > limit:
        raise ValueError(
            f"prompt has {length} ids and max_new_tokens is {max_new_tokens}: after "
            f"{limit - length + 1} new ones the model's max_length ({limit}) is reached"
        )


def one_row(name: str, ids: Tensor | None) -> Tensor | None:
    """One sequence, (T,) or (1, T), as (1, T); None stays None."""
    if ids is None:
        return None
    if not isinstance(ids, Tensor):
        raise TypeError(f"{name} must be a tensor (T,), got {type(ids).__name__}")
    if ids.dim() == 1:
        return ids[None]
    if ids.dim() != 2 or len(ids) != 1:
        raise ValueError(f"{name} must be one sequence (T,), got {tuple(ids.shape)}")
    return ids


def stops_of(model: nn.Module, stop_ids: Sequence[int] | None) -> list[int]:
    """The ids that end a sequence: the given ones, or the model's `eos_id`."""
    if stop_ids is not None:
        return list(stop_ids)
    eos_id = getattr(model.config, "eos_id", None)
    return [] if eos_id is None else [eos_id]


def listed(stop_ids: Iterable[int] | None) -> list[int] | None:
    """`stop_ids` as a list, for they may be there to be read once; None stays None."""
    return None if stop_ids is None else list(stop_ids)


def check_stops(stops: Tensor, logits: Tensor) -> None:
    """Raise ValueError for a stop id that the logits do not have."""
    if len(stops) and int(stops.max()) >= logits.shape[-1]:
        raise ValueError(
            f"stop_ids holds {int(stops.max())}, outside the vocabulary "
            f"0 .. {logits.shape[-1] - 1}"
        )


def check_options(strategy, max_new_tokens, repetition_penalty, stop_ids) -> None:
    """Raise for an option that `n2t.decoding.decode` does not take."""
    if not isinstance(strategy, Strategy):
        raise TypeError(f"strategy must be Greedy, Beam or Sample, got {strategy!r}")
    check_size("max_new_tokens", max_new_tokens)
    check_positive("repetition_penalty", repetition_penalty)
    for stop_id in () if stop_ids is None else stop_ids:
        if isinstance(stop_id, bool) or not isinstance(stop_id, int) or stop_id < 0:
            raise ValueError(f"stop_ids must hold ids of 0 or more, got {stop_id!r}")
