"""Error rates: how many edits turn what was written into what was said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from n2t.metrics.counts import Score, check_lengths, check_strings


def edit_distance(one: Sequence, other: Sequence) -> int:
    """The fewest insertions, deletions and exchanges from `one` to `other`.

    Levenshtein (1966), row by row.

    >>> edit_distance("SOS", "SO"), edit_distance("SOS", "OSO")
    (1, 2)
    """
    row = list(range(len(other) + 1))
    for i, mine in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, theirs in enumerate(other, 1):
            exchanged = diagonal + (mine != theirs)
            diagonal = row[j]
            row[j] = min(exchanged, row[j] + 1, row[j - 1] + 1)
    return row[-1]


def character_error_rate(hypotheses: Sequence[str], references: Sequence[str]) -> Score:
    """Edits of all texts together, for each character of the references.

    It is 0 at best; above 1 where more is written than was said. Its interval is one of
    texts drawn anew (a bootstrap of 1,000 draws).

    Raises:
        TypeError: single strings, or None, instead of lists of strings.
        ValueError: no text, different numbers of them, or references without any
            character.
    """
    given = check_strings("hypotheses", hypotheses)
    wanted = check_strings("references", references)
    check_lengths("hypotheses", given, "references", wanted)
    edits = np.array([edit_distance(a, b) for a, b in zip(given, wanted, strict=True)])
    sizes = np.array([len(text) for text in wanted])
    if not sizes.sum():
        raise ValueError("references must hold at least one character")
    rows = np.random.default_rng(0).integers(len(edits), size=(1000, len(edits)))
    drawn = edits[rows].sum(1) / np.maximum(1, sizes[rows].sum(1))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Score(edits.sum() / sizes.sum(), float(low), float(high))
