"""The bench tells right answers from wrong ones, and says which grader is weak."""

import signal

import pytest
from sample_chapter import ANSWERS, RIGHT, SAMPLE, sample

from coursekit.answers import mutants
from coursekit.classroom.workbench import Bench, TimeUp, time_limit
from coursekit.kernel.draws import draw


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


def test_the_same_seed_draws_the_same_and_another_does_not():
    first, again = draw("ex-a", 7).normal(), draw("ex-a", 7).normal()
    assert first == again
    assert draw("ex-a", 8).normal() != first
    assert draw("ex-b", 7).normal() != first


def test_the_seed_of_the_environment_is_used(monkeypatch):
    monkeypatch.setenv("COURSEKIT_SEED", "7")
    assert draw("ex-a").normal() == draw("ex-a", 7).normal()
    monkeypatch.delenv("COURSEKIT_SEED")
    assert draw("ex-a").normal() != draw("ex-a").normal()


def test_the_sample_has_no_survivor():
    rows, verdicts = mutants.table([SAMPLE], ANSWERS)
    assert [verdict.problem for verdict in verdicts if verdict.problem] == []
    assert all(row[2] == row[3] and row[4] == row[5] == 2 for row in rows)


def test_the_inventory_counts_what_the_table_judges():
    rows, _ = mutants.table([SAMPLE], ANSWERS)
    counted = [(row[0], row[1], row[2], row[4]) for row in rows]
    assert mutants.inventory([SAMPLE], ANSWERS) == counted


def test_a_wrong_answer_that_passes_is_a_survivor(bench):
    found = mutants.judge_wrong(bench, "right", RIGHT["ex-sample-weights"], "axis")
    assert "SURVIVED" in found.problem


def test_a_wrong_answer_needs_its_own_words_and_no_bare_exception(bench):
    wrong = "def weights(scores):\n    return scores"
    assert "wanted the words" in mutants.judge_wrong(bench, "x", wrong, "axis").problem
    raising = "def weights(scores):\n    return 1 / 0"
    found = mutants.judge_wrong(bench, "x", raising, "division")
    assert "not by a hint" in found.problem


def test_a_right_answer_that_is_rejected_is_a_problem(bench):
    found = mutants.judge_right(bench, "x", "def weights(scores):\n    return scores")
    assert "rejected with seed 0" in found.problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("WRONG = {}\nSECOND = 'x'", "4 to 8"),
        ("WRONG = {str(i): ('x', '') for i in range(4)}\nSECOND = 'x'", "words of"),
        ("WRONG = {str(i): ('x', 'y') for i in range(4)}\nSECOND = 'x'", "same words"),
        ("WRONG = {str(i): ('x', str(i + 1)) for i in range(4)}", "SECOND"),
    ],
)
def test_a_file_of_wrong_answers_laid_out_wrongly_is_named(tmp_path, text, words):
    place = tmp_path / "98_sample"
    place.mkdir()
    (place / "ex-sample-weights.py").write_text(text)
    exercise = sample().exercise("ex-sample-weights")
    with pytest.raises(mutants.MutantError, match=words):
        mutants.answers(sample(), exercise, tmp_path)


def test_the_command_prints_the_table(capsys):
    assert mutants.main([str(SAMPLE), "--answers", str(ANSWERS), "--hints"]) == 0
    shown = capsys.readouterr().out
    assert "ex-sample-entropy" in shown
    assert "0 problems" in shown


def test_the_command_fails_without_wrong_answers(capsys, tmp_path):
    assert mutants.main([str(SAMPLE), "--answers", str(tmp_path)]) == 2
    assert "is missing" in capsys.readouterr().err
