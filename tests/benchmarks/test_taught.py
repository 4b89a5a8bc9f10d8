"""A teacher's file: a pair for each pair, in their order, the nearest if asked."""

import pytest
from sacrebleu.metrics import BLEU

from benchmarks import taught
from n2t.ledger import weights
from n2t.runs import folders, scoring

PAIRS = [
    ("A man rides a bicycle.", "Ein Mann fährt Fahrrad."),
    ("Two dogs.", "Zwei Hunde."),
    ("A little girl in a pink dress climbs up a set of stairs.", "Ein Mädchen."),
]


@pytest.fixture(scope="module")
def teacher():
    model, words, _ = folders.load_model(weights("multi30k_en_de"), "cpu")
    return model.eval(), words


def test_lines_are_the_teachers_translations_in_the_order_of_the_pairs(teacher):
    lines = taught.taught(*teacher, PAIRS, near=False, length_penalty=1.0)
    sources = [source for source, _ in PAIRS]
    wanted = scoring.translate(*teacher, sources, beam=5, length_penalty=1.0)
    assert lines == [
        f"{s}\t{answer}" for s, answer in zip(sources, wanted, strict=True)
    ]
    how = dict(near=False, length_penalty=1.0, backward=True)
    swapped = [f"{answer}\t{s}" for s, answer in zip(sources, wanted, strict=True)]
    assert taught.taught(*teacher, PAIRS, **how) == swapped


def test_more_answers_are_more_lines_the_best_first(teacher):
    lines = taught.taught(*teacher, PAIRS, n_best=3, length_penalty=1.0)
    best = dict(taught.answers(*teacher, [s for s, _ in PAIRS], n_best=3))
    wanted = [f"{s}\t{answer}" for i, (s, _) in enumerate(PAIRS) for answer in best[i]]
    assert lines == wanted and len(set(lines)) == 9


def test_the_nearest_is_one_of_the_best_and_shares_no_less_with_the_reference(teacher):
    score = BLEU(lowercase=True, effective_order=True)
    plain, near = (
        taught.taught(*teacher, PAIRS, near=near, length_penalty=1.0)
        for near in (False, True)
    )
    best = dict(taught.answers(*teacher, [s for s, _ in PAIRS], n_best=taught.BEAM))
    near, plain = ([line.partition("\t")[2] for line in x] for x in (near, plain))
    for i, (_, reference) in enumerate(PAIRS):
        marks = [score.sentence_score(t, [reference]).score for t in best[i]]
        assert near[i] in best[i]
        assert score.sentence_score(near[i], [reference]).score == max(marks)
    assert near != plain


def test_of_equals_the_first_is_taken():
    score = BLEU(effective_order=True)
    assert taught.nearest(["a b", "c d", "e f"], "x y", score) == "a b"
    assert taught.nearest(["a b", "x y", "x y"], "x y", score) == "x y"
