"""A course folder with two students and one released assignment."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from coursekit.classroom.gradebook import update
from coursekit.classroom.turns import turn

PEOPLE = "id,name,email\nada,Ada Example,ada@example.org\nbo,Bo Sample,\n"
NAME = "98_sample"


@pytest.fixture
def answered():
    """The text of a notebook of the assignment, with an answer in it."""

    def text(answer="", ids=("ex-a",)):
        cells = [
            {
                "cell_type": "code",
                "id": label,
                "metadata": {"nbgrader": {"grade_id": label, "solution": True}},
                "source": answer,
                "outputs": [],
                "execution_count": None,
            }
            for label in ids
        ]
        book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
        return json.dumps(book)

    return text


@pytest.fixture
def course(tmp_path, answered):
    folder = tmp_path / "course"
    released = folder / "release" / NAME
    released.mkdir(parents=True)
    (released / f"{NAME}.ipynb").write_text(answered(), encoding="utf-8")
    (folder / "students.csv").write_text(PEOPLE, encoding="utf-8")
    return folder


@pytest.fixture
def handed(course, answered):
    """Put a notebook into a student's folder, with the time when it came."""

    def put(student, answer="1", when="2026-03-01 12:00:00 UTC"):
        folder = course / "submitted" / student / NAME
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{NAME}.ipynb").write_text(answered(answer), encoding="utf-8")
        (folder / "timestamp.txt").write_text(when, encoding="utf-8")
        return folder

    return put


@pytest.fixture(scope="session")
def gradebook(tmp_path_factory):
    """A gradebook with one assignment of 8 points and nobody's work."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch:
        # nbgrader calls alembic, which lies beside this Python, by its name
        beside = [str(Path(sys.executable).parent), os.environ["PATH"]]
        patch.setenv("PATH", os.pathsep.join(beside))
        with Gradebook(f"sqlite:///{path}") as book:
            book.add_assignment(NAME)
            book.add_notebook(NAME, NAME)
            cell = {"max_score": 8, "cell_type": "code"}
            book.add_grade_cell("ex-a", NAME, NAME, **cell)
    return path


@pytest.fixture
def graded(course, gradebook):
    """Let nbgrader's gradebook and our log have a student's mark, of 8 points."""

    def put(student, score, by_hand=False, log=True):
        path = course / "gradebook.db"
        if not path.exists():
            shutil.copyfile(gradebook, path)
        with Gradebook(f"sqlite:///{path}") as book, book.db.no_autoflush:
            book.update_or_create_student(student)
            found = book.update_or_create_submission(NAME, student)
            grade = found.notebooks[0].grades[0]
            grade.auto_score, grade.needs_manual_grade = score, by_hand
            book.db.commit()
        if log:
            files = turn(course, NAME, student, {}).record
            record = {"status": "graded", "seed": 3, "score": score} | files
            update(course, NAME, {student: record})

    return put
