"""Put what a learning platform hands out into nbgrader's folders.

Each file goes to the one student whose it can be; where two students could own it, or
two files could be the notebook, nothing is guessed: it is refused, and both are named.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from coursekit.classroom.collect.archives import (
    CollectError,
    Times,
    unpack,
    unpack_handin,
)
from coursekit.classroom.collect.handins import (
    Ambiguous,
    Handin,
    Piece,
    cell_ids,
    handin,
    newest,
    piece,
)
from coursekit.classroom.collect.roster import Person, read_roster
from coursekit.classroom.collect.sorting import Owned, sort_files
from coursekit.classroom.collect.storing import place, read_records
from coursekit.classroom.course import LARGEST, submitted_notebook


@dataclass
class Collected:
    """Who was collected, and a sentence for everything that was not, or only partly.

    `unknown` and `refused` want somebody to look; `notes` only tell.
    """

    collected: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """All of it, a line each, how many were collected first."""
        before = ", ".join(self.unchanged)
        return [
            f"{len(self.collected)} students' files collected",
            *([f"collected before: {before}"] if before else []),
            *self.notes,
            *(f"belongs to nobody in students.csv: {name}" for name in self.unknown),
            *(f"not taken: {line}" for line in self.refused),
        ]


def collect(
    course: Path,
    name: str,
    download: Path,
    *,
    zone: tzinfo = UTC,
    received: datetime | None = None,
) -> Collected:
    """Copy each student's files into ``submitted/STUDENT/NAME``, folders kept.

    `zone` is that of the zip's times, and `received` stands for the time of files
    that have none. Raises `CollectError`, before anything is written, if the
    assignment or the download is not what it should be.
    """
    _check_course(course, name)
    roster = read_roster(course)
    if not roster.people:
        said = "; ".join(roster.problems)
        raise CollectError(f"{course / 'students.csv'} names no student. {said}")
    _check_places(course, roster.people)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "download")
        folder.mkdir()
        most = LARGEST * len(roster.people)
        came = unpack(download, folder, most, Times(zone, received))
        whose = sort_files(came.files, roster.people)
        refused = [*roster.problems, *came.refused, *whose.refused]
        found = Collected(unknown=whose.unknown, refused=refused)
        for number, (student, owned) in enumerate(whose.theirs.items()):
            if owned:
                inner = Path(temporary, f"handin-{number}")
                _collect_one(course, name, student, owned, found, inner)
    return found


def _check_course(course: Path, name: str) -> None:
    folders = [*(course / "release").glob("*"), *(course / "source").glob("*")]
    known = sorted({p.name for p in folders if p.is_dir()})
    if name not in known:
        there = ", ".join(known) or "none"
        raise CollectError(f"{course} has no assignment {name!r}; it has {there}")


def _check_places(course: Path, people: dict[str, Person]) -> None:
    """Before the first file is written: no file may lie where a folder has to."""
    submitted = course / "submitted"
    for path in [submitted, *(submitted / student for student in people)]:
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise CollectError(f"{path} is in the way, wanted a folder")


def _collect_one(
    course: Path,
    name: str,
    student: str,
    owned: list[Owned],
    found: Collected,
    folder: Path,
) -> None:
    """Put one student's hand-in in its place; what stops it stops nobody else."""
    number = _number(owned)
    before = read_records(course, name).get(student, {}).get("number", "")
    same_platform = before.split()[:1] == number.split()[:1]
    if before != number and same_platform and owned[0].by == "name":
        paths = ", ".join(str(each.file.path) for each in owned)
        said = f"{paths}: from {number}, but {student}'s came from {before} before"
        found.refused.append(said)
        return
    try:
        pieces = _pieces(name, owned, found, folder)
        if not pieces:
            return
        ids = cell_ids(course / "release" / name / f"{name}.ipynb")
        handed = handin(name, ids, pieces)
        _put(course, name, student, handed, number, found)
    except (Ambiguous, OSError) as error:
        found.refused.append(f"{student}: {error}")


def _number(owned: list[Owned]) -> str:
    """The platform and its number, if there is one; within an assignment it stays."""
    numbers = {f"{e.who.platform} {e.who.number}" for e in owned if e.who.number}
    return numbers.pop() if len(numbers) == 1 else ""


def _pieces(
    name: str, owned: list[Owned], found: Collected, folder: Path
) -> list[Piece]:
    """The files of a hand-in, those of the zips in it too."""
    all_ = [piece(each.file, each.who, each.who.inside, name) for each in owned]
    pieces, older = newest(all_)
    found.notes += older
    packed = [each for each in pieces if each.inside.suffix.lower() == ".zip"]
    whole = [each for each in pieces if each not in packed]
    for number, archive in enumerate(packed):
        place = folder / str(number)
        place.mkdir(parents=True)
        path = archive.file.path
        try:
            inner = unpack_handin(archive.file, place)
        except CollectError as error:
            said = str(error).replace(str(archive.file.file), "it")
            found.refused.append(f"{path}: {said}")
            continue
        found.refused += inner.refused
        for file in inner.files:
            inside = archive.inside.parent / file.path.relative_to(path.parent)
            whole.append(Piece(file, archive.who, inside))
    return whole


def _put(
    course: Path,
    name: str,
    student: str,
    handed: Handin,
    number: str,
    found: Collected,
) -> None:
    notes = [f"{student}: {note}" for note in handed.notes]
    (found.notes if handed.complete else found.refused).extend(notes)
    if not handed.complete and submitted_notebook(course, student, name).is_file():
        found.refused.append(f"{student}: what was collected before stays")
        return
    placed = place(course, name, student, handed, number)
    if placed == "older":
        found.refused.append(f"{student}: what is in submitted is newer, and stays")
    elif placed == "unchanged":
        found.unchanged.append(student)
    else:
        found.collected.append(student)
