"""The loop that decodes every model; `n2t.decoding` is the front."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from n2t._special_ids import PAD
from n2t.decoding.arguments import (
    begun,
    check_options,
    check_prompt,
    check_room,
    check_stops,
    check_unpadded,
    limit_of,
    listed,
    one_row,
    stops_of,
)
from n2t.decoding.logits import penalize_repetition
from n2t.decoding.searches import DecodingError, Search
from n2t.decoding.strategies import Beam, Greedy, Strategy
from n2t.modes import evaluating


@runtime_checkable
class DecodingState(Protocol):
    """What a model remembers while decoding: its cache, one row a sequence."""

    def reorder(self, rows: Int[Tensor, " new_batch"]) -> None:
        """Let row i become the old row rows[i]; the batch may grow or shrink."""


@runtime_checkable
class GeneratingModel(Protocol):
    """What a model offers to be decoded.

    It may have `prepare(n_row)` too, which a search calls once, at its start: a model
    that answers alike and is fast for so many rows, or the model itself.
    """

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
    stop_ids: Iterable[int] | None = None,
    generator: torch.Generator | None = None,
) -> Decoded:
    """Continue every sequence of a batch until it stops, or `max_new_tokens` came.

    Args:
        model: any model with `start` and `step`; it is run in eval mode, and what was
            in training mode is so again afterwards.
        source: what an encoder reads, padded on the right; None for decoder-only.
        prompt: what the target begins with, (B, Tp), or a list of B tensors of any
            lengths (equal lengths are decoded together). By default one `bos_id`.
            Rows of several lengths are a list, never padded: in a tensor of several
            rows, one that begins or ends with `pad_id` is refused. A tensor of one
            row, and each of a list, is taken as it is.
        strategy: `Greedy()` (the default), `Beam(...)` or `Sample(...)`.
        repetition_penalty: above 1 makes tokens that the prompt or the output already
            holds less likely (Keskar et al. 2019, CTRL).
        stop_ids: tokens that end a sequence: by default the model's `eos_id`, if it
            has one; () for none.
        generator: where `Sample` draws from; the same state gives the same tokens.

    A sequence that has ended leaves the batch and costs nothing more.

    Raises TypeError or ValueError, naming the argument. DecodingError, a ValueError,
    names row and step where the model's logits are NaN, and the row that has fewer
    hypotheses than `n_best`.
    """
    strategy, stop_ids = Greedy() if strategy is None else strategy, listed(stop_ids)
    options = (max_new_tokens, strategy, repetition_penalty, stop_ids, generator)
    if isinstance(prompt, (list, tuple)):
        return _decode_ragged(model, source, prompt, options)
    prompt = begun(model, source, prompt)
    check_unpadded(prompt, model)
    check_options(strategy, max_new_tokens, repetition_penalty, stop_ids)
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
    stop_ids: Iterable[int] | None = None,
    generator: torch.Generator | None = None,
) -> Iterator[int]:
    """Yield the tokens of one sequence as they come, the stop token left out.

    `prompt` and `source` are (T,) or (1, T). Otherwise as `decode`, whose tokens these
    are; while the iterator is open the model is in eval mode. A beam changes its mind
    and cannot be streamed: ValueError.
    """
    strategy, stop_ids = Greedy() if strategy is None else strategy, listed(stop_ids)
    prompt, source = one_row("prompt", prompt), one_row("source", source)
    prompt = begun(model, source, prompt)
    check_options(strategy, max_new_tokens, repetition_penalty, stop_ids)
    if isinstance(strategy, Beam):
        raise ValueError("strategy must be Greedy or Sample: a beam changes its mind")
    stops = stops_of(model, stop_ids)
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
    stops = prompt.new_tensor(stops_of(model, stop_ids))
    pad_id = getattr(model.config, "pad_id", PAD)
    search = strategy.search(prompt, max_new_tokens, stops, pad_id, generator)
    model = _ready(model, len(prompt) * search.width)
    with evaluating(model):
        length = prompt.shape[1] + max_new_tokens - 1  # the last token is not fed
        length = min(length, limit_of(model) or length)
        state, logits = _begin(model, source, prompt, length, search.width)
        check_stops(stops, logits)
        while True:
            logits = penalize_repetition(logits, search.history, penalty)
            rows, ids = search.choose(logits)
            yield search
            if search.done:
                return
            check_room(model, prompt, search.history, max_new_tokens)
            logits = _step(model, state, rows, ids)


def _ready(model: nn.Module, n_row: int) -> nn.Module:
    """The form that a model has for decoding `n_row` rows, or the model itself."""
    prepare = getattr(model, "prepare", None)
    return model if prepare is None else prepare(n_row)


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


def _decode_ragged(model, source, prompts, options) -> Decoded:
    """Prompts of several lengths: those of one length together, then put back."""
    prompts = [one_row(f"prompt[{b}]", prompt) for b, prompt in enumerate(prompts)]
    if source is not None and len(source) != len(prompts):
        raise ValueError(f"prompt has {len(prompts)} rows, source has {len(source)}")
    if not prompts:
        raise ValueError("prompt is empty: an empty list")
    lengths = torch.tensor([prompt.shape[1] for prompt in prompts])
    for b, prompt in enumerate(prompts):
        check_prompt(f"prompt[{b}]", prompt, model)
    max_new_tokens, strategy, penalty, stop_ids, generator = options
    check_options(strategy, max_new_tokens, penalty, stop_ids)
    order, parts = [], []
    for length in lengths.unique().tolist():
        rows = (lengths == length).nonzero()[:, 0]
        group = torch.cat([prompts[row] for row in rows.tolist()])
        some = None if source is None else source[rows.to(source.device)]
        try:
            *_, search = _search(model, some, group, *options)
            parts.append(Decoded(*search.result()))
        except DecodingError as error:
            raise DecodingError(int(rows[error.row]), error.what) from None
        order.append(rows)
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
