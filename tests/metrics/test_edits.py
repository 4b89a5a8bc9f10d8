"""Edits: the fewest, as their definition counts them."""

from functools import cache

import numpy as np
import pytest

from n2t.metrics.edits import character_error_rate, edit_distance


@cache
def fewest(one, other):
    """Edits by the definition: the best of every first edit."""
    if not one or not other:
        return len(one) + len(other)
    if one[0] == other[0]:
        return fewest(one[1:], other[1:])
    ways = ((one[1:], other), (one, other[1:]), (one[1:], other[1:]))
    return 1 + min(fewest(*way) for way in ways)


def test_the_fewest_edits_are_those_of_the_definition():
    rng = np.random.default_rng(0)
    for _ in range(300):
        one, other = ("".join(rng.choice(list("abc"), rng.integers(7))) for _ in "xy")
        assert edit_distance(one, other) == fewest(one, other)
        assert edit_distance(one, other) == edit_distance(other, one)


def test_a_rate_is_of_all_letters_together_and_may_be_above_1():
    rate = character_error_rate(["abc", ""], ["abc", "x"])
    assert rate == 0.25 and rate.low <= rate <= rate.high
    assert character_error_rate(["abcd"], ["x"]) == 4.0
    assert character_error_rate(["abc"] * 5, ["abc"] * 5).high == 0.0


@pytest.mark.parametrize(
    ("given", "wanted", "error"),
    [
        ("a", "a", TypeError),
        (["a"], ["a", "b"], ValueError),
        ([], [], ValueError),
        (["a"], [""], ValueError),
    ],
)
def test_what_has_no_rate_is_refused(given, wanted, error):
    with pytest.raises(error):
        character_error_rate(given, wanted)
