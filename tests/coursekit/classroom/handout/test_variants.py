"""Every exercise has a variant; a class gets some of them, by its number."""

import ast

import pytest

from coursekit.chapters.exercises import chapter_files, read_chapter, stub
from coursekit.checks.twisting import twists
from coursekit.classroom.handout import assignments
from coursekit.classroom.handout.variants import varied_chapter, varied_exercise

CHAPTERS = [read_chapter(path) for path in chapter_files()]
EXERCISES = [(c, e) for c in CHAPTERS for e in c.automatic]
each = pytest.mark.parametrize(
    ("chapter", "exercise"), EXERCISES, ids=[e.label for _, e in EXERCISES]
)


@each
def test_every_graded_exercise_has_a_variant(chapter, exercise):
    assert exercise.label in twists()


def test_no_variant_is_left_without_its_exercise():
    assert set(twists()) <= {exercise.label for _, exercise in EXERCISES}


@each
def test_a_variant_is_told_solved_and_checked_apart(chapter, exercise):
    varied = varied_exercise(chapter, exercise)
    assert varied.statement.startswith(exercise.statement.rstrip())
    assert "**In your class:**" in varied.statement
    assert "raise NotImplementedError" in stub(varied.solution)
    assert varied.solution != exercise.solution
    assert f"twisted({_answer(exercise)}, '{exercise.label}')" in varied.check
    ast.parse(varied.check)


def _answer(exercise):
    kinds = ast.FunctionDef | ast.ClassDef
    body = ast.parse(exercise.solution).body
    return next(node.name for node in body if isinstance(node, kinds))


def test_a_number_draws_the_same_class_again_and_another_another():
    def drawn(seed):
        return [
            e.label
            for c in CHAPTERS
            for e in varied_chapter(c, seed).automatic
            if e.title.endswith("(variant)")
        ]

    assert drawn(7) == drawn(7)
    assert len({tuple(drawn(n)) for n in range(5)}) == 5
    assert all(
        any(e.title.endswith("(variant)") for e in varied_chapter(c, 7).automatic)
        for c in CHAPTERS
        if c.automatic
    )


def test_the_notebook_of_a_class_holds_the_variant_and_not_the_books_statement_alone():
    chapter = varied_chapter(CHAPTERS[0], 7)
    made = assignments.notebook(chapter)
    text = "\n".join(cell.source for cell in made.cells)
    assert "**In your class:**" in text and "twisted(" in text
