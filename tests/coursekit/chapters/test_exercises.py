"""An author's slip is reported with the chapter and the line; nothing is lost."""

import jupytext
import pytest
from sample_chapter import SAMPLE, sample

from coursekit.chapters.authoring import ExerciseError
from coursekit.chapters.exercises import (
    STUB,
    bare,
    chapter_files,
    fill,
    read_chapter,
    solution_parts,
    stub,
)

TEXT = SAMPLE.read_text(encoding="utf-8")


def problems(old, new):
    """What is reported when `old` in the sample is replaced by `new`."""
    assert old in TEXT
    with pytest.raises(ExerciseError) as caught:
        read_chapter("part/98_sample.md", TEXT.replace(old, new, 1))
    return str(caught.value)


def line_of(words):
    return next(n for n, x in enumerate(TEXT.splitlines(), 1) if words in x)


def test_an_exercise_is_read_whole():
    exercise = sample().exercise("ex-sample-weights")
    assert exercise.title == "Weights from scores"
    assert (exercise.minutes, exercise.difficulty) == (10, "easy")
    assert (exercise.grading, exercise.points) == ("auto", 2.0)
    assert exercise.statement.startswith("**10 minutes")
    assert exercise.line == line_of("Weights from scores")
    assert "largest score of each row" in exercise.answer
    assert exercise.check.startswith("B = 5")


def test_grading_kinds_are_told_apart():
    kinds = [exercise.grading for exercise in sample().exercises]
    assert kinds == ["auto", "auto", "manual", "manual", "none"]
    assert len(sample().graded) == 4
    assert len(sample().automatic) == 2


def test_code_cells_are_those_that_jupytext_finds_in_every_chapter():
    for path in [SAMPLE, *chapter_files()]:
        cells = jupytext.read(path).cells
        wanted = [cell.source for cell in cells if cell.cell_type == "code"]
        assert [cell.source for cell in read_chapter(path).cells] == wanted, path


def test_stub_and_solution_make_the_source_again_in_every_chapter():
    for path in [SAMPLE, *chapter_files()]:
        for exercise in read_chapter(path).automatic:
            parts = solution_parts(exercise.solution)
            assert STUB in exercise.stub
            assert all(part not in exercise.stub for part in parts)
            assert fill(exercise.stub, parts) == exercise.solution


def test_filling_with_the_wrong_number_of_parts_fails():
    with pytest.raises(ValueError, match="more gaps"):
        fill(STUB, ())
    with pytest.raises(ValueError, match="fewer"):
        fill("x = 1", ("x = 2",))


def test_a_cell_without_markers_is_all_solution():
    assert stub("x = 1\nx") == STUB
    assert bare("### BEGIN SOLUTION\nx = 1\n### END SOLUTION") == "x = 1"


def test_an_unknown_label_names_those_there_are():
    with pytest.raises(KeyError, match="ex-sample-weights"):
        sample().exercise("ex-other")


@pytest.mark.parametrize(
    ("old", "new", "words", "at"),
    [
        ("· easy · auto", "· trivial · auto", "opening line is", "Weights from"),
        (", 2 points.** Write", ".** Write", "graded exercises need", "Weights from"),
        ("graded by hand, 2 points", "ungraded, 2 points", "need points", "What a"),
        (":label: ex-sample-weights", ":label: Weights", "lower-case", "Weights from"),
        (":class: dropdown\n", "", "add :class: dropdown", "solution-start"),
        (
            "solution-start} ex-sample-weights",
            "solution-start} ex-other",
            "no exer",
            "",
        ),
        ("{solution-end}", "{solution-ende}", "opens inside", ""),
        ("    ### END SOLUTION\n", "", "needs ### BEGIN", ""),
        ("### BEGIN SOLUTION", "# BEGIN SOLUTION", "marker", ""),
        (":tags: [solution]\n", "", "no cell tagged solution", "Weights from"),
        (":tags: [check]\n", "", "no cell tagged check", "Weights from"),
        (', "rows do not sum to 1"', "", "assert without a hint", ""),
        ("return exponentials /", "return exponentials / /", "not Python", ""),
        ("graded by hand, 1 point", "auto-graded, 1 point", "no cell tagged check", ""),
        ("-sample-entropy\n```\n**", "-sample-weights\n```\n**", "used twice", ""),
    ],
)
def test_a_slip_is_named_with_its_chapter_and_line(old, new, words, at):
    text = problems(old, new)
    assert words in text
    assert text.startswith("part/98_sample.md:")
    if at:
        assert f"part/98_sample.md:{line_of(at)}: " in text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("```{solution-start}", "- ```{solution-start}"),
        ("```{solution-start}", "> ```{solution-start}"),
        ("\n```{solution-start}", "\n:::{note}\n```{solution-start}"),
        ("\n```{solution-start}", "\n````{note}\n:class: a\n```{solution-start}"),
    ],
)
def test_a_gate_inside_something_else_is_refused_with_its_line(old, new):
    text = problems(old, new)
    at = line_of("```{solution-start}") + new.count("\n") - 1
    at += not new.startswith("\n")
    assert f"98_sample.md:{at}: a gate must stand by itself" in text


def test_all_slips_of_a_kind_are_reported_at_once():
    text = TEXT.replace(', f"wanted {(B, T)}, got {got.shape}"', "")
    text = text.replace(', "in nats, not in bits"', "")
    with pytest.raises(ExerciseError) as caught:
        read_chapter("98_sample.md", text)
    assert len(caught.value.problems) == 2


def test_a_check_before_any_exercise_is_refused():
    old = "```{code-cell} ipython3\nimport numpy"
    new = "```{code-cell} ipython3\n:tags: [check]\nimport numpy"
    assert "no exercise above" in problems(old, new)
