"""The marks of an assignment as CSV, in the columns that a platform imports."""

from __future__ import annotations

import csv
import io
from typing import Literal, get_args

Style = Literal["plain", "canvas", "moodle"]
#: What every format says beside the score; platforms are told to ignore it.
FACTS = ("status", "days_late", "final", "note")


def as_csv(
    made: list[dict],
    name: str,
    most: float,
    style: Style = "plain",
    unfinished: bool = False,
) -> str:
    """The rows as CSV in the columns that a platform imports.

    `canvas`: Student, ID, SIS User ID, SIS Login ID, Section and the assignment, with
    the row of points possible. `moodle`: Identifier, Full name, Email address, Grade
    and Feedback comments. `plain`: everything. All end with the status, the days
    late, whether the mark is final, and a note. A platform gets no score that is not
    final, unless `unfinished`. Raises `ValueError` for another style.
    """
    if style not in get_args(Style):
        wanted = ", ".join(get_args(Style))
        raise ValueError(f"style is {style!r}, wanted one of {wanted}")
    table = {"plain": _plain, "canvas": _canvas, "moodle": _moodle}[style]
    shown = [row | {"final": "yes" if row["final"] else "no"} for row in made]
    if style != "plain" and not unfinished:
        shown = [
            row | ({} if row["final"] == "yes" else {"score": ""}) for row in shown
        ]
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(table(shown, name, most))
    return file.getvalue()


def _facts(row: dict) -> list:
    return [row[key] for key in FACTS]


def _plain(made: list[dict], name: str, most: float) -> list[list]:
    head = ["id", "name", "email", "score", "max_score", "seed", "comment"]
    lines = [
        [name, *({**row, "max_score": most}[key] for key in head), *_facts(row)]
        for row in made
    ]
    return [["assignment", *head, *FACTS], *lines]


def _canvas(made: list[dict], name: str, most: float) -> list[list]:
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", name, *FACTS]
    lines = [
        [
            *(row["name"], row["canvas_id"], row["id"], row["email"] or row["id"]),
            *("", row["score"], *_facts(row)),
        ]
        for row in made
    ]
    return [head, ["    Points Possible", "", "", "", "", most, "", "", "", ""], *lines]


def _moodle(made: list[dict], name: str, most: float) -> list[list]:
    head = ["Identifier", "Full name", "Email address", "Grade", "Feedback comments"]
    keys = ("id", "name", "email", "score", "comment")
    lines = [[*(row[key] for key in keys), *_facts(row)] for row in made]
    return [[*head, *FACTS], *lines]
