"""Numbers in made-up words: nothing but the grammar is left of a language."""

import re

import numpy as np
import pytest

from coursekit.checks.transformer import made_up
from n2t.data.sets.numbers import NUMBER_LANGUAGES, speller

LANGUAGES = (*NUMBER_LANGUAGES, "digits")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_has_a_text_of_its_own_of_the_same_outline(language):
    found = made_up.dictionary(language, np.random.default_rng(0))
    spell = speller(language)
    assert list(found) == [spell(n) for n in range(1000)]
    assert len(set(found.values())) == 1000
    letters = set("".join(found))
    for real, made in found.items():
        assert re.sub("[^ -]", "x", real) == re.sub("[^ -]", "x", made)
        assert set(made) <= letters


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_of_a_word_is_known(language):
    pattern, spell = made_up._parts(language), speller(language)
    for n in range(1000):
        left = pattern.sub("", spell(n))
        assert not left.strip(" -"), (spell(n), left)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_is_the_same_wherever_it_stands(language):
    found = made_up.dictionary(language, np.random.default_rng(1))
    pattern, words = made_up._parts(language), {}
    for real, made in found.items():
        for part in pattern.finditer(real):
            word = made[part.start() : part.end()]
            assert words.setdefault(part[0], word) == word
    assert len(set(words.values())) == len(words)


def test_each_draw_makes_other_words_and_the_same_draw_the_same():
    one, again, other = (
        made_up.made_up_pairs("es", "pt", np.random.default_rng(seed))
        for seed in (3, 3, 4)
    )
    assert one == again
    assert not set(one.train) & set(other.train)


def test_no_asked_number_is_among_the_training_pairs():
    splits = made_up.made_up_pairs("de", "it", np.random.default_rng(5))
    assert len(splits.train) == 800 and len(splits.test) == 100
    assert not {x for x, _ in splits.train} & {x for x, _ in splits.test}
