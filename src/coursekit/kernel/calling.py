"""Call a student's function, so that whatever it raises comes with a hint."""

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
