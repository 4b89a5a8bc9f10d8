"""Translation by counting: a lexicon, a language model, and a search.

No gradient is taken anywhere. The lexicon is IBM Model 1, fitted by expectation
maximization (Brown et al. 1993); the language model counts three words at a time,
smoothed after Kneser and Ney (1995); the search goes from left to right and gives
every source word one target word or none. `ladder.py` scores it on Multi30k.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

Words = Sequence[str]
Lexicon = dict[str, dict[str, float]]
NOTHING, END, START = "", "<end>", "<start>"
LEAST = 1e-9
"""A probability below all others, where the lexicon has none."""


def learn_lexicon(pairs: Sequence[tuple[Words, Words]], n_round: int = 8) -> Lexicon:
    """p(target word | source word) of IBM Model 1, {source: {target: p}}.

    `NOTHING` stands among the words of every source. A round shares each target
    word out among its sentence's source words by the last probabilities, and takes
    the shares as counts; every round makes the targets more likely, up to the one
    best value (Brown et al. 1993, section 4.1).
    """
    source_id = {NOTHING: 0} | _numbered((a for a, _ in pairs), start=1)
    target_id = _numbered(b for _, b in pairs)
    cells, place, n_place = [], [], 0  # a cell: a target word with one source word
    for source, target in pairs:
        froms = np.array([0, *(source_id[word] for word in source)])
        tos = np.array([target_id[word] for word in target])
        cells.append((froms[None] * len(target_id) + tos[:, None]).ravel())
        place.append(n_place + np.arange(len(tos)).repeat(len(froms)))
        n_place += len(tos)
    kinds, kind = np.unique(np.concatenate(cells), return_inverse=True)
    froms, tos = np.divmod(kinds, len(target_id))
    share = _maximize(kind, np.concatenate(place), froms, n_round)
    source, target = list(source_id), list(target_id)
    lexicon: Lexicon = defaultdict(dict)
    for a, b, p in zip(froms.tolist(), tos.tolist(), share.tolist(), strict=True):
        if p > LEAST:
            lexicon[source[a]][target[b]] = p
    return dict(lexicon)


def _numbered(sentences: Iterable[Words], start: int = 0) -> dict[str, int]:
    words = dict.fromkeys(word for sentence in sentences for word in sentence)
    return {word: number for number, word in enumerate(words, start)}


def _maximize(
    kind: np.ndarray, place: np.ndarray, froms: np.ndarray, n_round: int
) -> np.ndarray:
    """Expectation maximization: the probability of each kind of cell."""
    share = np.ones(len(froms))
    for _ in range(n_round):
        claims = share[kind]
        claims /= np.bincount(place, claims)[place]  # one for each target word
        counts = np.bincount(kind, claims)
        share = counts / np.bincount(froms, counts)[froms]
    return share


class NGramModel:
    """p(word | the words before it), by counting n-grams of `order` words.

    Interpolated Kneser-Ney smoothing: `discount` is taken off every count, and what
    is won goes to the shorter context, where a word counts as often as it followed
    different words (Kneser and Ney 1995).
    """

    def __init__(
        self, sentences: Sequence[Words], order: int = 3, discount: float = 0.75
    ):
        self.order, self.discount = order, discount
        self.followers: list[dict] = [defaultdict(dict) for _ in range(order)]
        grams: Counter = Counter()
        for sentence in sentences:
            row = (*[START] * (order - 1), *sentence, END)
            grams.update(zip(*(row[i:] for i in range(order)), strict=False))
        for table in reversed(self.followers):
            for (*context, word), count in grams.items():
                table[tuple(context)][word] = count
            grams = Counter(gram[1:] for gram in grams)
        self.totals = [
            {context: sum(seen.values()) for context, seen in table.items()}
            for table in self.followers
        ]
        self.n_word = len(self.followers[0][()]) + 1  # and one for all unknown words
        self.log = cache(self._log)

    def probability(self, word: str, context: tuple[str, ...]) -> float:
        """p(word | context); of the context its last order - 1 words count."""
        found = 1 / self.n_word
        for length, table in enumerate(self.followers):
            end = context[len(context) - length :]
            seen = table.get(end)
            if seen:
                kept = max(seen.get(word, 0) - self.discount, 0)
                won = self.discount * len(seen)
                found = (kept + won * found) / self.totals[length][end]
        return found

    def _log(self, word: str, context: tuple[str, ...]) -> float:
        return math.log(self.probability(word, context))


@dataclass(frozen=True)
class Weights:
    """How much each part says in the score of a translation.

    Attributes:
        back: of log p(source word | target word), beside log p(target | source).
        language: of the language model's log probability.
        skip: for leaving a source word out, beside log p(source word | nothing).
    """

    back: float = 1.0
    language: float = 1.0
    skip: float = -2.0


class WordForWord:
    """The translator: two lexicons, there and back, and a language model.

    Args:
        pairs: sentences and their translations, as words.
        n_choice: target words that the search considers for a source word.
        width: unfinished translations that the search keeps.
    """

    def __init__(
        self, pairs: Sequence[tuple[Words, Words]], n_choice: int = 10, width: int = 20
    ):
        self.there = learn_lexicon(pairs)
        self.back = learn_lexicon([(b, a) for a, b in pairs])
        self.language = NGramModel([b for _, b in pairs])
        self.n_choice, self.width = n_choice, width

    @property
    def n_parameter(self) -> int:
        """How many numbers it has learned: probabilities, and counts of n-grams."""
        tables = [self.there, self.back, *self.language.followers]
        return sum(len(row) for table in tables for row in table.values())

    def choices(self, word: str, weights: Weights) -> list[tuple[str, float]]:
        """Target words for a source word, with scores; an unknown word is kept."""
        if word not in self.there:
            return [(word, 0.0)]
        scores = {
            other: math.log(p)
            + weights.back * math.log(self.back[other].get(word, LEAST))
            for other, p in self.there[word].items()
        }
        best = sorted(scores.items(), key=lambda item: -item[1])[: self.n_choice]
        nothing = self.back[NOTHING].get(word, LEAST)
        return [*best, (NOTHING, weights.skip + weights.back * math.log(nothing))]

    def translate(self, words: Words, weights: Weights) -> list[str]:
        """The best-scored words, found by a beam search.

        Of translations that end alike only the best is kept: the language model
        cannot tell them apart.
        """
        n = self.language.order - 1
        beam = {(START,) * n: (0.0, [])}
        for word in words:
            grown: dict[tuple, tuple[float, list[str]]] = {}
            choices = self.choices(word, weights)
            for end, (score, said) in beam.items():
                for other, own in choices:
                    new, total, longer = end, score + own, said
                    if other != NOTHING:
                        total += weights.language * self.language.log(other, end)
                        new, longer = (*end[1:], other), [*said, other]
                    if new not in grown or total > grown[new][0]:
                        grown[new] = (total, longer)
            best = sorted(grown.items(), key=lambda item: -item[1][0])
            beam = dict(best[: self.width])
        last = weights.language
        return max(
            (score + last * self.language.log(END, end), said)
            for end, (score, said) in beam.items()
        )[1]
