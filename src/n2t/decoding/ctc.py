"""Connectionist temporal classification: text from a model that speaks at every step.

Graves, Fernández, Gomez and Schmidhuber (2006). At each of S steps a model says a
symbol or nothing, the *blank*. Such a path is read by merging repeats and then
dropping blanks; a text's probability is the sum over all paths that read as it.

>>> collapse([0, 3, 3, 0, 3, 5])
[3, 3, 5]
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import torch
from jaxtyping import Float, Int
from torch import Tensor

from n2t._checks import check_size


def collapse(path: Sequence[int], blank: int = 0) -> list[int]:
    """How a path reads: repeats merged first, blanks dropped then."""
    return [symbol for symbol, _ in groupby(path) if symbol != blank]


def best_path(
    log_probs: Float[Tensor, "batch steps vocabulary"],
    lengths: Int[Tensor, " batch"],
    blank: int = 0,
) -> list[list[int]]:
    """How each row's most probable path reads: the likeliest symbol of every step.

    The likeliest *text* may be another one, whose many paths together weigh more.
    """
    symbols = log_probs.argmax(-1).tolist()
    rows = zip(symbols, lengths.tolist(), strict=True)
    return [collapse(row[:length], blank) for row, length in rows]


def log_likelihood(
    log_probs: Float[Tensor, "steps vocabulary"],
    target: Sequence[int],
    blank: int = 0,
) -> Float[Tensor, ""]:
    """log p(target), over all paths that read as it; -inf where there is none.

    The forward recursion (section 4.1), in logarithms. Between and around the target's
    symbols stand blanks. A path's place in that row stays, goes on by one, or by two
    over a blank between two *different* symbols.

    Raises:
        ValueError: no step, or a target with blanks or ids beyond the vocabulary.
    """
    S, V = log_probs.shape
    check_size("steps", S)
    ids = [int(symbol) for symbol in target]
    if not all(0 <= symbol < V and symbol != blank for symbol in ids):
        raise ValueError(f"target ({ids}) must hold ids below {V} and no blank {blank}")
    row = [blank]
    for symbol in ids:
        row += [symbol, blank]
    said = log_probs[:, row]  # (S, 2 n + 1)
    skips = [i > 1 and row[i] not in (blank, row[i - 2]) for i in range(len(row))]
    may_skip = torch.tensor(skips, device=said.device)
    never = said.new_full((), -torch.inf)
    alpha = torch.where(torch.arange(len(row), device=said.device) < 2, said[0], never)
    for step in range(1, S):
        one = torch.cat([never[None], alpha[:-1]])
        two = torch.cat([never[None], one[:-1]])
        ways = torch.stack([alpha, one, torch.where(may_skip, two, never)])
        alpha = _log_sum(ways) + said[step]
    return _log_sum(alpha[-2:])


def _log_sum(ways: Tensor) -> Tensor:
    """log of the sum of exp(ways) over the first axis; -inf where all are.

    `torch.logsumexp` has NaN for a gradient there; this has 0.
    """
    dead = (ways == -torch.inf).all(0)
    total = torch.logsumexp(torch.where(dead, 0.0, ways), 0)
    return torch.where(dead, -torch.inf, total)
