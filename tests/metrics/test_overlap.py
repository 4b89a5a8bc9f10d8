"""ROUGE by rows equals the reference program, and an enumeration."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from n2t import metrics
from n2t.metrics.overlap import KINDS, longest_common_subsequence

TOKENS = ["a", "b", "c", "Don't", "os.path", "x_1", "é", "7", "..."]
words = st.lists(st.sampled_from(TOKENS), max_size=9)
texts = words.map(" ".join)
scorer = RougeScorer(list(KINDS), use_stemmer=False)
NAMES = {"precision": "precision", "recall": "recall", "f1": "fmeasure"}


@settings(deadline=None)
@given(texts, texts, st.sampled_from(list(NAMES)))
def test_rows_equal_the_reference_program(given_text, wanted, measure):
    theirs = scorer.score(wanted, given_text)
    ours = metrics.rouge_rows([given_text], [wanted], measure=measure)[0]
    for score, kind in zip(ours, KINDS, strict=True):
        assert score == pytest.approx(getattr(theirs[kind], NAMES[measure]), abs=1e-12)


def test_the_mean_of_rows_is_the_score():
    given_texts = ["the cat sat", "a dog runs home", "it's os.path"]
    wanted = ["the cat sat down", "home runs a dog", "os path it is"]
    rows = metrics.rouge_rows(given_texts, wanted)
    scores = metrics.rouge(given_texts, wanted, stem=False)
    np.testing.assert_allclose(rows.mean(0), [scores[kind] for kind in KINDS])


@given(st.lists(st.integers(0, 3), max_size=7), st.lists(st.integers(0, 3), max_size=7))
def test_the_longest_common_subsequence_is_the_longest_there_is(a, b):
    def subsequences(items, n):
        return {tuple(chosen) for chosen in combinations(items, n)}

    longest = max(
        n
        for n in range(min(len(a), len(b)) + 1)
        if subsequences(a, n) & subsequences(b, n)
    )
    assert longest_common_subsequence(a, b) == longest


def test_of_several_references_the_best_counts_for_each_score():
    several = ["mats on the sits cat", "the cat sits down"]
    row = metrics.rouge_rows(["the cat sits on mats"], [several])[0]
    alone = [metrics.rouge_rows(["the cat sits on mats"], [one])[0] for one in several]
    assert alone[0][0] > alone[1][0] and alone[0][2] < alone[1][2]  # each is best once
    np.testing.assert_array_equal(row, np.max(alone, axis=0))


def test_another_split_is_used():
    row = metrics.rouge_rows(["我爱猫"], ["我爱狗"], split=list)[0]
    assert row[0] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        ((["a"], ["a", "b"]), {}, r"hypotheses \(1\) and references \(2\)"),
        ((["a"], [[]]), {}, r"references\[0\] must hold at least one"),
        ((["a"], ["a"]), {"measure": "f2"}, r"measure \('f2'\)"),
    ],
)
def test_what_cannot_be_scored_is_named(arguments, options, said):
    with pytest.raises(ValueError, match=said):
        metrics.rouge_rows(*arguments, **options)
