"""A conversation: values there and back, functions served, nothing executed here."""

import contextlib
import socket
import threading

import numpy as np
import pytest
import torch

from coursekit.checks.asking import AnswerError, ask, refused
from coursekit.classroom.sandbox.elsewhere import Conversation, Elsewhere, GoneError
from coursekit.classroom.sandbox.judging import MISSING, Here, judge
from coursekit.kernel.host import Host
from coursekit.kernel.wire import Channel


def deep(levels):
    """Lists inside lists."""
    return [deep(levels - 1)] if levels else []


class Odd(KeyError):
    """An exception that only the other process knows."""


def raises(kind, text="said"):
    def answer(*arguments):
        raise kind(text)

    return answer


THERE = {
    "double": lambda x: 2 * x,
    "twice": lambda f: f(f(np.ones(2))),
    "maker": lambda n: lambda x: x + n,
    "number": 7,
    "pair": ("es", "pt"),
    "lost": raises(ValueError),
    "odd": raises(Odd),
    "own": raises(type("Own", (Exception,), {})),
    "stopped": raises(KeyboardInterrupt),
    "unicode": lambda: b"\xff".decode(),
    "leaves": lambda: there.shutdown(socket.SHUT_RDWR),
    "deep": lambda: deep(100),
    "broken": lambda x: torch.ones(2) @ torch.ones(3),
}


def quietly(host):
    """Talk, until the connection is shut."""
    with contextlib.suppress(OSError):
        host.talk()


@pytest.fixture
def talk():
    """A conversation with a host in another thread, over a socket."""
    global there
    ours, there = socket.socketpair()
    host = Host(Channel(there), THERE)
    thread = threading.Thread(target=quietly, args=(host,), daemon=True)
    thread.start()
    conversation = Conversation(Channel(ours))
    yield conversation
    conversation.end()
    ours.close()


def test_data_come_by_value_and_functions_as_stand_ins(talk):
    found = talk.look(["double", "number", "pair", "nowhere"])
    assert (found["number"], found["pair"]) == (7, ("es", "pt"))
    assert isinstance(found["double"], Elsewhere) and "nowhere" not in found
    assert found["double"](np.arange(3)).tolist() == [0, 2, 4]


def test_a_function_among_the_arguments_is_served_from_here(talk):
    asked = []

    def add(x):
        asked.append(x)
        return x + 1

    assert talk.look(["twice"])["twice"](add).tolist() == [3, 3]
    assert len(asked) == 2


def test_what_an_answer_returns_can_be_asked_in_turn(talk):
    inner = ask(talk.look(["maker"])["maker"], 3).value
    assert ask(inner, 4).value == 7


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("lost", ValueError, "^said$"),
        ("odd", KeyError, "Odd: "),
        ("own", AnswerError, "^Own: said$"),
        ("stopped", KeyboardInterrupt, "said"),
        ("unicode", AnswerError, "UnicodeDecodeError"),
    ],
)
def test_exceptions_arrive_as_the_nearest_built_in_kind(talk, name, kind, text):
    with pytest.raises(kind, match=text):
        talk.look([name])[name]()


def test_a_refusal_elsewhere_is_a_refusal(talk):
    assert refused(talk.look(["lost"])["lost"], words="w") == "said"


def test_an_error_of_a_served_function_reaches_the_answer_and_comes_back(talk):
    with pytest.raises(AssertionError, match="^ValueError: too few tokens"):
        ask(talk.look(["twice"])["twice"], raises(ValueError, "too few tokens"))


def test_a_value_that_cannot_be_sent_is_an_error_and_the_talk_goes_on(talk):
    found = talk.look(["deep", "double"])
    with pytest.raises(ValueError, match="50 deep"):
        found["deep"]()
    assert found["double"](2) == 4


def test_a_process_that_leaves_is_named(talk):
    with pytest.raises(GoneError, match="its process ended"):
        talk.look(["leaves"])["leaves"]()


def test_a_check_runs_here_about_names_that_are_there(talk):
    check = "assert np.allclose(double(rng.normal(size=3)), 0), 'not double'"
    outcome = judge(talk, "ex", check, 0, ["import numpy as np"])
    assert (outcome.passed, outcome.hint) == (False, "not double")
    assert judge(talk, "ex", "assert number == 7, 'n'", 0).passed
    assert judge(talk, "ex", "absent(rng)", 0).error == MISSING


def test_the_same_seed_draws_the_same_inputs_for_the_same_exercise():
    seen = []
    here = Here({"note": lambda x: seen.append(float(x))})
    for label, seed in (("ex-a", 1), ("ex-a", 1), ("ex-a", 2), ("ex-b", 1)):
        judge(here, label, "note(rng.normal())", seed)
    assert seen[0] == seen[1] and len(set(seen)) == 3
