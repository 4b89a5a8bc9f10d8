"""The bench tells right answers from wrong ones, and stops the endless."""

import signal

import pytest
from sample_chapter import RIGHT, sample

from coursekit.classroom.workbench import Bench, TimeUp, time_limit


@pytest.fixture(scope="module")
def bench():
    return Bench(sample(), sample().exercise("ex-sample-weights"))


def test_a_right_answer_passes_and_the_stub_does_not(bench):
    assert bench.grade(RIGHT["ex-sample-weights"], 0).passed
    stub = bench.grade(bench.exercise.stub, 0)
    assert (stub.passed, stub.error) == (False, "NotImplementedError")


def test_an_answer_leaves_nothing_behind(bench):
    bench.grade("def weights(s): return s\nnp = None\nleft = 1", 0)
    assert "left" not in bench.namespace
    assert bench.grade(RIGHT["ex-sample-weights"], 0).passed


def test_an_endless_answer_is_stopped(bench):
    outcome = bench.grade("while True:\n    pass", 0, limit=0.3)
    assert outcome.error == "TimeUp"


def test_an_endless_answer_that_catches_everything_is_stopped(bench):
    source = "while True:\n    try:\n        x = 1\n    except Exception:\n        pass"
    assert bench.grade(source, 0, limit=0.3).error == "TimeUp"


def test_leaving_python_is_an_outcome(bench):
    assert bench.grade("raise SystemExit(0)", 0).error == "SystemExit"


def test_the_time_limit_is_taken_off_again():
    with pytest.raises(TimeUp), time_limit(0.05):
        while True:
            pass
    with time_limit(60):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
