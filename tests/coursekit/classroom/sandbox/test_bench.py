"""The bench tells right answers from wrong ones, apart from each other and bounded."""

import pytest
from sample_chapter import RIGHT, sample

from coursekit.classroom.sandbox.bench import Bench, BenchError

LABEL = "ex-sample-weights"


@pytest.fixture(scope="module")
def bench():
    with Bench(sample(), sample().exercise(LABEL)) as made:
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


def test_what_a_chapter_lacks_is_the_benchs_error():
    from dataclasses import replace

    broken = replace(sample().cells[0], source="import no_such_module")
    chapter = replace(sample(), cells=(broken, *sample().cells[1:]))
    with pytest.raises(BenchError, match="no_such_module"):
        Bench(chapter, sample().exercise(LABEL))
