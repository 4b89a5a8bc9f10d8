"""Renamed copies are alike; other answers are not."""

from sample_chapter import RIGHT, sample

from coursekit import cli
from coursekit.classroom import similar


def test_renamed_copies_are_alike_and_other_answers_are_not():
    copy = (
        RIGHT["ex-sample-weights"]
        .replace("e = ", "z = ")
        .replace("return e", "#\n    return z")
    )
    copy = copy.replace("/ e.sum", "/ z.sum")
    assert similar.likeness(RIGHT["ex-sample-weights"], copy) == 1
    assert similar.likeness(*RIGHT.values()) < 0.4
    assert similar.likeness("x = (", "x = (") == 0
    stub = sample().exercise("ex-sample-weights").stub
    assert similar.likeness(stub, stub, stub) == 0


ANSWER = "def f(x):\n    return sum(x[i] * x[i + 1] for i in range(len(x) - 1))\n"


def test_one_file_that_is_no_notebook_stops_nobody_else(course, handed, capsys):
    (course / "source").symlink_to(course / "release")
    for student in ("ada", "bo"):
        handed(student, ANSWER)
    bad = {"cy": "{}", "dee": "[]", "eve": "null", "fay": '{"nbformat": 5}', "gus": ""}
    bad |= {"hal": '{"nbformat": 4, "cells": [7, {"metadata": {"nbgrader": 1}}]}'}
    for student, text in bad.items():
        (handed(student) / "98_sample.ipynb").write_text(text)
    assert cli.main(["similar", str(course), "98_sample"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("1.00  ex-a  ada  bo\n")
    for student in ("cy", "dee", "eve", "fay", "gus"):
        assert f"not compared: {student}: it" in said


def test_a_byte_order_mark_hides_no_copy(course, handed):
    (course / "source").symlink_to(course / "release")
    handed("ada", ANSWER)
    path = handed("bo", ANSWER) / "98_sample.ipynb"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert similar.pairs(course, "98_sample")[0][2:] == ("ada", "bo")
