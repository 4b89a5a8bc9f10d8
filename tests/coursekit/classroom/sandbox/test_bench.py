"""The bench tells right answers from wrong ones, apart from each other and bounded."""

import os
from dataclasses import replace
from unittest import mock

import pytest
from sample_chapter import RIGHT, sample

from coursekit.classroom.sandbox.bench import Bench, BenchError, Workplace

LABEL = "ex-sample-weights"
EXERCISE = sample().exercise(LABEL)


@pytest.fixture(scope="module")
def bench():
    with Bench(sample(), EXERCISE) as made:
        yield made


def test_a_right_answer_passes_on_every_seed_and_the_stub_on_none(bench):
    assert all(o.passed for o in bench.outcomes(RIGHT[LABEL], range(5)))
    stub = bench.grade(bench.exercise.stub, 0)
    assert (stub.passed, stub.error) == (False, "NotImplementedError")


@pytest.mark.parametrize(
    "source",
    [
        "np.exp = np.allclose = print\ndef weights(s): return s",
        "def shifted(s): return s\ndef weights(s): return s",
        "import os\nos.environ['PATH'] = ''\nos.unlink('/proc/1')",
    ],
    ids=["patches NumPy", "rebinds the chapter's function", "raises"],
)
def test_an_answer_leaves_nothing_behind(bench, source):
    assert not bench.grade(source, 0).passed
    assert bench.grade(RIGHT[LABEL], 0).passed


@pytest.mark.parametrize(
    "source",
    [
        "while True:\n    pass",
        "def weights(s):\n    while True:\n        pass",
        f"{RIGHT[LABEL]}\nwhile True:\n"
        "    try:\n        x = 1\n    except Exception:\n        pass",
    ],
    ids=["the cell", "its function", "catches exceptions"],
)
def test_an_endless_answer_is_stopped(bench, source):
    outcome = bench.grade(source, 0, limit=0.3)
    assert not outcome.passed and "endless loop" in outcome.hint


@pytest.mark.parametrize(
    "source",
    ["import os\nos._exit(0)", "def weights(s):\n    import os\n    os._exit(0)"],
    ids=["the cell", "its function"],
)
def test_leaving_python_is_an_outcome_and_the_bench_goes_on(bench, source):
    assert "its process ended" in bench.grade(source, 0).hint
    assert bench.grade(RIGHT[LABEL], 0).passed


def beginning(source):
    """The sample chapter with another first cell."""
    first = replace(sample().cells[0], source=source)
    return replace(sample(), cells=(first, *sample().cells[1:]))


def test_what_a_chapter_lacks_is_the_benchs_error():
    with pytest.raises(BenchError, match="no_such_module"):
        Bench(beginning("import no_such_module"), EXERCISE)


@pytest.fixture(scope="module")
def place():
    with Workplace() as made:
        yield made


def test_benches_in_one_place_find_nothing_of_each_other(place):
    started = place.process
    with Bench(beginning("import numpy as np\nnp.seen = 1"), EXERCISE, place) as bench:
        assert bench.grade(RIGHT[LABEL], 0).passed
    with pytest.raises(BenchError, match="no attribute 'seen'"):
        Bench(beginning("import numpy as np\nnp.seen"), EXERCISE, place)
    with Bench(sample(), EXERCISE, place) as bench:
        assert bench.grade(RIGHT[LABEL], 0).passed
    assert place.process is started


#: Which process is above an answer's: the exercise's, and above that the libraries'.
ABOVE = {
    "exercise": "os.getppid()",
    "libraries": "int(open(f'/proc/{os.getppid()}/stat').read().split()[3])",
}


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="it looks at /proc")
@pytest.mark.parametrize("above", ABOVE)
def test_an_answer_that_ends_what_is_above_it_costs_the_others_nothing(place, above):
    started = place.process
    killing = f"import os\nos.kill({ABOVE[above]}, 9)"
    with Bench(sample(), EXERCISE, place) as bench:
        assert not bench.grade(killing, 0).passed
        assert bench.grade(RIGHT[LABEL], 0).passed
        assert not bench.grade(killing, 0).passed
    with Bench(sample(), EXERCISE, place) as bench:
        assert bench.grade(RIGHT[LABEL], 0).passed
    assert place.process is not started


#: What an answer leaves behind that ends a process half a second after it.
LATER = f"""{RIGHT[LABEL]}
import os
import time
above = {{above}}
if not os.fork():
    time.sleep(0.5)
    os.kill(above, 9)
    os._exit(0)
"""
#: Right answers that take a second, so that one of those meets them.
SLOW = {
    "in the cell": f"import time\ntime.sleep(1)\n{RIGHT[LABEL]}",
    "in its function": "import time\n"
    + RIGHT[LABEL].replace(":\n", ":\n    time.sleep(1)\n", 1),
}


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="it looks at /proc")
@pytest.mark.parametrize("above", ABOVE)
@pytest.mark.parametrize("slow", SLOW)
def test_an_answer_whose_process_another_ended_is_judged_anew(place, above, slow):
    with Bench(sample(), EXERCISE, place) as bench:
        assert bench.grade(LATER.format(above=ABOVE[above]), 0).passed
        assert bench.grade(SLOW[slow], 0).passed


@pytest.mark.parametrize("asked", [0, 1], ids=["its cell", "its function"])
def test_an_answer_that_says_nothing_is_waited_for_once(place, asked):
    with Bench(sample(), EXERCISE, place) as bench:
        fork, begun = bench._try_fork, []

        def silent(*given):
            channel = fork(*given)
            replies = [channel.receive() for _ in range(asked)]
            channel.receive = mock.Mock(side_effect=[*replies, TimeoutError])
            begun.append(channel)
            return channel

        with mock.patch.object(bench, "_try_fork", silent):
            outcome = bench.grade(RIGHT[LABEL], 0)
        assert (outcome.passed, outcome.error) == (False, "SilentError")
        assert len(begun) == 1
        assert bench.grade(RIGHT[LABEL], 0).passed


def test_an_answer_that_waits_behind_one_that_never_ends_is_sent_again(place):
    with Bench(sample(), EXERCISE, place) as bench:
        never = mock.Mock(side_effect=TimeoutError)
        with mock.patch.object(place.listener, "wait", never):
            assert bench.grade(RIGHT[LABEL], 0).passed
        assert never.called
        assert bench.grade(RIGHT[LABEL], 0).passed
