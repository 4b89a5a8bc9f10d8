"""What one student handed in: which notebook counts, and where each file goes."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from coursekit.classroom.collect.archives import Arrived
from coursekit.classroom.collect.senders import Sender, base_and_attempt
from coursekit.classroom.course import STAMP
from n2t.files import file_hash


class Ambiguous(ValueError):
    """A hand-in that can be understood in two ways; the message names both."""


@dataclass(frozen=True)
class Piece:
    """A file of a hand-in, with what its name said, and its path inside."""

    file: Arrived
    who: Sender
    inside: PurePosixPath
    attempt: int = 0

    @property
    def age(self) -> tuple[int, int, datetime]:
        """Grows with each upload of the same file."""
        return self.who.upload, self.attempt, self.file.when


@dataclass
class Handin:
    """The files by their path in ``submitted/STUDENT/ASSIGNMENT``, and what to say."""

    files: dict[PurePosixPath, Arrived]
    when: datetime
    notes: list[str] = field(default_factory=list)
    complete: bool = True  #: whether there is a notebook


def piece(file: Arrived, who: Sender, inside: PurePosixPath, name: str) -> Piece:
    """A file; Canvas's mark of the attempt is taken off what has a name to keep.

    That is notebooks, Python files (``helper-1.py`` cannot be imported) and zips.
    """
    marked = who.platform == "canvas" and inside.suffix in (".ipynb", ".py", ".zip")
    if not marked or inside.stem == name:
        return Piece(file, who, inside)
    return Piece(file, who, *base_and_attempt(inside))


def newest(pieces: list[Piece]) -> tuple[list[Piece], list[str]]:
    """The last attempt at each file, and a note for each that is older.

    Raises `Ambiguous` where two that differ were sent at once.
    """
    same = defaultdict(list)
    for each in pieces:
        same[each.inside].append(each)
    kept = [_last(found) for found in same.values()]
    older = [
        f"{each.file.path}: an older attempt, left out"
        for each in pieces
        if each not in kept
    ]
    return kept, older


def _last(same: list[Piece]) -> Piece:
    age = max(each.age for each in same)
    last = [each for each in same if each.age == age]
    if len({file_hash(each.file.file) for each in last}) > 1:
        both = " and ".join(str(each.file.path) for each in last)
        raise Ambiguous(f"{both} would become one, {last[0].inside}")
    return last[0]


def handin(name: str, ids: set[str], pieces: list[Piece]) -> Handin:
    """Choose the notebook of assignment `name`, whose cells have `ids`, and places.

    Folders are kept; the notebook's own becomes the top. Raises `Ambiguous` if two
    notebooks have the same right to be it, or two files would become one.
    """
    pieces, notes = newest(pieces)
    when = max(each.file.when for each in pieces)
    chosen = _notebook(name, ids, pieces)
    if chosen is None:
        came = ", ".join(str(each.inside) for each in pieces)
        notes.append(f"no notebook among {came}")
    files: dict[PurePosixPath, Arrived] = {}
    for each in sorted(pieces, key=lambda p: p.inside):
        target = _target(each, chosen, name)
        if target == PurePosixPath(STAMP):
            notes.append(f"{each.file.path}: the name is ours, left out")
            continue
        if taken := _taken(target, files):
            raise Ambiguous(
                f"{each.file.path} and {files[taken].path} would become one, {target}"
            )
        files[target] = each.file
    if chosen and ids and not ids & cell_ids(chosen.file.file):
        notes.append(f"{chosen.file.path}: no cell of it belongs to {name}")
    return Handin(files, when, notes, chosen is not None)


def _target(each: Piece, chosen: Piece | None, name: str) -> PurePosixPath:
    if chosen is None:
        return each.inside
    if each is chosen:
        return PurePosixPath(f"{name}.ipynb")
    top = chosen.inside.parent
    below = each.inside.is_relative_to(top)
    return each.inside.relative_to(top) if below else each.inside


def _taken(target: PurePosixPath, files: dict) -> PurePosixPath | None:
    """Which path is the same, or a file where the other has a folder."""
    for path in files:
        if target == path or target in path.parents or path in target.parents:
            return path
    return None


def _notebook(name: str, ids: set[str], pieces: list[Piece]) -> Piece | None:
    """By the assignment's name, then by its cells, else the only one."""
    found = [each for each in pieces if each.inside.suffix.lower() == ".ipynb"]
    rules = (
        lambda each: each.inside.name == f"{name}.ipynb",
        lambda each: bool(ids & cell_ids(each.file.file)),
        lambda each: True,
    )
    for rule in rules:
        right = [each for each in found if rule(each)]
        if len(right) > 1:  # of two in folders: the one whose cells are right
            right = [each for each in right if ids & cell_ids(each.file.file)] or right
        if len(right) > 1:
            both = " or ".join(str(each.file.path) for each in right)
            raise Ambiguous(f"which notebook is it: {both}?")
        if right:
            return right[0]
    return None


def cell_ids(path: Path) -> set[str]:
    """The ids by which nbgrader knows a notebook's cells; none if it is not one."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8-sig"))["cells"]
        found = {cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return set()
    return found - {None}
