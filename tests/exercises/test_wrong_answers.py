"""Every auto-graded exercise: wrong answers are rejected, right ones pass."""

import pytest

from coursekit.answers import mutants
from coursekit.chapters.exercises import chapter_files, read_chapter

CASES = [
    pytest.param(path, exercise.label, id=f"{path.stem}:{exercise.label}")
    for path in chapter_files()
    for exercise in read_chapter(path).automatic
]


@pytest.fixture(autouse=True)
def no_windows(monkeypatch):
    """Figures that a chapter draws are not shown."""
    monkeypatch.setenv("MPLBACKEND", "agg")


@pytest.mark.parametrize(("path", "label"), CASES)
def test_each_wrong_answer_is_rejected_with_its_hint_and_right_ones_pass(path, label):
    chapter = read_chapter(path)
    verdicts = mutants.judge(chapter, chapter.exercise(label))
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
