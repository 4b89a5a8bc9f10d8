"""Scores against closed forms, brute force and the reference programs."""

import math
import pickle
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from n2t import metrics
from n2t.data.text import split_words

HYPOTHESES = [
    "Ein Hund läuft am Strand .",
    "Zwei Männer sitzen auf einer Bank.",
    "Die Frau kocht.",
    "Ein kind spielt im Park mit einem Ball.",
]
REFERENCES = [
    "Ein Hund läuft am Strand entlang.",
    "Zwei Männer sitzen auf einer Bank.",
    "Eine Frau kocht in der Küche.",
    "Ein Kind spielt im Park mit dem Ball.",
]


# Counts
@settings(deadline=None)
@given(n=st.integers(1, 400), share=st.floats(0, 1))
def test_the_ends_of_wilsons_interval_are_z_errors_away(n, share):
    """The definition: p is an end where |successes/n - p| is z standard errors."""
    successes = round(share * n)
    for p in metrics.wilson_interval(successes, n):
        error = 1.959963984540054 * math.sqrt(p * (1 - p) / n)
        assert abs(abs(successes / n - p) - error) < 1e-9


def test_wilsons_interval_of_a_perfect_score_is_not_a_point():
    low, high = metrics.wilson_interval(10, 10)
    assert high == 1.0
    assert low == pytest.approx(10 / (10 + 1.959963984540054**2), rel=1e-12)


@pytest.mark.parametrize("values", [(3, 2), (-1, 2), (0, 0)])
def test_impossible_counts_are_refused(values):
    with pytest.raises(ValueError, match="successes"):
        metrics.wilson_interval(*values)


def test_accuracy_takes_lists_arrays_and_tensors():
    predictions, targets = [1, 2, 3, 4], [1, 0, 3, 0]
    for kind in (list, np.array, torch.tensor):
        score = metrics.accuracy(kind(predictions), kind(targets))
        assert score == 0.5
        assert (score.low, score.high) == metrics.wilson_interval(2, 4)


def test_accuracy_refuses_logits():
    with pytest.raises(ValueError, match="argmax"):
        metrics.accuracy(torch.zeros(3, 2), torch.zeros(3))


@pytest.mark.parametrize(("some", "others"), [([], []), ([1], [1, 2])])
def test_accuracy_refuses_nothing_and_unequal_lengths(some, others):
    with pytest.raises(ValueError, match="predictions"):
        metrics.accuracy(some, others)


def test_exact_match_ignores_blanks_at_the_ends_only():
    assert metrics.exact_match([" six", "s ix", "Six"], ["six\n"] * 3) == 1 / 3


def test_one_string_is_not_a_list_of_texts():
    with pytest.raises(TypeError, match="write \\[text\\]"):
        metrics.exact_match("six", ["six"])
    with pytest.raises(TypeError, match="references must be many"):
        metrics.bleu(["six"], "six")
    with pytest.raises(TypeError, match="hypotheses"):
        metrics.exact_match([6], ["six"])


@settings(deadline=None)
@given(v=st.integers(2, 50_000), n=st.integers(1, 1000))
def test_a_uniform_model_is_torn_between_all_its_words(v, n):
    assert metrics.perplexity(n * math.log(v), n) == pytest.approx(v, rel=1e-10)


def test_bits_per_byte_of_a_coin_a_bit():
    assert metrics.bits_per_byte(8 * math.log(2), 1) == pytest.approx(8, rel=1e-12)


def test_a_hopeless_model_has_infinite_perplexity_and_no_overflow():
    assert metrics.perplexity(1e6, 10) == math.inf


@pytest.mark.parametrize("nats", [float("nan"), -1.0])
def test_a_loss_that_is_no_sum_is_refused(nats):
    with pytest.raises(ValueError, match="nats"):
        metrics.perplexity(nats, 3)
    with pytest.raises(ValueError, match="n_byte"):
        metrics.bits_per_byte(1.0, 0)


def test_a_score_keeps_its_interval_when_pickled():
    score = pickle.loads(pickle.dumps(metrics.Score(0.5, 0.4, 0.6, "ours")))
    assert (score, score.low, score.high, score.signature) == (0.5, 0.4, 0.6, "ours")


# Text
def ngram_bleu(hypotheses, references):
    """BLEU from its definition, on text that is split at blanks already."""
    matched, total = [0] * 4, [0] * 4
    for hypothesis, reference in zip(hypotheses, references, strict=True):
        h, r = hypothesis.split(), reference.split()
        for n in range(1, 5):
            grams = [tuple(h[i : i + n]) for i in range(len(h) - n + 1)]
            others = [tuple(r[i : i + n]) for i in range(len(r) - n + 1)]
            total[n - 1] += len(grams)
            matched[n - 1] += sum(
                min(grams.count(g), others.count(g)) for g in set(grams)
            )
    lengths = [sum(len(t.split()) for t in texts) for texts in (hypotheses, references)]
    brevity = min(0.0, 1 - lengths[1] / lengths[0])
    logs = [math.log(m / t) for m, t in zip(matched, total, strict=True)]
    return 100 * math.exp(brevity + sum(logs) / 4)


def test_bleu_equals_its_definition():
    split = [text.replace(".", " .").replace("  ", " ") for text in HYPOTHESES]
    wanted = [text.replace(".", " .") for text in REFERENCES]
    expected = ngram_bleu(split, wanted)
    assert metrics.bleu(HYPOTHESES, REFERENCES) == pytest.approx(expected, rel=1e-10)


def test_bleu_says_how_it_was_made():
    cased = metrics.bleu(HYPOTHESES, REFERENCES)
    lowered = metrics.bleu(HYPOTHESES, REFERENCES, lowercase=True)
    assert "case:mixed" in cased.signature and "case:lc" in lowered.signature
    assert "tok:13a" in cased.signature and "version:" in cased.signature
    assert lowered > cased


def test_chinese_is_split_by_characters():
    hypotheses, references = ["我们坐在公园里看书。"], ["我们坐在公园里看报。"]
    score = metrics.bleu(hypotheses, references, language="zh")
    assert "tok:zh" in score.signature
    assert score > 60 > 1 > metrics.bleu(hypotheses, references)


@pytest.mark.parametrize(
    "language, split",
    [
        ("", "13a"),
        ("de", "13a"),
        ("en_GB", "13a"),
        ("zh", "zh"),
        ("zh-TW", "zh"),
        ("th", "char"),
    ],
)
def test_the_language_decides_how_bleu_splits(language, split):
    score = metrics.bleu(HYPOTHESES, REFERENCES, language=language)
    assert metrics.split_for(language) == split
    assert f"tok:{split}|" in score.signature


@pytest.mark.parametrize("language, split", [("ja", "ja-mecab"), ("ko-KR", "ko-mecab")])
def test_without_their_dictionaries_japanese_and_korean_are_split_by_characters(
    monkeypatch, language, split
):
    monkeypatch.setattr("n2t.metrics.text.find_spec", lambda package: None)
    score = metrics.bleu(["猫が好きです"], ["猫が好きだ"], language=language)
    assert "tok:char|" in score.signature and score > 50
    monkeypatch.setattr("n2t.metrics.text.find_spec", lambda package: "there")
    assert metrics.split_for(language) == split


def test_statistics_of_chinese_sum_to_its_bleu():
    hypotheses, references = ["我们坐在公园里看书。"], ["我们坐在公园里看报。"]
    rows = metrics.bleu_statistics(hypotheses, references, language="zh")
    expected = metrics.bleu(hypotheses, references, language="zh")
    assert metrics.bleu_of_statistics(rows) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "score", [metrics.bleu, metrics.chrf, metrics.rouge, metrics.bleu_statistics]
)
@pytest.mark.parametrize("blank", ["", " \n"])
def test_a_blank_reference_is_refused_by_every_score(score, blank):
    """chrF would leave the sentence out; BLEU and ROUGE would count it as wrong."""
    with pytest.raises(ValueError, match=r"references\[1\]"):
        score(["a dog", "a cat"], ["a dog", blank])
    assert score(["a dog", ""], ["a dog", "a cat"]) is not None


def test_a_blank_one_of_several_references_is_refused():
    with pytest.raises(ValueError, match=r"references\[0\] is blank"):
        metrics.chrf(["a dog"], [["a dog", ""]])


TEXT_SCORES = [
    metrics.bleu,
    metrics.bleu_statistics,
    metrics.chrf,
    metrics.exact_match,
    metrics.rouge,
]


@pytest.mark.usefixtures("own_checks_only")
@pytest.mark.parametrize("score", [*TEXT_SCORES, metrics.accuracy])
@pytest.mark.parametrize(
    "nothing", [None, [None, "a"], {"a": 1, "b": 2}, {"a", "b"}, 7]
)
def test_what_is_no_list_of_answers_is_named(score, nothing):
    first, second = (
        ("predictions", "targets")
        if score is metrics.accuracy
        else ("hypotheses", "references")
    )
    with pytest.raises(TypeError, match=rf"^{first}\b.* must be"):
        score(nothing, ["a", "b"])
    with pytest.raises(TypeError, match=rf"^{second}\b.* must be"):
        score(["a", "b"], nothing)


@pytest.mark.usefixtures("own_checks_only")
@pytest.mark.parametrize(
    "call, name",
    [
        (lambda: metrics.perplexity(None, 3), "nats"),
        (lambda: metrics.perplexity(1.0, None), "n_token"),
        (lambda: metrics.bits_per_byte(None, 3), "nats"),
        (lambda: metrics.bits_per_byte(1.0, None), "n_byte"),
        (lambda: metrics.wilson_interval(None, 3), "successes"),
        (lambda: metrics.wilson_interval(1, None), "n"),
        (lambda: metrics.wilson_interval(1, 2, None), "confidence"),
        (lambda: metrics.bootstrap(None), "rows"),
        (lambda: metrics.bootstrap([1.0, None]), "rows"),
        (lambda: metrics.paired_bootstrap([1.0], None), "second"),
        (lambda: metrics.bleu(["a"], ["a"], language=None), "language"),
    ],
)
def test_none_for_a_number_is_named(call, name):
    with pytest.raises(TypeError, match=rf"^{name} must"):
        call()


def test_statistics_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"rows must be \(N, 10\)"):
        metrics.bleu_of_statistics(np.zeros((3, 9), dtype=np.int64))


def test_the_better_of_several_references_counts():
    references = [["Etwas anderes.", text] for text in HYPOTHESES]
    assert metrics.bleu(HYPOTHESES, references) > 99.9
    references[0] = [HYPOTHESES[0]]
    assert metrics.bleu(HYPOTHESES, references) > 99.9


def test_bleu_of_summed_statistics_is_corpus_bleu():
    for lowercase in (False, True):
        rows = metrics.bleu_statistics(HYPOTHESES, REFERENCES, lowercase=lowercase)
        expected = metrics.bleu(HYPOTHESES, REFERENCES, lowercase=lowercase)
        assert metrics.bleu_of_statistics(rows) == pytest.approx(expected, rel=1e-12)


def test_chrf_of_a_copy_is_100_and_of_strangers_0():
    assert metrics.chrf(REFERENCES, REFERENCES) == pytest.approx(100)
    assert metrics.chrf(["xyz"], ["abc"]) == 0
    assert "nc:6" in metrics.chrf(["xyz"], ["abc"]).signature


@pytest.mark.parametrize("score", [metrics.bleu, metrics.chrf, metrics.rouge])
def test_unequal_numbers_of_texts_are_refused(score):
    with pytest.raises(ValueError, match=r"hypotheses \(2\) and references \(1\)"):
        score(["a", "b"], ["a"])


def test_text_scores_write_and_log_nothing(capfd, caplog):
    for score in (metrics.bleu, metrics.chrf, metrics.bleu_statistics):
        score(["A dog ."] * 200, ["A cat ."] * 200)
    assert (capfd.readouterr().err, caplog.records) == ("", [])


def test_rouge_equals_hand_counts():
    scores = metrics.rouge(["the cat sat"], ["the cat sat down"], stem=False)
    assert scores["rouge1"] == pytest.approx(2 * 1 * 0.75 / 1.75, rel=1e-12)
    assert scores["rouge2"] == pytest.approx(2 * 1 * (2 / 3) / (5 / 3), rel=1e-12)
    assert scores["rougeL"] == scores["rouge1"]
    assert "rouge-score:" in scores["rouge1"].signature


def test_rouge_refuses_a_script_it_would_score_0():
    with pytest.raises(ValueError, match="give split"):
        metrics.rouge(["我喜欢猫"], ["我喜欢猫"])
    assert metrics.rouge(["我喜欢猫"], ["我喜欢猫"], split=split_words)["rouge2"] == 1


# Resampling
def test_the_bootstrap_of_a_mean_is_near_its_normal_interval():
    rows = np.random.default_rng(0).normal(3.0, 2.0, size=400)
    score = metrics.bootstrap(rows, n_resample=4000)
    half = 1.96 * rows.std(ddof=1) / math.sqrt(400)
    assert score == rows.mean()
    assert score.low == pytest.approx(rows.mean() - half, abs=0.1 * half)
    assert score.high == pytest.approx(rows.mean() + half, abs=0.1 * half)


def test_the_bootstrap_is_the_same_for_the_same_seed_only():
    rows = np.random.default_rng(0).normal(size=50)
    first, again, other = (metrics.bootstrap(rows, seed=s).low for s in (1, 1, 2))
    assert first == again != other


def test_a_better_system_is_told_from_an_equal_one():
    rng = np.random.default_rng(0)
    hard = rng.normal(size=300)  # how hard each example is, for both systems
    first = hard + 0.1 * rng.normal(size=300)
    better = metrics.paired_bootstrap(first, first + 0.1 + 0.1 * rng.normal(size=300))
    equal = metrics.paired_bootstrap(first, hard + 0.1 * rng.normal(size=300))
    assert better.p_value < 0.01 and better.low > 0
    assert equal.p_value > 0.05 and equal.low < 0 < equal.high


def test_the_sign_of_a_difference_follows_the_order():
    first, second = np.arange(9.0), np.arange(9.0) + np.tile([0.0, 1.0, 2.0], 3)
    there = metrics.paired_bootstrap(first, second)
    back = metrics.paired_bootstrap(second, first)
    assert there.difference == pytest.approx(1.0) == -back.difference
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_equal_outputs_differ_by_chance_alone():
    rows = metrics.bleu_statistics(HYPOTHESES, REFERENCES)
    same = metrics.paired_bootstrap(rows, rows, metrics.bleu_of_statistics)
    assert (same.difference, same.p_value) == (0.0, 1.0)


def test_resampling_refuses_nothing_and_unequal_rows():
    with pytest.raises(ValueError, match="rows"):
        metrics.bootstrap([])
    with pytest.raises(ValueError, match="same examples"):
        metrics.paired_bootstrap([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="n_resample"):
        metrics.bootstrap([1.0], n_resample=0)
    with pytest.raises(ValueError, match="confidence"):
        metrics.bootstrap([1.0, 2.0], confidence=1.5)


class NotInstalled:
    """An import hook for which one package is not there."""

    def __init__(self, package):
        self.package = package

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == self.package:
            raise ModuleNotFoundError(f"No module {name}", name=self.package)


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("sacrebleu")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NotInstalled("sacrebleu"), *sys.meta_path])
    with pytest.raises(ImportError, match=r"n2t\[metrics\]"):
        metrics.bleu(["a"], ["a"])
