"""The table of wrong answers says which grader is weak."""

import pytest
from sample_chapter import ANSWERS, RIGHT, SAMPLE, sample

from coursekit import cli
from coursekit.answers import mutants
from coursekit.classroom.sandbox.bench import Bench


@pytest.fixture(scope="module")
def bench():
    return Bench(sample(), sample().exercise("ex-sample-weights"))


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
    assert cli.main(["mutants", str(SAMPLE), "--answers", str(ANSWERS), "--hints"]) == 0
    shown = capsys.readouterr().out
    assert "ex-sample-entropy" in shown
    assert "0 problems" in shown


def test_the_command_fails_without_wrong_answers(capsys, tmp_path):
    assert cli.main(["mutants", str(SAMPLE), "--answers", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("coursekit mutants: ")
    assert "is missing" in said
