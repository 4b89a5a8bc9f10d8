"""The translator that counts: its probabilities, its rounds, its search."""

import importlib.util
import sys
from itertools import product
from math import log

import pytest

from n2t.ledger.places import ROOT

PAIRS = [
    ("a dog runs", "ein Hund rennt"),
    ("a man runs", "ein Mann rennt"),
    ("the dog sleeps now", "der Hund schläft"),
    ("the man sees a dog", "der Mann sieht einen Hund"),
]
PAIRS = [(source.split(), target.split()) for source, target in PAIRS]


def load(name):
    """A module of the benchmarks, which are no package that is installed."""
    path = ROOT / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


word_for_word = load("word_for_word")


def slowly(pairs, n_round):
    """IBM Model 1, one sentence and one word at a time."""
    share = {}
    for _ in range(n_round):
        counts = {}
        for source, target in pairs:
            words = ["", *source]
            for b in target:
                whole = sum(share.get((a, b), 1.0) for a in words)
                for a in words:
                    part = share.get((a, b), 1.0) / whole
                    counts[a, b] = counts.get((a, b), 0.0) + part
        totals = {}
        for (a, _), count in counts.items():
            totals[a] = totals.get(a, 0.0) + count
        share = {(a, b): count / totals[a] for (a, b), count in counts.items()}
    return share


@pytest.mark.parametrize("n_round", [1, 5])
def test_the_lexicon_is_that_of_the_equations_word_by_word(n_round):
    lexicon = word_for_word.learn_lexicon(PAIRS, n_round)
    wanted = slowly(PAIRS, n_round)
    found = {(a, b): p for a, row in lexicon.items() for b, p in row.items()}
    assert found.keys() == {key for key, p in wanted.items() if p > 1e-9}
    assert found == pytest.approx({key: wanted[key] for key in found}, rel=1e-10)


def test_the_lexicon_learns_who_goes_with_whom():
    lexicon = word_for_word.learn_lexicon(PAIRS, 50)
    for source, target in (("dog", "Hund"), ("man", "Mann")):
        assert max(lexicon[source], key=lexicon[source].get) == target


def test_the_language_model_spends_a_whole_probability_in_every_context():
    model = word_for_word.NGramModel([target for _, target in PAIRS])
    words = {word for _, target in PAIRS for word in target} | {"<end>", "never seen"}
    contexts = [("<start>", "<start>"), ("ein", "Hund"), ("x", "Hund"), ("x", "y")]
    for context in contexts:
        total = sum(model.probability(word, context) for word in words)
        assert total == pytest.approx(1.0, rel=1e-12)


def test_a_trigram_has_its_kneser_ney_probability():
    model = word_for_word.NGramModel([list("ab"), list("ab"), list("cb")])
    # words a, b, c and the end; after a comes b, twice; each of a, c stands before b
    d, n = 0.75, 5
    kinds = {"a": 1, "b": 2, "c": 1, "<end>": 1}  # different words before each
    single = (kinds["b"] - d + d * 4 / n) / sum(kinds.values())
    double = (1 - d + d * 1 * single) / 1  # one context, <start> a, in which b follows
    triple = (2 - d + d * 1 * double) / 2
    assert model.probability("b", ("<start>", "a")) == pytest.approx(triple, rel=1e-12)


def test_a_wide_search_finds_the_best_of_all_translations():
    model = word_for_word.WordForWord(PAIRS, n_choice=3, width=10**6)
    weights = word_for_word.Weights(back=0.5, language=0.8, skip=-1.0)
    words = ["the", "dog", "sees", "Bello"]
    best = {}
    for path in product(*(model.choices(word, weights) for word in words)):
        said = [word for word, _ in path if word]
        row = ["<start>", "<start>", *said, "<end>"]
        grams = zip(row, row[1:], row[2:], strict=False)
        fluent = sum(log(model.language.probability(c, (a, b))) for a, b, c in grams)
        score = sum(own for _, own in path) + 0.8 * fluent
        best[tuple(said)] = max(score, best.get(tuple(said), score))
    found = model.translate(words, weights)
    assert best[tuple(found)] == pytest.approx(max(best.values()), rel=1e-12)
    assert "Bello" in found  # unknown, so it is kept
