"""Whose each file of a download is; what could be two people's is nobody's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from coursekit.classroom.collect.archives import Arrived
from coursekit.classroom.collect.roster import Person
from coursekit.classroom.collect.senders import By, Sender, candidates, sender


@dataclass(frozen=True)
class Owned:
    """A file whose sender is known, and by what."""

    file: Arrived
    who: Sender
    by: By


@dataclass
class Sorted:
    """Each student's files, those of nobody, and a sentence for each doubt."""

    theirs: dict[str, list[Owned]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def sort_files(files: list[Arrived], people: dict[str, Person]) -> Sorted:
    """Give each file to the one student whose it can be."""
    found = Sorted()
    doubts: dict[str, list[str]] = defaultdict(list)
    for file in _without_top(files, people):
        who = sender(file.path)
        owners, by = candidates(who, people.values())
        if not owners:
            found.unknown.append(str(file.path))
        elif len(owners) > 1:
            either = " or ".join(f"{p.name} ({p.id})" for p in owners)
            doubts[either].append(str(file.path))
        else:
            owned = Owned(file, who, by)
            found.theirs.setdefault(owners[0].id, []).append(owned)
    for either, paths in doubts.items():
        said = f"{', '.join(paths)}: from {either}? no number in students.csv tells"
        found.refused.append(said)
    for student, owned in [*found.theirs.items()]:
        _one_sender(student, owned, found)
    return found


def _without_top(files: list[Arrived], people: dict[str, Person]) -> list[Arrived]:
    """Without the one folder that packing a download again puts around everything."""
    tops = {file.path.parts[0] for file in files}
    if len(tops) != 1 or any(len(file.path.parts) == 1 for file in files):
        return files
    who = sender(files[0].path)
    if who.platform or candidates(who, people.values())[0]:
        return files
    return [
        Arrived(PurePosixPath(*file.path.parts[1:]), file.file, file.when)
        for file in files
    ]


def _one_sender(student: str, owned: list[Owned], found: Sorted) -> None:
    """Keep the files of one sender: two numbers of one name are two people."""
    by_name = [each for each in owned if each.by == "name" and each.who.number]
    if any(each.by == "number" for each in owned):
        _refuse(student, by_name, "by its number from another of this name", found)
        return
    numbers = sorted({each.who.number for each in by_name})
    if len(numbers) > 1:
        reason = (
            f"the numbers {' and '.join(numbers)} are two people of one name, "
            f"and students.csv has only {student}"
        )
        _refuse(student, owned, reason, found)


def _refuse(student: str, owned: list[Owned], reason: str, found: Sorted) -> None:
    if not owned:
        return
    paths = ", ".join(str(each.file.path) for each in owned)
    found.refused.append(f"{paths}: {reason}")
    found.theirs[student] = [e for e in found.theirs[student] if e not in owned]
