"""What runs beside a student's code: visible checks, draws, the guard.

Nothing here imports another room of `coursekit`. The checks are longer than a cell can
hold: one folder a part, one module a chapter. A check takes the student's function and
a NumPy generator. It draws sizes that all differ, so that a wrong axis cannot pass by
luck, names the likely mistake in the message of its `AssertionError`, and returns
nothing.
"""
