"""Who is in the class: `students.csv`, as spreadsheets and platforms write it.

What cannot be read is refused line by line, with its reason; the others count.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

#: What a column may be called, letters and digits only.
COLUMNS = {
    "id": ("id", "studentid", "idnumber", "username"),
    "name": ("name", "fullname", "student", "studentname"),
    "first": ("firstname", "givenname"),
    "last": ("lastname", "surname", "familyname"),
    "email": ("email", "emailaddress", "mail"),
    "sis": ("sisuserid", "sisid"),
    "login": ("sisloginid",),
    "canvas": ("canvasid", "canvasuserid"),
    "moodle": ("moodleid", "moodleids", "identifier"),
}
UNFIT = re.compile(r'[/\\:*?"<>|\[\]\x00-\x1f\x7f]')
LONGEST = 100  #: letters of an id, which names folders


class RosterError(ValueError):
    """No student can be read from the roster; the message says why."""


@dataclass(frozen=True)
class Person:
    """A student, with the numbers by which Canvas and Moodle know them."""

    id: str
    name: str = ""
    email: str = ""
    canvas_id: str = ""
    moodle_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Roster:
    """The students by id, and a sentence for each line that was not taken."""

    people: dict[str, Person]
    problems: tuple[str, ...] = ()


def read_roster(course: Path) -> Roster:
    """The students of `students.csv`; without the file, whoever submitted anything.

    Raises `RosterError` if the file is no table or has no column of ids.
    """
    path = course / "students.csv"
    if not path.exists():
        return Roster({name: Person(name, name) for name in who_submitted(course)})
    if not path.is_file():
        raise RosterError(f"{path} is a folder, wanted a file")
    found, problems = [], []
    try:
        for line, cells in _rows(path):
            try:
                if person := _person(cells):
                    found.append((line, person))
            except ValueError as error:
                problems.append(f"students.csv, line {line}: {error}")
    except csv.Error as error:
        raise RosterError(f"{path} is not a table: {error}") from None
    people, doubled = _without_doubles(found)
    return Roster(people, tuple(problems + doubled))


def roster(course: Path) -> dict[str, Person]:
    """The students by id, as `read_roster` has them."""
    return read_roster(course).people


def who_submitted(course: Path) -> list[str]:
    """Whose folders lie in `submitted`."""
    folders = (course / "submitted").glob("*")
    return sorted(p.name for p in folders if p.is_dir() and p.name[:1] != ".")


def unfit(student: str) -> str:
    """Why an id cannot name a folder; "" if it can."""
    if not student:
        return "it has no id"
    if found := UNFIT.search(student):
        return f"the id {student!r} has a {found[0]!r}, which no folder's name may have"
    if student[0] == "." or student[-1] == ".":
        return f"the id {student!r} begins or ends with a dot"
    if len(student) > LONGEST:
        return f"the id has {len(student)} letters, wanted at most {LONGEST}"
    return ""


def _text(path: Path) -> str:
    """Spreadsheets write UTF-8 with and without a mark, UTF-16, or Windows letters."""
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line that is not empty: its number, and the cells by our names."""
    text = _text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    told = re.match(r"^sep=(.)$", first.strip())
    between = told[1] if told else max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between)
    head: list[str] = []
    for values in reader:
        cells = [_clean(value) for value in values]
        if not any(cells) or (told and not head and cells[0].startswith("sep=")):
            continue
        if head:
            yield reader.line_num, _named(head, cells)
        else:
            head = _head(path, cells)
    if not head:
        raise RosterError(f"{path} is empty, wanted a line of columns first")


def _clean(value: str) -> str:
    plain = value.replace("\ufeff", "").replace("\u200b", "").replace("\xa0", " ")
    return unicodedata.normalize("NFC", plain.strip())


def _head(path: Path, cells: list[str]) -> list[str]:
    """Our name of each column, "" for what we do not use."""
    plain = ["".join(c for c in cell.casefold() if c.isalnum()) for cell in cells]
    head = [""] * len(cells)
    for ours, theirs in COLUMNS.items():
        at = next((plain.index(name) for name in theirs if name in plain), None)
        if at is not None:
            head[at] = ours
    if "id" not in head and "sis" not in head:
        came = ", ".join(cells)
        raise RosterError(
            f"{path} has the columns {came}; wanted one called id "
            "(and name, email, canvas_id, moodle_id, as you have them)"
        )
    return head


def _named(head: list[str], cells: list[str]) -> dict[str, str]:
    """The cells by our names, "" for those that are not there.

    `many` tells how many are too many, `exported` whether Canvas wrote the file:
    only its own export has these columns, and there `ID` is Canvas's number.
    """
    named = {key: cell for key, cell in zip(head, cells, strict=False) if key}
    many = [cell for cell in cells[len(head) :] if cell]
    exported = "yes" if "sis" in head or "login" in head else ""
    told = {"many": str(len(many) or ""), "exported": exported}
    return defaultdict(str, named | told)


def _person(cells: dict[str, str]) -> Person | None:
    """The student of a line; None for Canvas's line of points possible."""
    name = cells["name"] or f"{cells['first']} {cells['last']}".strip()
    if cells["exported"] and name.casefold().startswith("points possible"):
        return None
    if cells["many"]:
        raise ValueError(
            f"it has {cells['many']} values more than there are columns: "
            "is a comma missing its quotes?"
        )
    student, canvas = cells["id"], cells["canvas"]
    if cells["exported"]:
        student = cells["sis"] or cells["login"] or cells["id"]
        canvas = canvas or cells["id"]
    if reason := unfit(student):
        raise ValueError(reason)
    email = cells["email"] or (cells["login"] if "@" in cells["login"] else "")
    numbers = tuple(re.findall(r"\d+", cells["moodle"]))
    return Person(student, name, email, canvas, numbers)


def _without_doubles(
    found: list[tuple[int, Person]],
) -> tuple[dict[str, Person], list[str]]:
    """An id of two different people is nobody's: either could get the other's mark.

    Ids that differ in capitals alone are one folder on many a disk.
    """
    lines = defaultdict(list)
    for line, person in found:
        lines[person.id.casefold()].append((line, person))
    people, problems = {}, []
    for same in lines.values():
        if len({replace(person, email="") for _, person in same}) == 1:
            people[same[0][1].id] = same[0][1]
            continue
        which = " and ".join(str(line) for line, _ in same)
        who = " and ".join(f"{person.name} ({person.id})" for _, person in same)
        problems.append(f"students.csv, lines {which}: one id for {who}; none is taken")
    return people, problems
