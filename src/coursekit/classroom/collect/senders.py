"""Whose file it is, by the name that a platform gave it.

Canvas: ``exampleada_LATE_12345_67890_homework-2.ipynb``, all in one folder: the name
of the student, last name first, whether it was late, their number, the upload's
number, the name of the file with the attempt. Moodle: a folder (or a name that begins
with) ``Ada Example_123456_assignsubmission_file_``; the number is the student's in
this one assignment. Anything else begins with the student's id.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from coursekit.classroom.collect.roster import Person

CANVAS = re.compile(
    r"^(?P<name>.+?)_(?:LATE_)?(?P<number>\d+)_(?P<upload>\d+)_(?P<file>.+)$"
)
MOODLE = re.compile(
    r"^(?P<name>.*)_(?P<number>\d+)_assignsubmission_[a-z]+_(?P<file>.*)$"
)
ATTEMPT = re.compile(r"^(?P<base>.+)-(?P<attempt>\d{1,3})$")

By = Literal["number", "id", "name", ""]


@dataclass(frozen=True)
class Sender:
    """What a file's path says of who sent it, and its path in what they handed in."""

    name: str
    inside: PurePosixPath
    platform: Literal["canvas", "moodle", ""] = ""
    number: str = ""
    upload: int = 0


def sender(path: PurePosixPath) -> Sender:
    """The parts of a path in a platform's download."""
    first, rest = path.parts[0], path.parts[1:]
    if found := MOODLE.match(first):
        parts = [part for part in (found["file"], *rest) if part]
        inside = PurePosixPath(*parts)
        return Sender(found["name"], inside, "moodle", found["number"])
    found = CANVAS.match(first)
    if found and not rest:
        inside, upload = PurePosixPath(found["file"]), int(found["upload"])
        return Sender(found["name"], inside, "canvas", found["number"], upload)
    return Sender(first, PurePosixPath(*(rest or path.parts)))


def base_and_attempt(inside: PurePosixPath) -> tuple[PurePosixPath, int]:
    """A name that Canvas gave without its attempt, and the attempt, 0 for the first."""
    found = ATTEMPT.match(inside.stem)
    if not found:
        return inside, 0
    base = inside.with_name(found["base"] + inside.suffix)
    return base, int(found["attempt"])


def candidates(who: Sender, people: Iterable[Person]) -> tuple[list[Person], By]:
    """The students that a file may be from, and by what; more than one is a doubt.

    A platform's number decides where the roster has it. Names count only for those
    whose number the roster does not know to be another.
    """
    people = list(people)
    if who.platform:
        if found := [p for p in people if who.number in _numbers(p, who.platform)]:
            return found, "number"
        return _of_this_name(who, people), "name"
    is_file = who.inside == PurePosixPath(who.name)
    stem = who.inside.stem if is_file else who.name
    for rule in (
        lambda p: p.id == who.name,
        lambda p: p.id == stem,
        lambda p: stem.startswith(f"{p.id}_"),
    ):
        if found := [p for p in people if rule(p)]:
            return found, "id"
    return _named(stem.split("_")[0], people), "name"


def _numbers(person: Person, platform: str) -> tuple[str, ...]:
    if platform == "moodle":
        return person.moodle_ids
    return (person.canvas_id,) if person.canvas_id else ()


def _of_this_name(who: Sender, people: list[Person]) -> list[Person]:
    found = _named(who.name, people)
    if who.platform == "canvas":
        found = [p for p in found if p.canvas_id in ("", who.number)]
        # a roster whose ids are Canvas's numbers, without a column that says so
        same = [p for p in people if p.id == who.number and not p.canvas_id]
        agree = [p for p in same if p in found]
        return agree or found + same
    unknown = [p for p in found if not p.moodle_ids]  # a number for each assignment
    return unknown if len(found) > 1 and unknown else found


def _named(name: str, people: list[Person]) -> list[Person]:
    """Those of a name: letter by letter, else without accents, else after a group.

    Moodle puts the group and a hyphen before the name of who works in one.
    """
    ways = [(name, False), (name, True)]
    ways += [(name[at + 1 :], True) for at, letter in enumerate(name) if letter == "-"]
    for text, plain in ways:
        wanted = _squeezed(text, plain)
        if wanted and (found := [p for p in people if wanted in _ways(p, plain)]):
            return found
    return []


def _squeezed(text: str, plain: bool) -> str:
    """Letters and digits alone, small; `plain`: without accents."""
    form = "NFKD" if plain else "NFKC"
    letters = unicodedata.normalize(form, text).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def _ways(person: Person, plain: bool) -> set[str]:
    """Every way to write a name: where the last name begins, only its owner knows."""
    words = person.name.replace(",", " ").split()
    turned = (" ".join(words[n:] + words[:n]) for n in range(len(words)))
    return {_squeezed(text, plain) for text in turned}
