"""In which order workers take the tests: long ones first, and not all to the same one.

xdist gives each worker a stretch of the tests, and who has nothing left takes half of
what another has, from its end. So the long tests stand at the beginning and in the
middle, where the stretches of two workers begin, and short ones stand at their ends.
"""

#: Tests that take from ten seconds to minutes each, by where their names begin.
LONG = (
    (
        "tests/coursekit/classroom/test_pretend_class.py",
        "tests/coursekit/classroom/test_two_chapters.py",
        "tests/coursekit/classroom/test_gate.py",
    ),
    ("tests/exercises/",),
)


def long_ones_first(items, name=str):
    """The items, all of them: those of `LONG` at the start and in the middle.

    Those of one place keep their order, and so do the short ones.
    """
    first, second = (
        [i for start in part for i in items if name(i).startswith(start)]
        for part in LONG
    )
    short = [i for i in items if not name(i).startswith(LONG[0] + LONG[1])]
    middle = max(0, len(items) // 2 - len(first))
    return [*first, *short[:middle], *second, *short[middle:]]
