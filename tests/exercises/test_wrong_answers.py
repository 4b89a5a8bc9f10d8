"""Every auto-graded exercise: wrong answers are rejected, right ones pass."""

import pytest

from coursekit.answers import mutants
from coursekit.answers.counts import Counts
from coursekit.chapters.exercises import chapter_files, read_chapter
from coursekit.classroom.sandbox.bench import Workplace

CASES = [
    pytest.param(path, exercise.label, id=f"{path.stem}:{exercise.label}")
    for path in chapter_files()
    for exercise in read_chapter(path).automatic
]

#: `coursekit mutants` takes a minute for each.
SOME = Counts(seconds=0.25, fewest=3, enough=3)


@pytest.fixture(scope="module")
def place():
    """Where all exercises stand, one after another; figures are not shown."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MPLBACKEND", "agg")
        with Workplace() as made:
            yield made


@pytest.mark.parametrize(("path", "label"), CASES)
def test_each_wrong_answer_is_rejected_and_right_ones_pass(path, label, place):
    chapter = read_chapter(path)
    exercise = chapter.exercise(label)
    verdicts = mutants.judge(chapter, exercise, counts=SOME, place=place)
    problems = [f"{v.name}: {v.problem}" for v in verdicts if v.problem]
    assert not problems, "\n".join([f"{path.name}, {label}:", *problems])


def test_no_file_of_wrong_answers_is_left_without_its_exercise():
    known = {
        (path.stem, exercise.label)
        for path in chapter_files()
        for exercise in read_chapter(path).automatic
    }
    files = mutants.FOLDER.glob("*/ex-*.py")
    orphans = [str(f) for f in files if (f.parent.name, f.stem) not in known]
    assert not orphans
