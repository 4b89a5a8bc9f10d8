"""A notebook that cannot be graded: the reason is its real fault."""

import json

import pytest

from coursekit.classroom.faults import explained, fault, read_cells

CELL = {"cell_type": "code", "id": "a", "source": "x", "metadata": {}}
CELL |= {"outputs": [], "execution_count": None}
TEXT = {"cell_type": "markdown", "id": "b", "source": "x", "metadata": {}}
BOOK = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [CELL, TEXT]}
SAID = "its nbgrader metadata was changed"


def book(*cells, **changed):
    return json.dumps(BOOK | ({"cells": cells} if cells else {}) | changed)


FAULTS = [
    (b"", "the file is empty"),
    (b"\xef\xbb\xbf" + book().encode(), "begins with a byte order mark (BOM)"),
    (b"\xef\xbb\xbf{}", "it does not say its nbformat"),
    (book().encode("utf-16"), "the file is not in UTF-8"),
    (b"{}", "it is not a notebook: it does not say its nbformat"),
    (b"[]", "it is not a notebook"),
    (b"<html></html>", "it is not a notebook: it is a web page"),
    (b'{"nbformat": 4, "cells": [', "it is not a notebook: it is not JSON (Expecting"),
    (book(nbformat=5), "its format is nbformat 5, wanted 4"),
    (book(cells=None), "it has no list of cells"),
    (book(CELL, {**TEXT, "cell_type": "heading"}), "cell 2 is 'heading', wanted one"),
    (book({k: CELL[k] for k in CELL if k != "outputs"}), "cell 1 has no outputs"),
    (book(CELL, {k: TEXT[k] for k in TEXT if k != "source"}), "cell 2 has no source"),
    (book({**CELL, "id": "a b"}), "cell 1 has the id 'a b': wanted letters"),
    (book(CELL, {**TEXT, "id": "a"}), "cells 1 and 2 have the same id, 'a'"),
    (book(metadata=7), "metadata is not as nbformat wants it: 7 is not of type"),
]


@pytest.mark.parametrize(("content", "said"), FAULTS, ids=range(len(FAULTS)))
def test_the_reason_names_the_real_fault(tmp_path, content, said):
    path = tmp_path / "a.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert said in fault(path)
    assert explained(SAID, path) == fault(path)


def test_a_good_notebook_has_no_fault_and_other_reasons_stay(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(book())
    assert fault(path) == ""
    assert explained(SAID, path) == SAID
    assert explained("", path) == ""
    path.write_text("{}")
    assert explained("its kernel died", path) == "its kernel died"


def test_a_time_that_nbgrader_does_not_understand_is_the_reason(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(book())
    (tmp_path / "timestamp.txt").write_text("yesterday")
    assert "its timestamp.txt is not understood" in explained("ParserError", path)


def test_cells_are_read_behind_a_byte_order_mark(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("\ufeff" + book(), encoding="utf-8")
    assert [cell["id"] for cell in read_cells(path)] == ["a", "b"]
    path.write_text("{}")
    with pytest.raises(ValueError, match="does not say its nbformat"):
        read_cells(path)
