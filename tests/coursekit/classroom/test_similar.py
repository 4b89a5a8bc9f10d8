"""Renamed copies are alike; other answers are not."""

from sample_chapter import RIGHT, sample

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
