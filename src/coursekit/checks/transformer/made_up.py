"""Numbers in languages that nobody knows: each word becomes a made-up one.

Number words stand in libraries, so a translator of real ones could look them up. An
exchange of letters would not hide them: a word is known by the pattern of its letters.
Here every word is drawn anew; what remains is the grammar, which the pairs show.
"""

from __future__ import annotations

import re

import numpy as np

from n2t.data.sets.numbers import number_pairs, speller
from n2t.data.sets.splits import Splits

LIMIT = 1000  #: numbers are below this one
_MORE_PARTS = {  # of languages that write a number as one word
    "de": ("ein", "und", "hundert"),
    "it": ("cento", "cent(?=ott)", "tré", "dicotto"),
}


def made_up_pairs(source: str, target: str, rng: np.random.Generator) -> Splits:
    """800 training pairs of numbers below 1,000, and 100 of each other kind."""
    splits = number_pairs(
        target, source=source, size=800, held_out=100, limit=LIMIT,
        seed=int(rng.integers(2**31)),
    )  # fmt: skip
    first, second = dictionary(source, rng), dictionary(target, rng)
    return Splits(*([(first[x], second[y]) for x, y in part] for part in splits))


def dictionary(language: str, rng: np.random.Generator) -> dict[str, str]:
    """Every number below 1,000, in words -> in made-up words; all differ.

    A made-up word has the length and the alphabet of the real one. Blanks and hyphens
    stay.
    """
    texts = list(map(speller(language), range(LIMIT)))
    pattern = _parts(language)
    known = {word for text in texts for word in pattern.findall(text)}
    made: list[str] = []
    while len(set(made)) < LIMIT:
        words = _draw_words(known, rng)
        made = [_exchanged(text, pattern, words) for text in texts]
    return dict(zip(texts, made, strict=True))


def _exchanged(text: str, pattern: re.Pattern, words: dict[str, str]) -> str:
    return pattern.sub(lambda found: words[found[0]], text)


def _parts(language: str) -> re.Pattern:
    """What counts as a word: between blanks, inside one, or a single character."""
    if language in ("zh", "digits"):
        return re.compile(".")
    if language not in _MORE_PARTS:
        return re.compile("[^ -]+")
    spell = speller(language)
    tens = [spell(n) for n in range(20, 100, 10)]
    parts = {*map(spell, range(20)), *tens, *_MORE_PARTS[language]}
    if language == "it":  # ventuno, trentotto: the vowel goes
        parts |= {ten[:-1] for ten in tens}
    return re.compile("|".join(sorted(parts, key=len, reverse=True)))


def _draw_words(words: set[str], rng: np.random.Generator) -> dict[str, str]:
    """A made-up word for each; no two are the same."""
    letters = np.array(sorted(set("".join(words))))
    drawn: dict[str, str] = {}
    for word in sorted(words):
        made = ""
        while not made or made in drawn.values():
            made = "".join(rng.choice(letters, len(word)))
        drawn[word] = made
    return drawn
