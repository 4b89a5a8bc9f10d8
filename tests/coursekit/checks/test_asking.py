"""Answers are asked in one way, and whatever they do becomes a sentence."""

import numpy as np
import pytest
import torch

from coursekit.checks.asking import ask, avoids, refused, run
from coursekit.kernel import calls
from coursekit.kernel.calls import Record


@pytest.fixture(autouse=True)
def nothing_earlier(monkeypatch):
    monkeypatch.setattr(calls, "_earlier", [])


def test_what_comes_back_is_a_copy_without_a_graph():
    x = torch.ones(2, requires_grad=True)
    got = ask(lambda y: y * 2, x.detach()).value
    assert got.tolist() == [2, 2] and not got.requires_grad
    same = np.ones(3)
    assert ask(lambda y: y, same).value is not same


def test_functions_among_the_arguments_are_called_as_they_are():
    assert ask(lambda f: f(np.ones(2)).sum(), lambda x: 3 * x).value == 6


def unwritten():
    raise NotImplementedError("write your answer here")


def interrupted():
    raise KeyboardInterrupt


def test_what_an_answer_raises_becomes_a_sentence_with_the_hint():
    with pytest.raises(AssertionError, match=r"(?s)^ZeroDivisionError: .*\nthe hint$"):
        ask(lambda: 1 / 0, hint="the hint")
    with pytest.raises(NotImplementedError):
        ask(unwritten)
    with pytest.raises(AssertionError, match="endless loop"):
        ask(interrupted)


def test_an_answer_that_changes_its_arguments_is_refused_unless_it_may():
    def spoil(x, y):
        y += 1

    with pytest.raises(AssertionError, match="argument number 2 in place"):
        ask(spoil, np.ones(2), np.ones(2))
    ask(spoil, np.ones(2), np.ones(2), may_change=(1,))


def test_results_that_share_memory_are_refused():
    memo = {}

    def answer(n):
        shared = memo.setdefault("table", np.zeros(2))
        shared += n
        return shared

    ask(answer, 1)
    with pytest.raises(AssertionError, match="share memory"):
        ask(answer, 2)


def error(kind):
    def answer(*arguments):
        raise kind("(2, 3) is not (3, 2)")

    return answer


def test_a_refusal_is_of_the_wanted_kind_and_its_text_is_returned():
    assert refused(error(ValueError), 1, words="w") == "(2, 3) is not (3, 2)"
    with pytest.raises(AssertionError, match="wanted ValueError, got TypeError"):
        refused(error(TypeError), 1, words="w")
    with pytest.raises(AssertionError, match="^w; it returned 5"):
        refused(lambda n: 5, 1, words="w")
    with pytest.raises(NotImplementedError):
        refused(unwritten, words="w")


def test_a_forbidden_function_is_named():
    from torch.nn import functional as F

    record = ask(lambda x: F.softmax(x, -1), torch.ones(2), watch=["torch.nn."])
    with pytest.raises(
        AssertionError, match=r"calls torch\.nn\.functional\.softmax: w"
    ):
        avoids(record, ["torch.nn.functional.softmax"], "w")
    avoids(record, ["torch.nn.functional.cross_entropy"], "w")


@pytest.mark.parametrize(
    ("called", "said"),
    [
        (("n2t._checks.check_size", "n2t.masks.causal_mask"), "n2t.masks.causal_mask"),
        (("n2t.data.<module>", "n2t.data.pad"), "n2t.data.pad"),
        (("n2t._checks.check_size",), "n2t's check_size"),
        (("torch._ops.OpOverloadPacket.__call__", "torch.nn.relu"), "torch"),
        (("torch.autograd.graph._run_backward",), "torch.autograd.graph"),
        (("torch.nn.relu", "sys.setprofile"), "sys.setprofile"),
    ],
)
def test_of_several_forbidden_functions_a_public_one_is_named(called, said):
    with pytest.raises(AssertionError, match=rf"^your answer calls {said}: w$"):
        avoids(Record(called=called), ["n2t.", "torch._ops.", "torch.autograd."], "w")


def test_an_answer_elsewhere_is_asked_there():
    class There:
        def coursekit_run(self, recorder, arguments, options):
            return recorder.__name__, arguments, options

    assert run(calls.call, There(), (1,), steps=True) == (
        "call",
        ((1,),),
        {"steps": True},
    )
