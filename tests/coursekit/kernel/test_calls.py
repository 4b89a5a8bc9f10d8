"""The recorder notices what an answer does besides returning a value."""

import sys

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from coursekit.kernel import calls
from coursekit.kernel.calls import call, weights_like


@pytest.fixture(autouse=True)
def nothing_earlier(monkeypatch):
    monkeypatch.setattr(calls, "_earlier", [])


def test_the_value_is_returned_and_exceptions_pass():
    assert call(lambda a, b=1: a + b, [2], {"b": 3})["value"] == 5
    with pytest.raises(ZeroDivisionError):
        call(lambda: 1 / 0)


def spoil(x, y):
    y += 1


@pytest.mark.parametrize("kind", [np.zeros, torch.zeros, lambda n: [0] * n])
def test_arguments_changed_in_place_are_named_by_their_place(kind):
    def append(x, y):
        y[0] = 7

    assert call(append, [kind(3), kind(3)])["changed"] == (1,)
    assert call(lambda x, y: x, [kind(3), kind(3)])["changed"] == ()


def test_a_result_that_a_later_call_changes_is_noticed():
    shared = np.zeros(3)

    def answer(n):
        shared[:] = n
        return shared

    assert not call(answer, [1])["earlier_changed"]
    assert call(answer, [2])["earlier_changed"]
    assert not call(lambda n: np.full(3, n), [3])["earlier_changed"]


def test_gradients_are_those_of_the_weighted_sum_of_outputs():
    x, y = torch.randn(2, 3).double(), torch.randn(2, 3).double()
    found = call(lambda a, b: (a * b, a.detach()), [x, y], gradients=(0, 1))
    w = weights_like(x)
    torch.testing.assert_close(found["gradients"], (w * y, w * x))


def test_a_gradient_that_does_not_arrive_is_none():
    x = torch.ones(2)
    assert call(lambda a: a.detach() * 2, [x], gradients=(0,))["gradients"] == (None,)
    assert call(lambda a, b: a * 2, [x, x], gradients=(1,))["gradients"] == (None,)


@pytest.mark.parametrize("ones", [np.ones, torch.ones])
def test_the_peak_of_memory_counts_what_is_held_at_once(ones):
    def much(n):
        return (ones((n, n)) * 2).sum()

    def little(n):
        return sum(ones(n).sum() for _ in range(n))

    n = 512
    assert call(much, [n], memory=True)["peak_bytes"] >= 4 * n * n
    assert call(little, [n], memory=True)["peak_bytes"] < n * n


def attention(x):
    return F.scaled_dot_product_attention(x, x, x)


def test_library_functions_are_named_however_they_are_reached():
    x, again = torch.ones(1, 2, 2), F.scaled_dot_product_attention
    name = "torch._C._nn.scaled_dot_product_attention"
    for answer in (attention, lambda x: again(x, x, x)):
        assert name in call(answer, [x], watch=["torch."])["called"]
    own = call(lambda x: (x @ x.mT).softmax(-1) @ x, [x], watch=["torch._C._nn."])
    assert own["called"] == ()


def test_taking_the_watch_away_is_noticed():
    assert call(lambda: sys.setprofile(None), watch=["n2t."])["called"] == (
        "sys.setprofile",
    )
    assert sys.getprofile() is None


def test_steps_grow_with_a_loop_and_with_nothing_else():
    def loop(x):
        total = 0
        for row in x:
            total = total + row
        return total

    for answer, grows in (
        (loop, True),
        (lambda x: sum(r for r in x), True),
        (lambda x: x.sum(0), False),
        (lambda x: np.where(x > 0, x, 0).sum(axis=0), False),
    ):
        few, many = (
            call(answer, [np.ones((n, 2))], steps=True)["steps"] for n in (3, 30)
        )
        assert (many > few) == grows
