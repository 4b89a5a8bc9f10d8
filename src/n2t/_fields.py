"""What a field or an argument may hold, said once: in its annotation.

``Annotated[int, Range(1)]`` on a dataclass's field, or on a function's argument, is a
type that a person reads and a bound that a program checks.

>>> check_value("size", 0, Size)
Traceback (most recent call last):
ValueError: size (0) must be at least 1
"""

import dataclasses
import difflib
import functools
import inspect
import math
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``; with ``above``, ``below`` without those."""

    low: int | float = -math.inf
    high: int | float = math.inf
    above: bool = False
    below: bool = False

    def check(self, name: str, value: int | float) -> None:
        """Raise ValueError, naming the end that ``value`` is beyond."""
        if value < self.low or (self.above and value == self.low):
            word = "above" if self.above else "at least"
            raise ValueError(f"{name} ({value!r}) must be {word} {self.low}")
        if value > self.high or (self.below and value == self.high):
            word = "below" if self.below else "at most"
            raise ValueError(f"{name} ({value!r}) must be {word} {self.high}")


@dataclass(frozen=True)
class OneOf:
    """One of these words."""

    words: tuple[str, ...]

    def check(self, name: str, value: str) -> None:
        """Raise ValueError that lists the words, and guesses which was meant."""
        if value not in self.words:
            raise ValueError(
                f"{name} ({value!r}) must be one of {', '.join(self.words)}"
                f"{did_you_mean(value, self.words)}"
            )


@dataclass(frozen=True)
class PassedTo:
    """On ``**options``: which function takes them, and what it is given besides."""

    function: Callable
    besides: tuple[str, ...] = ()


LARGEST = 2**63 - 1  # that torch and NumPy can count to
Size = Annotated[int, Range(1, LARGEST)]
Count = Annotated[int, Range(0, LARGEST)]
Seed = Count
Rate = Annotated[float, Range(0, 1, below=True)]
Share = Annotated[float, Range(0, 1)]
Positive = Annotated[float, Range(0, above=True)]
NotNegative = Annotated[float, Range(0)]

WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    types.NoneType: "none",
    Mapping: "names with values",
}
SPELLED = {"true": True, "yes": True, "on": True, "1": True, "null": None}
SPELLED |= {"false": False, "no": False, "off": False, "0": False, "none": None}


@dataclass(frozen=True)
class Field:
    """What a field or an argument may hold, and whether it must be given."""

    kind: Any
    needed: bool


@functools.cache
def fields_of(taker: Callable) -> Mapping[str, Field]:
    """The arguments that a function or a class takes by name.

    Those of ``**options`` are the arguments of the function that they are passed to.
    """
    plain = inspect.isclass(taker) and not dataclasses.is_dataclass(taker)
    hints = typing.get_type_hints(
        taker.__init__ if plain else taker, include_extras=True
    )
    found = {}
    for name, argument in inspect.signature(taker).parameters.items():
        kind = hints.get(name, Any)
        if argument.kind is not argument.VAR_KEYWORD:
            found[name] = Field(kind, argument.default is argument.empty)
            continue
        for to in typing.get_args(kind)[1:]:
            more = fields_of(to.function)
            found |= {key: more[key] for key in more if key not in to.besides}
    return types.MappingProxyType(found)


def check_fields(made: Any) -> None:
    """Check every field of a dataclass's object by its annotation.

    Raises:
        TypeError, ValueError: as ``check_value``.
    """
    kinds = fields_of(type(made))
    for field in dataclasses.fields(made):
        check_value(field.name, getattr(made, field.name), kinds[field.name].kind)


def check_value(name: str, value: Any, kind: Any) -> None:
    """Check one value by an annotation.

    Raises:
        TypeError: a value of another type; bool is no number, a list is a tuple.
        ValueError: a number out of its range, or not finite; an unknown word.
    """
    if not fits(value, kind):
        raise TypeError(f"{name} ({value!r}) must be {wording(kind)}")
    _check_limits(name, value, kind)


def fits(value: Any, kind: Any) -> bool:
    """Whether a value has the type of an annotation, whatever its bounds."""
    kind, parts = _plain(kind), typing.get_args(_plain(kind))
    if _is_union(kind):
        return any(fits(value, part) for part in parts)
    if typing.get_origin(kind) in (tuple, list, Sequence):
        parts = _members(value, kind)
        return parts is not None and all(fits(v, part) for v, part in parts)
    if kind in (int, float):
        numbers = int if kind is int else (int, float)
        return isinstance(value, numbers) and not isinstance(value, bool)
    return kind is Any or isinstance(value, typing.get_origin(kind) or kind)


def _members(value: Any, kind: Any) -> list[tuple[Any, Any]] | None:
    """The members of a sequence, each with its annotation; None if it is none."""
    if not isinstance(value, list | tuple):
        return None
    parts = typing.get_args(kind)
    if typing.get_origin(kind) is not tuple or parts[1:] == (...,):
        parts = parts[:1] * len(value)
    if len(parts) != len(value):
        return None
    return list(zip(value, parts, strict=True))


def _check_limits(name: str, value: Any, kind: Any) -> None:
    plain = _plain(kind)
    if _is_union(plain):
        part = next(part for part in typing.get_args(plain) if fits(value, part))
        return _check_limits(name, value, part)
    if plain is float and not abs(value) <= sys.float_info.max:
        raise ValueError(f"{name} ({value!r}) must be a finite number")
    if typing.get_origin(plain) in (tuple, list, Sequence):
        for place, (member, part) in enumerate(_members(value, plain)):
            _check_limits(f"{name}[{place}]", member, part)
    if plain is not kind:
        for limit in kind.__metadata__:
            limit.check(name, value)


def wording(kind: Any) -> str:
    """An annotation in words: "a whole number or none"."""
    kind, parts = _plain(kind), typing.get_args(_plain(kind))
    if _is_union(kind):
        return " or ".join(map(wording, parts))
    if typing.get_origin(kind) is tuple and parts[1:] != (...,):
        return f"{len(parts)} values ({', '.join(map(wording, parts))})"
    if len(parts) == 1 or parts[1:] == (...,):
        return f"a list, of {wording(parts[0])} each"
    return WORDS.get(typing.get_origin(kind) or kind, str(kind))


def spelled(value: Any, kind: Any) -> Any:
    """A setting as its kind wants it: True for "Yes" and 1, None for "none".

    What has no such meaning for this kind comes back as it is.
    """
    meant = SPELLED.get(str(value).lower(), value)
    if fits(value, kind) or not isinstance(value, str | int):
        return value
    return meant if isinstance(meant, bool | None) and fits(meant, kind) else value


def did_you_mean(word: Any, known: Iterable[str]) -> str:
    """The end of an error that guesses which known word was meant; "" without one."""
    known = list(known)
    near = [] if word in known else difflib.get_close_matches(str(word), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _plain(kind: Any) -> Any:
    """An annotation without its bounds."""
    return typing.get_args(kind)[0] if typing.get_origin(kind) is Annotated else kind


def _is_union(kind: Any) -> bool:
    return typing.get_origin(kind) in (typing.Union, types.UnionType)
