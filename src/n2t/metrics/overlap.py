"""ROUGE, counted here, a row an example: rows can be drawn again and compared.

Lin (2004), "ROUGE: a package for automatic evaluation of summaries". Words are what
``rouge-score`` makes of a text without its stemmer: runs of a to z and 0 to 9, in lower
case. ``n2t.metrics.rouge`` asks that library itself; a test holds both together.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence

import numpy as np
from jaxtyping import Float

from n2t.metrics.counts import check_lengths, check_many, check_strings

KINDS = ("rouge1", "rouge2", "rougeL")
Split = Callable[[str], Sequence[Hashable]]


def plain_words(text: str) -> list[str]:
    """Runs of letters a to z and digits, in lower case.

    >>> plain_words("Don't use `os.path`!")
    ['don', 't', 'use', 'os', 'path']
    """
    return re.findall("[a-z0-9]+", text.lower())


def rouge_rows(
    hypotheses: Sequence[str],
    references: Sequence[str] | Sequence[Sequence[str]],
    *,
    split: Split = plain_words,
    measure: str = "f1",
) -> Float[np.ndarray, "examples kinds"]:
    """ROUGE-1, -2 and -L of each example, from 0 to 1: rows for ``bootstrap``.

    Args:
        hypotheses: the model's summaries.
        references: a right summary for each, or several, of which the best counts,
            for each kind on its own.
        split: text to words.
        measure: ``"f1"``, ``"precision"`` or ``"recall"``.

    Returns:
        (N, 3), columns as in ``KINDS``. A text without a word scores 0.

    Raises:
        TypeError: single strings, or None, instead of lists of strings.
        ValueError: another measure, no summary, different numbers of them, or an
            example without a reference.
    """
    names = ("precision", "recall", "f1")
    if measure not in names:
        raise ValueError(f"measure ({measure!r}) must be one of {', '.join(names)}")
    given = check_strings("hypotheses", hypotheses)
    wanted = [
        [some] if isinstance(some, str) else check_strings(f"references[{i}]", some)
        for i, some in enumerate(check_many("references", references))
    ]
    check_lengths("hypotheses", given, "references", wanted)
    column, rows = names.index(measure), []
    for text, several in zip(given, wanted, strict=True):
        words = split(text)
        each = [[s[column] for s in _three(words, split(other))] for other in several]
        if not each:
            raise ValueError(f"references[{len(rows)}] must hold at least one text")
        rows.append(np.max(each, axis=0))
    return np.array(rows, dtype=np.float64).reshape(-1, len(KINDS))


def longest_common_subsequence(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """How many items two sequences share in the same order, gaps allowed.

    >>> longest_common_subsequence("the red cat".split(), "the cat red".split())
    2
    """
    row = [0] * (len(b) + 1)
    for item in a:
        before = row
        row = [0]
        for j, other in enumerate(b):
            row.append(before[j] + 1 if item == other else max(row[-1], before[j + 1]))
    return row[-1]


def _three(words: Sequence, other: Sequence) -> list[tuple[float, float, float]]:
    """Precision, recall and F1 for each of ``KINDS``."""
    found = []
    for n in (1, 2):
        a, b = _n_grams(words, n), _n_grams(other, n)
        found.append(_scores(sum((a & b).values()), sum(a.values()), sum(b.values())))
    shared = longest_common_subsequence(words, other)
    return [*found, _scores(shared, len(words), len(other))]


def _n_grams(words: Sequence, n: int) -> Counter:
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def _scores(shared: int, given: int, wanted: int) -> tuple[float, float, float]:
    if not shared:
        return 0.0, 0.0, 0.0
    precision, recall = shared / given, shared / wanted
    return precision, recall, 2 * precision * recall / (precision + recall)
