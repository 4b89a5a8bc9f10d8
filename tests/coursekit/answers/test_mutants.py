"""The table of wrong answers says which grader is weak."""

import pytest
from sample_chapter import ANSWERS, RIGHT, SAMPLE, sample

from coursekit import cli
from coursekit.answers import counts, mutants, report
from coursekit.answers.counts import FEW, FULL, Counts
from coursekit.classroom.sandbox.bench import Bench
from coursekit.classroom.sandbox.judging import Outcome

LABEL = "ex-sample-weights"
STUB = "def weights(scores):\n    return scores"


@pytest.fixture(scope="module")
def bench():
    with Bench(sample(), sample().exercise(LABEL)) as made:
        yield made


def test_the_sample_has_no_survivor_and_the_inventory_counts_what_was_judged():
    rows, verdicts = mutants.table([SAMPLE], ANSWERS, FEW)
    assert [(v.name, v.problem) for v in verdicts if v.problem] == []
    assert all(row[2] == row[3] and row[4] == row[5] == 3 for row in rows)
    counted = [(row[0], row[1], row[2], row[4]) for row in rows]
    assert mutants.inventory([SAMPLE], ANSWERS) == counted


def test_a_wrong_answer_that_passes_is_a_survivor(bench):
    found = mutants.judge_wrong(bench, "right", RIGHT[LABEL], "axis", [0])
    assert "SURVIVED" in found.problem


def test_a_wrong_answer_needs_its_own_words(bench):
    found = mutants.judge_wrong(bench, "x", STUB, "axis", [0])
    assert "wanted the words" in found.problem
    assert not mutants.judge_wrong(bench, "x", STUB, "where is exp", [0]).problem


def test_a_wrong_answer_meets_draws_until_its_words_are_said():
    """However slow the machine is, so that its speed decides no verdict."""

    class Judged:
        exercise = sample().exercise(LABEL)

        def outcomes(self, source, seeds):
            for seed in seeds:
                met.append(seed)
                yield Outcome(False, "", f"hint {seed}")

    for words, last, problem in [("1", 1, ""), ("7", 7, ""), ("x", 19, "wanted")]:
        met = []
        found = mutants.judge_wrong(Judged(), "x", "", f"hint {words}", range(2))
        assert met == list(range(last + 1))
        assert problem in found.problem and bool(found.problem) == bool(problem)


def test_a_right_answer_that_is_rejected_is_a_problem(bench):
    assert "rejected with seed 3" in mutants.judge_right(bench, "x", STUB, [3]).problem
    assert "no seed" in mutants.judge_right(bench, "x", RIGHT[LABEL], []).problem


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on only when it is told to."""
    now = [0.0]
    monkeypatch.setattr(counts.time, "monotonic", lambda: now[0])
    return now


def drawn(clock, seeds, seconds):
    """How many draws an answer meets whose judgement takes `seconds`."""
    count = 0
    for count, _ in enumerate(seeds, 1):  # noqa: B007
        clock[0] += seconds
    return count


def test_quick_answers_meet_many_draws_and_those_that_train_few(clock):
    for seconds, right, wrong in [(0.004, 200, 20), (0.03125, 33, 4), (9.0, 5, 2)]:
        assert drawn(clock, Counts().right(), seconds) == right
        assert drawn(clock, Counts().wrong(), seconds) == wrong
    for seconds, count in [(0.25, 200), (9.0, 7), (30.0, 5)]:
        assert drawn(clock, FULL.right(), seconds) == count
        assert drawn(clock, FULL.wrong(), seconds) == count
    for seconds, count in [(0.5, 5), (1.25, 3), (2.0, 2), (9.0, 1)]:
        assert drawn(clock, Counts(enough=3).right(), seconds) == count
        assert drawn(clock, Counts(enough=3).wrong(), seconds) == min(count, 2)


SIX = "{str(i): ('x', 'y') for i in range(6)}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("WRONG = {}\nRIGHT = {'a': 'x', 'b': 'y'}", "6 or more"),
        ("WRONG = {str(i): ('x', '') for i in range(6)}", "words of"),
        (f"WRONG = {SIX}\nCHEATS = {{'c': 'x'}}", "'c' must be"),
        (f"WRONG = {SIX}\nRIGHT = {{'a': 'x'}}", "2 or more"),
        (f"WRONG = {SIX}\nRIGHT = {{'a': 'x', 'b': REFERENCE}}", "has the reference"),
    ],
)
def test_a_file_of_wrong_answers_laid_out_wrongly_is_named(tmp_path, text, words):
    exercise, place = sample().exercise(LABEL), tmp_path / "98_sample"
    place.mkdir()
    reference = mutants.bare(exercise.solution)
    (place / f"{LABEL}.py").write_text(text.replace("REFERENCE", repr(reference)))
    with pytest.raises(mutants.MutantError, match=words):
        mutants.answers(sample(), exercise, tmp_path)


def test_the_command_prints_the_table(capsys, monkeypatch):
    few = lambda files, folder, counts: mutants.table(files, folder, FEW)  # noqa: E731
    monkeypatch.setattr(report, "table", few)
    assert cli.main(["mutants", str(SAMPLE), "--answers", str(ANSWERS), "--hints"]) == 0
    shown = capsys.readouterr().out
    assert "ex-sample-entropy" in shown
    assert "0 problems" in shown


def test_the_command_fails_without_wrong_answers(capsys, tmp_path):
    assert cli.main(["mutants", str(SAMPLE), "--answers", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("coursekit mutants: ")
    assert "is missing" in said
