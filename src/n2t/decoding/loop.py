"""The loop that decodes every model, and its checks; `n2t.decoding` is the front."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from n2t._checks import check_ids, check_size
from n2t._special_ids import PAD
from n2t.decoding.logits import penalize_repetition
from n2t.decoding.searches import Search
from n2t.decoding.strategies import Beam, Greedy, Strategy


@runtime_checkable
class DecodingState(Protocol):
    """What a model remembers while decoding: its cache, one row a sequence."""

    def reorder(self, rows: Int[Tensor, " new_batch"]) -> None:
        """Let row i become the old row rows[i]; the batch may grow or shrink."""


@runtime_checkable
class GeneratingModel(Protocol):
    """What a model offers to be decoded."""

    def start(
        self, source: Tensor | None, batch_size: int, max_length: int
    ) -> DecodingState:
        """A state for `batch_size` sequences of at most `max_length` tokens fed."""

    def step(self, ids: Tensor, state: DecodingState) -> Tensor:
        """Logits (B, V) after the last of `ids` (B, t), which continue the sequence."""


@dataclass(frozen=True)
class Decoded:
    """What `decode` returns; with `Beam(n_best=n)`, n > 1, each has an axis n after B.

    ids: the new tokens, without the prompt; the stop token, if one came, is the last;
        after it the model's pad_id.
    lengths: how many tokens of each row are real, the stop token included.
    scores: the sum of their log-probabilities, after the repetition penalty and before
        temperature, top-k and top-p; divided by the length penalty in beam search.
    stopped: whether the row ended with a stop token.
    """

    ids: Int[Tensor, "*rows new"]
    lengths: Int[Tensor, "*rows"]
    scores: Float[Tensor, "*rows"]
    stopped: Bool[Tensor, "*rows"]

    def lists(self) -> list:
        """The rows as lists of ids, without the stop token and the padding."""
        rows = self.ids.flatten(0, -2).tolist()
        ends = (self.lengths - self.stopped.long()).flatten().tolist()
        cut = [row[:end] for row, end in zip(rows, ends, strict=True)]
        if self.ids.dim() == 2:
            return cut
        n = self.ids.shape[1]
        return [cut[i : i + n] for i in range(0, len(cut), n)]


def decode(
    model: nn.Module,
    source: Int[Tensor, "batch source"] | None = None,
    prompt: Int[Tensor, "batch prompt"] | Sequence[Tensor] | None = None,
    *,
    max_new_tokens: int,
    strategy: Strategy | None = None,
    repetition_penalty: float = 1.0,
    stop_ids: Sequence[int] | None = None,
    generator: torch.Generator | None = None,
) -> Decoded:
    """Continue every sequence of a batch until it stops, or `max_new_tokens` came.

    Args:
        model: any model with `start` and `step`; it is run in eval mode, and what was
            in training mode is so again afterwards.
        source: what an encoder reads, padded on the right; None for decoder-only.
        prompt: what the target begins with, (B, Tp), or a list of B tensors of any
            lengths (equal lengths are decoded together). By default one `bos_id`.
        strategy: `Greedy()` (the default), `Beam(...)` or `Sample(...)`.
        repetition_penalty: above 1 makes tokens that the prompt or the output already
            holds less likely (Keskar et al. 2019, CTRL).
        stop_ids: tokens that end a sequence: by default the model's `eos_id`, if it
            has one; () for none.
        generator: where `Sample` draws from; the same state gives the same tokens.

    A sequence that has ended leaves the batch and costs nothing more.

    Raises TypeError or ValueError, naming the argument.
    """
    strategy = Greedy() if strategy is None else strategy
    _check(strategy, max_new_tokens, repetition_penalty, stop_ids)
    options = (max_new_tokens, strategy, repetition_penalty, stop_ids, generator)
    if isinstance(prompt, (list, tuple)):
        return _decode_ragged(model, source, prompt, options)
    prompt = _prompt(model, source, prompt)
    *_, search = _search(model, source, prompt, *options)
    return Decoded(*search.result())


def stream(
    model: nn.Module,
    prompt: Int[Tensor, " prompt"] | None = None,
    *,
    source: Int[Tensor, " source"] | None = None,
    max_new_tokens: int,
    strategy: Strategy | None = None,
    repetition_penalty: float = 1.0,
    stop_ids: Sequence[int] | None = None,
    generator: torch.Generator | None = None,
) -> Iterator[int]:
    """Yield the tokens of one sequence as they come, the stop token left out.

    `prompt` and `source` are (T,) or (1, T). Otherwise as `decode`, whose tokens these
    are; while the iterator is open the model is in eval mode. A beam changes its mind
    and cannot be streamed: ValueError.
    """
    strategy = Greedy() if strategy is None else strategy
    _check(strategy, max_new_tokens, repetition_penalty, stop_ids)
    if isinstance(strategy, Beam):
        raise ValueError("strategy must be Greedy or Sample: a beam changes its mind")
    prompt, source = _one_row("prompt", prompt), _one_row("source", source)
    prompt = _prompt(model, source, prompt)
    stops = _stop_ids(model, stop_ids)
    options = (max_new_tokens, strategy, repetition_penalty, stops, generator)
    return _stream(_search(model, source, prompt, *options), stops)


def _stream(searches: Iterator[Search], stops: Sequence[int]) -> Iterator[int]:
    for search in searches:
        token = int(search.last)
        if token not in stops:
            yield token


def _search(
    model, source, prompt, max_new_tokens, strategy, penalty, stop_ids, generator
) -> Iterator[Search]:
    """The loop: choose, reorder the cache, step. Yields after each choice."""
    stops = prompt.new_tensor(_stop_ids(model, stop_ids))
    pad_id = getattr(model.config, "pad_id", PAD)
    search = strategy.search(prompt, max_new_tokens, stops, pad_id, generator)
    with _evaluating(model):
        length = prompt.shape[1] + max_new_tokens - 1  # the last token is not fed
        state, logits = _begin(model, source, prompt, length, search.width)
        _check_stops(stops, logits)
        while True:
            logits = penalize_repetition(logits, search.history, penalty)
            rows, ids = search.choose(logits)
            yield search
            if search.done:
                return
            logits = _step(model, state, rows, ids)


@torch.no_grad()
def _begin(model, source, prompt, length, width) -> tuple[DecodingState, Tensor]:
    """Read source and prompt; `width` rows a sequence, all alike: state and logits."""
    state = model.start(source, len(prompt), length)
    logits = _wide(model.step(prompt, state))  # (B, V)
    if width > 1:
        rows = torch.arange(len(prompt), device=prompt.device)
        rows = rows.repeat_interleave(width)
        state.reorder(rows)
        logits = logits[rows]
    return state, logits


@torch.no_grad()
def _step(model, state, rows, ids) -> Tensor:
    """Logits after one more id a row; first the rows are put in the wanted order."""
    if rows is not None:
        state.reorder(rows)
    return _wide(model.step(ids[:, None], state))


def _wide(logits: Tensor) -> Tensor:
    """float32 at least: a sum of bfloat16 log-probabilities would lose its digits."""
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


@contextmanager
def _evaluating(model: nn.Module):
    """Eval mode inside; afterwards every module is as it was."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def _decode_ragged(model, source, prompts, options) -> Decoded:
    """Prompts of several lengths: those of one length together, then put back."""
    prompts = [_one_row("prompt", prompt) for prompt in prompts]
    if source is not None and len(source) != len(prompts):
        raise ValueError(f"prompt has {len(prompts)} rows, source has {len(source)}")
    if not prompts:
        raise ValueError("prompt is empty: an empty list")
    lengths = torch.tensor([prompt.shape[1] for prompt in prompts])
    order, parts = [], []
    max_new_tokens, strategy, penalty, stop_ids, generator = options
    for length in lengths.unique().tolist():
        rows = (lengths == length).nonzero()[:, 0]
        group = torch.cat([prompts[row] for row in rows.tolist()])
        some = None if source is None else source[rows.to(source.device)]
        decoded = decode(
            model, some, group, max_new_tokens=max_new_tokens, strategy=strategy,
            repetition_penalty=penalty, stop_ids=stop_ids, generator=generator,
        )  # fmt: skip
        order.append(rows)
        parts.append(decoded)
    return _put_back(parts, torch.cat(order).argsort(), model)


def _put_back(parts: list[Decoded], order: Tensor, model: nn.Module) -> Decoded:
    width = max(part.ids.shape[-1] for part in parts)
    pad_id = getattr(model.config, "pad_id", PAD)
    ids = [
        nn.functional.pad(part.ids, (0, width - part.ids.shape[-1]), value=pad_id)
        for part in parts
    ]
    order = order.to(ids[0].device)
    rest = zip(
        *((part.lengths, part.scores, part.stopped) for part in parts), strict=True
    )
    return Decoded(torch.cat(ids)[order], *(torch.cat(field)[order] for field in rest))


def _prompt(model, source, prompt) -> Tensor:
    """The prompt (B, Tp), or a `bos_id` for each source."""
    if prompt is not None:
        check_ids("prompt", prompt)
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


def _one_row(name: str, ids: Tensor | None) -> Tensor | None:
    if ids is None or not isinstance(ids, Tensor) or ids.dim() == 1:
        return ids if not isinstance(ids, Tensor) else ids[None]
    if ids.dim() != 2 or len(ids) != 1:
        raise ValueError(f"{name} must be one sequence (T,), got {tuple(ids.shape)}")
    return ids


def _stop_ids(model: nn.Module, stop_ids: Sequence[int] | None) -> list[int]:
    if stop_ids is not None:
        return list(stop_ids)
    eos_id = getattr(model.config, "eos_id", None)
    return [] if eos_id is None else [eos_id]


def _check_stops(stops: Tensor, logits: Tensor) -> None:
    if len(stops) and int(stops.max()) >= logits.shape[-1]:
        raise ValueError(
            f"stop_ids holds {int(stops.max())}, outside the vocabulary "
            f"0 .. {logits.shape[-1] - 1}"
        )


def _check(strategy, max_new_tokens, repetition_penalty, stop_ids) -> None:
    if not isinstance(strategy, Strategy):
        raise TypeError(f"strategy must be Greedy, Beam or Sample, got {strategy!r}")
    check_size("max_new_tokens", max_new_tokens)
    if not repetition_penalty > 0:
        raise ValueError(f"repetition_penalty ({repetition_penalty}) must be above 0")
    for stop_id in () if stop_ids is None else stop_ids:
        if isinstance(stop_id, bool) or not isinstance(stop_id, int) or stop_id < 0:
            raise ValueError(f"stop_ids must hold ids of 0 or more, got {stop_id!r}")
