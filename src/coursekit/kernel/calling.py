"""Graders longer than a cell can hold, one module a chapter.

A grader takes the student's function and a NumPy generator. It draws sizes that
all differ, so that a wrong axis cannot pass by luck, names the likely mistake in
the message of its `AssertionError`, and returns nothing.
"""

from collections.abc import Callable
from typing import Any


def call(function: Callable, *arguments: Any, hint: str, **keywords: Any) -> Any:
    """What `function` returns; its exceptions become an `AssertionError` with `hint`.

    `NotImplementedError` passes through: that answer has not been written yet.
    """
    try:
        return function(*arguments, **keywords)
    except NotImplementedError:
        raise
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {error}\n{hint}") from None
