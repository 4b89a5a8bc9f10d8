"""Given cells come back, whatever was done to them, their metadata and their ids."""

import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from coursekit.classroom.restore import grade_id, restored


def given(name, source, locked=True, **more):
    cell = new_code_cell(source, id=name)
    data = {"grade_id": name, "locked": locked, "solution": not locked, **more}
    cell.metadata["nbgrader"] = data
    return cell


def released():
    return new_notebook(
        cells=[
            given("setup-1", "import numpy as np"),
            given("ex-a", "def a(): ...", locked=False),
            given("ex-a-check", "check(a)", grade=True, points=2),
        ]
    )


def names(notebook):
    return [grade_id(cell) for cell in notebook.cells]


WHOLE = ["setup-1", "ex-a", "ex-a-check"]


def strip(cell):
    cell.metadata = nbformat.from_dict({})


def renumber(cell):
    cell.id = "f00d" + cell.id[-4:]


def to_colab(cell):
    cell.metadata["id"], cell.id = cell.id, "f00d" + cell.id[-4:]
    del cell.metadata["nbgrader"]


@pytest.mark.parametrize("change", [strip, renumber, to_colab])
def test_a_cell_is_known_by_its_metadata_or_its_id(change):
    handed = released()
    for cell in handed.cells:
        change(cell)
    assert names(restored(handed, released())) == WHOLE


def test_a_locked_cell_that_lost_both_is_known_by_its_text():
    handed = released()
    for cell in (handed.cells[0], handed.cells[2]):
        strip(cell)
        renumber(cell)
    assert names(restored(handed, released())) == WHOLE
    assert len(handed.cells) == 3


def test_copies_become_plain_and_missing_cells_come_back_in_their_place():
    handed = released()
    handed.cells.append(copy.deepcopy(handed.cells[1]))
    handed.cells[-1].source = "a later copy"
    del handed.cells[2]
    handed.cells.insert(0, new_markdown_cell("mine"))
    made = restored(handed, released())
    assert names(made) == ["", *WHOLE, ""]
    assert made.cells[2].source == "def a(): ..."


def test_points_are_those_of_the_release():
    handed = released()
    handed.cells[2].metadata["nbgrader"]["points"] = 100
    assert restored(handed, released()).cells[2].metadata.nbgrader.points == 2


def test_metadata_of_another_kind_makes_no_trouble():
    handed = released()
    handed.cells[0].metadata["nbgrader"] = "odd"
    handed.cells[1].metadata["nbgrader"] = {"grade_id": "ex-zzz"}
    assert names(restored(handed, released())) == WHOLE
