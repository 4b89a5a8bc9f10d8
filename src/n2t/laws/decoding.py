"""Laws of decoding: the cache, the batch and a beam of one change no token."""

import torch
from torch import Tensor, nn

from n2t.decoding import Beam, Strategy, decode
from n2t.laws.judge import BrokenLaw, Run


def beam_of_one_is_greedy(
    model: nn.Module, source: Tensor | None, prompt: Tensor, n: int
) -> None:
    """Beam search of size 1 gives greedy search's tokens."""
    greedy = decode(model, source, prompt, max_new_tokens=n)
    beam = decode(model, source, prompt, max_new_tokens=n, strategy=Beam(1))
    if greedy.lists() != beam.lists():
        raise BrokenLaw("a beam of one is not greedy")


def decoding_is_repeated_running(
    model: nn.Module, run: Run, source: Tensor | None, prompt: Tensor, n: int
) -> None:
    """Greedy decoding gives what running the whole model for every token gives.

    `run(ids)` gives the logits (B, T, V) of all of `ids`, without any cache.
    """
    ids = prompt
    for _ in range(n):
        ids = torch.cat([ids, run(ids)[:, -1:].argmax(-1)], dim=1)
    found = decode(model, source, prompt, max_new_tokens=n, stop_ids=())
    if not torch.equal(found.ids, ids[:, prompt.shape[1] :]):
        raise BrokenLaw("decoding differs from running the whole model again")


def rows_decode_alone(
    model: nn.Module, source: Tensor | None, prompt: Tensor, n: int, strategy: Strategy
) -> None:
    """A row of a batch, whatever the others do and when they end, decodes as alone.

    The stop token is one that greedy search says to some rows sooner than to others.
    """
    free = decode(model, source, prompt, max_new_tokens=n, stop_ids=())
    options = {"strategy": strategy, "stop_ids": [_dividing_id(free.ids.tolist())]}
    together = decode(model, source, prompt, max_new_tokens=n, **options).lists()
    for b, found in enumerate(together):
        one = None if source is None else source[b : b + 1]
        alone = decode(model, one, prompt[b : b + 1], max_new_tokens=n, **options)
        if alone.lists()[0] != found:
            raise BrokenLaw(f"row {b} decodes to something else alone")


def _dividing_id(rows: list[list[int]]) -> int:
    """The id whose first places in the rows differ most."""

    def places(id_: int) -> set[int | None]:
        return {row.index(id_) if id_ in row else None for row in rows}

    best = max(set(sum(rows, [])), key=lambda id_: len(places(id_)))
    if len(places(best)) == 1:
        raise BrokenLaw("all rows end together: this proves nothing")
    return best
