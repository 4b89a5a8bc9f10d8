"""Folds lie side by side, and a choice costs what it loses on all the others."""

import numpy as np
import pytest

from benchmarks import penalties
from n2t.data.sets.splits import Splits
from n2t.metrics import bleu_statistics

RIGHT = "ein Hund rennt schnell über die Wiese ."
WRONG = "eine Katze schläft ."


def test_folds_are_as_large_as_the_published_set_and_leave_nothing_out():
    parts = penalties.folds(Splits([], list(range(404)), []), 300)
    assert [part.stop - part.start for part in parts] == [104, 150, 150]
    assert parts[0].start == 0 and parts[-1].stop == 404
    assert all(a.stop == b.start for a, b in zip(parts, parts[1:], strict=False))


def test_too_few_captions_held_out_are_refused():
    with pytest.raises(ValueError, match=r"held_out \(0\) must be at least 404"):
        penalties.folds(Splits([], list(range(404)), []), 0)


def rows(right: list[bool]) -> np.ndarray:
    answers = [RIGHT if is_right else WRONG for is_right in right]
    return bleu_statistics(answers, [RIGHT] * len(right))


def test_what_one_fold_prefers_costs_what_it_loses_on_the_others():
    """Penalty 0 is right in the first fold alone, penalty 1 in the other two."""
    parts = [slice(0, 2), slice(2, 4), slice(4, 6)]
    tables = {0.0: rows([True] * 2 + [False] * 4), 1.0: rows([False] * 2 + [True] * 4)}
    found = penalties.compared(tables, parts)
    assert [found[f"chosen_{fold}"] for fold in range(3)] == [0.0, 1.0, 1.0]
    assert found["bleu_0.0_0"] == found["bleu_1.0_2"] == pytest.approx(100)
    elsewhere, _ = penalties.scores(tables[0.0][2:])
    assert elsewhere < 10 and found["lost_0"] == pytest.approx(100 - elsewhere)
    assert found["lost_1"] == found["lost_2"] == 0
    assert found["chosen"] == 1.0
    assert found["ratio_1.0_0"] == 4 / 8 and found["ratio_1.0_1"] == 1
