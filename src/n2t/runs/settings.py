"""The sections of a run's settings, each checked by what takes its fields.

A section's fields are the arguments of a function or of a configuration: their names,
types and bounds are read from its annotations (``n2t._fields``), and stand nowhere
else.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from n2t._fields import Field, check_value, did_you_mean, fields_of, spelled


@dataclass(frozen=True)
class Section:
    """What a section may hold.

    Attributes:
        taker: what is called with its fields.
        own: fields that the run reads itself, such as which taker is meant.
        given: arguments of the taker that the run gives, and no setting can.
    """

    taker: Callable
    own: Mapping[str, Any] = field(default_factory=dict)
    given: Sequence[str] = ()

    def fields(self) -> dict[str, Field]:
        """Every field that may be set."""
        own = {name: Field(kind, needed=False) for name, kind in self.own.items()}
        taken = fields_of(self.taker)
        return own | {name: taken[name] for name in taken if name not in self.given}


def check_section(
    name: str, values: Mapping[str, Any], section: Section
) -> dict[str, Any]:
    """The section's values, each checked, "yes" and "none" read as what they mean.

    Raises:
        ValueError: a field that is unknown, missing, of another type or out of range.
    """
    known, checked = section.fields(), {}
    for key, value in values.items():
        full = f"{name}.{key}"
        if key in section.given:
            how = " (--seed)" if key == "seed" else ""
            raise ValueError(f"{full} cannot be set: the run gives it itself{how}")
        if key not in known:
            raise ValueError(unknown(full, key, known))
        checked[key] = spelled(value, known[key].kind)
        checked_as(full, checked[key], known[key].kind)
    missing = [key for key in known if known[key].needed and key not in values]
    if missing:
        raise ValueError(f"{name}.{missing[0]} is missing")
    return checked


def checked_as(name: str, value: Any, kind: Any) -> None:
    """``check_value``, for what a person typed: whatever is wrong is a ValueError."""
    try:
        check_value(name, value, kind)
    except TypeError as error:
        raise ValueError(str(error)) from None


def unknown(full: str, word: str, known: Iterable[str]) -> str:
    """The error for a field that is not there."""
    known = list(known)
    there = f"there are {', '.join(known)}" if known else "there are none"
    return f"{full} is no setting; {there}{did_you_mean(word, known)}"


def choose(name: str, word: Any, table: Mapping[str, Any]) -> Any:
    """What a table holds under a word.

    Raises:
        ValueError: another word, with those that there are.
    """
    if not isinstance(word, str) or word not in table:
        raise ValueError(
            f"{name} ({word!r}) must be one of {', '.join(table)}"
            f"{did_you_mean(word, table)}"
        )
    return table[word]
