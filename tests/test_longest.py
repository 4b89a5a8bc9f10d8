"""No test is lost, and the long ones are begun first."""

import pytest
from longest import LONG, long_ones_first

from coursekit import paths

GATE = f"{LONG[0][2]}::test_{{}}"
ANSWERS = f"{LONG[1][0]}test_wrong_answers.py::test_{{}}"


@pytest.mark.parametrize("short", [0, 3, 50])
def test_every_item_stays_and_each_half_begins_with_long_ones(short):
    long = [GATE.format(n) for n in range(4)], [ANSWERS.format(n) for n in range(6)]
    others = [f"tests/a.py::test_{n}" for n in range(short)]
    items = [*others[: short // 2], *long[0], *others[short // 2 :], *long[1]]
    found = long_ones_first(items)
    assert sorted(found) == sorted(items)
    assert found[:4] == long[0]
    if short > 10:
        half = len(items) // 2
        assert found[half : half + 6] == long[1]
        assert [name for name in found if name in others] == others


def test_the_long_ones_are_there():
    for place in LONG[0] + LONG[1]:
        assert (paths.ROOT / place).exists(), place
