"""Variants of exercises: the same question with a twist, since solutions are public.

A `Twist` says what is different (another order of axes, another meaning of a mask), has
a solution of its own, and translates: the book's arguments to the variant's, and the
variant's value back to the book's. So the book's own check judges the variant.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from coursekit.checks.asking import run
from coursekit.checks.values import described
from coursekit.kernel import calls


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Twist:
    """One variant of an exercise.

    `statement` is a paragraph after the exercise's own. `solution` is the whole cell,
    with its markers. `before` takes the book's arguments and gives the tuple of the
    variant's; `after` takes the variant's value and gives the book's.
    """

    statement: str
    solution: str
    before: Callable[..., tuple] = lambda *arguments: arguments
    after: Callable[[Any], Any] = _unchanged


class Twisted:
    """An answer to a variant, asked as if it were one to the book's exercise."""

    def __init__(self, answer: Any, twist: Twist) -> None:
        self.answer, self.twist = answer, twist

    def coursekit_run(self, recorder: Callable, arguments: tuple, options: dict) -> Any:
        """What a recorder records of the answer, translated there and back.

        `calls.call` gets its arguments as a list; every other recorder as they are.
        """
        plain = recorder is calls.call
        given = self.twist.before(*(arguments[0] if plain else arguments))
        found = run(recorder, self.answer, *([given] if plain else given), **options)
        if not plain:
            return self._back(found)
        return {**found, "value": self._back(found["value"])}

    def _back(self, value: Any) -> Any:
        """The book's value; `AssertionError` for one that this variant does not ask."""
        try:
            return self.twist.after(value)
        except Exception:
            raise AssertionError(
                f"the variant asks for another kind of result; got {described(value)}"
            ) from None


@cache
def twists() -> dict[str, Twist]:
    """Every variant, by its exercise's label: those of `coursekit.checks.variants`."""
    from coursekit.checks import variants

    found: dict[str, Twist] = {}
    for module in pkgutil.walk_packages(variants.__path__, f"{variants.__name__}."):
        if not module.ispkg:
            found |= importlib.import_module(module.name).TWISTS
    return found


def twisted(answer: Any, label: str) -> Twisted:
    """`answer`, written for the variant of the exercise called `label`."""
    return Twisted(answer, twists()[label])
