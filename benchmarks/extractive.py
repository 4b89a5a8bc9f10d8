"""Summaries that are taken and not written: sentences of the text, chosen by a score.

The first; the one whose words are most frequent in the text; the one that is most like
all others (TextRank: Mihalcea and Tarau, 2004, "Bringing order into text"); and, to see
how far choosing can go, the one that is best by ROUGE-L when the answer is known.
Chapter 22 writes the first three on the page.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from n2t.metrics import plain_words, rouge_rows

COMMON = frozenset(
    plain_words(
        "a an and are as at be but by can for from has have if in into is it its may "
        "no not of on or that the their then there these they this to was we when "
        "where which will with you"
    )
)
"""Words that say nothing of what a text is about."""


def sentences(text: str) -> list[str]:
    """The sentences of a text: a blank line ends one, and so does a full stop."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        line = " ".join(paragraph.split())
        found += re.split(r"(?<=[.!?:])\s+(?=[A-Z`'\"(])", line)
    return [sentence for sentence in found if plain_words(sentence)]


def lead(text: str) -> str:
    """The first sentence."""
    return sentences(text)[0]


def content(sentence: str) -> list[str]:
    """Its words without the common ones."""
    return [word for word in plain_words(sentence) if word not in COMMON]


def frequent(text: str) -> str:
    """The sentence whose words are, on average, most frequent in the text."""
    each = sentences(text)
    counts = Counter(word for sentence in each for word in content(sentence))
    scores = [np.mean([counts[w] for w in content(s)] or [0.0]) for s in each]
    return each[int(np.argmax(scores))]


def text_rank(text: str, damping: float = 0.85, rounds: int = 50) -> str:
    """The sentence that a walk from sentence to like sentence visits most often."""
    each = sentences(text)
    words = [set(content(sentence)) for sentence in each]
    likeness = np.array([[alike(a, b) for b in words] for a in words])
    np.fill_diagonal(likeness, 0.0)
    out = likeness.sum(1, keepdims=True)
    steps = np.where(out > 0, likeness / np.where(out > 0, out, 1), 1 / len(each))
    rank = np.full(len(each), 1 / len(each))
    for _ in range(rounds):
        rank = (1 - damping) / len(each) + damping * rank @ steps
    return each[int(np.argmax(rank.round(9)))]


def alike(a: set[str], b: set[str]) -> float:
    """Words in common, over the logarithms of the lengths."""
    size = np.log(max(len(a), 1)) + np.log(max(len(b), 1))
    return len(a & b) / size if size > 0 else 0.0


def oracle(text: str, references: Sequence[str]) -> str:
    """The sentence with the best ROUGE-L: nobody can choose better, or so well."""
    each = sentences(text)
    scores = rouge_rows(each, [list(references)] * len(each))[:, 2]
    return each[int(np.argmax(scores))]


EXTRACTIVE = {"lead": lead, "frequent": frequent, "text_rank": text_rank}
