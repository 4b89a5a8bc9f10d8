"""A twist translates there and back, so that one check judges both exercises."""

import numpy as np
import pytest

from coursekit.checks.asking import ask
from coursekit.checks.twisting import Twist, Twisted
from coursekit.kernel.calls import Record

TURNED = Twist(
    statement="x comes turned, and the result is negative.",
    solution="",
    before=lambda x, n: (x.T, n),
    after=lambda value: -value,
)


def test_arguments_are_translated_and_the_value_back():
    def answer(x, n):
        return -x[0] * n

    x = np.arange(6.0).reshape(2, 3)
    record = ask(Twisted(answer, TURNED), x, 2)
    assert isinstance(record, Record)
    assert record.value.tolist() == (2 * x[:, 0]).tolist()


def test_what_else_was_recorded_is_kept():
    def spoil(x, n):
        x += 1
        return n

    with pytest.raises(AssertionError, match="argument number 1 in place"):
        ask(Twisted(spoil, TURNED), np.ones((2, 3)), 2)


def test_a_result_of_another_make_is_refused_in_a_sentence():
    with pytest.raises(AssertionError, match="another kind of result; got 'text'"):
        ask(Twisted(lambda x, n: "text", TURNED), np.ones((2, 3)), 2)
