"""Kneser-Ney in arrays: chapter 7's, sums of 1, and honest edges."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from n2t.scratch.n_grams import KneserNey


def chapter_seven(ids, n, d, V):
    """p(context, id) as chapter 7 writes it, with dictionaries."""

    def runs(m):
        return [tuple(ids[i : i + m]) for i in range(len(ids) - m + 1)]

    tables = []
    for m in range(1, n + 1):
        table = defaultdict(Counter)
        seen = runs(n) if m == n else {run: 0 for run in runs(m + 1)}
        for run in seen:
            run = run if m == n else run[1:]
            table[run[:-1]][run[-1]] += 1
        tables.append(table)

    def p(context, c):
        found = 1 / V
        for m, table in enumerate(tables):
            row = table.get(tuple(context[len(context) - m :]) if m else ())
            if m > len(context) or row is None:
                break
            total = sum(row.values())
            found = (max(row[c] - d, 0) + d * len(row) * found) / total
        return found

    return p


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("d", [0.3, 1.0])
def test_one_discount_gives_the_probabilities_of_chapter_seven(n, d):
    rng = np.random.default_rng(n)
    ids, new = rng.integers(5, size=300), rng.integers(6, size=80)
    model, wanted = KneserNey(ids, n, 6, d=d), chapter_seven(ids.tolist(), n, d, 6)
    new = new.tolist()
    right = [wanted(new[max(0, i - n + 1) : i], new[i]) for i in range(len(new))]
    np.testing.assert_allclose(np.exp(model.log_p(np.array(new))), right, rtol=1e-12)


@pytest.mark.parametrize("d", [None, 0.7])
@pytest.mark.parametrize("n", [1, 2, 4, 8])
def test_probabilities_sum_to_one_after_any_context(n, d):
    rng = np.random.default_rng(1)
    model = KneserNey(rng.integers(4, size=500) ** 2, n, 12, d=d)
    for length in (0, 1, 3, 9):
        for context in (rng.integers(12, size=length), np.zeros(length, dtype=int)):
            p = model.distribution(context)
            assert p.min() > 0 and p.sum() == pytest.approx(1, abs=1e-12)
            for c in (0, 4, 11):
                line = np.array([*context, c])
                assert model.log_p(line)[-1] == pytest.approx(np.log(p[c]), abs=1e-12)


def test_a_long_run_that_was_seen_is_expected_again():
    song = np.random.default_rng(2).integers(50, size=400)
    model = KneserNey(np.tile(song, 5), 4, 50)
    p = np.exp(model.log_p(song))
    assert p[3:].min() > 0.8 and p[0] < 0.1


def test_texts_that_cannot_be_counted_are_refused():
    for ids, n in (([0, 1], 3), ([0, 1], 0), ([0, 9], 1), ([-1, 1], 1)):
        with pytest.raises(ValueError, match="must be"):
            KneserNey(np.array(ids), n, 9)
