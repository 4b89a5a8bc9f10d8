"""An answer that may never end is stopped after so many steps."""

import sys

import pytest

from coursekit.kernel.bounded import bounded


def _adds(count, start=0):
    for _ in range(count):
        start += 1
    return start


def _for_ever():
    while True:
        pass


def test_what_it_returns_comes_back_if_it_ends_in_time():
    assert bounded(_adds, 10, 5, most=100) == 15


@pytest.mark.parametrize(("answer", "arguments"), [(_for_ever, ()), (_adds, (99,))])
def test_more_steps_than_wanted_are_an_error_that_says_how_many(answer, arguments):
    with pytest.raises(RuntimeError, match="not ended after 100 steps"):
        bounded(answer, *arguments, most=100)


def test_the_trace_that_was_there_is_put_back():
    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError):
        bounded(lambda: 1 / 0, most=100)
    assert sys.gettrace() is before
