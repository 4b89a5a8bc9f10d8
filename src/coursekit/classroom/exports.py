"""The marks of an assignment as CSV, in the columns that a platform imports."""

from __future__ import annotations

import csv
import io
from typing import Literal, get_args

Style = Literal["plain", "canvas", "moodle"]


def as_csv(made: list[dict], name: str, most: float, style: Style = "plain") -> str:
    """The rows as CSV in the columns that a platform imports.

    `canvas`: Student, ID, SIS User ID, SIS Login ID, Section and the assignment, with
    the row of points possible. `moodle`: Identifier, Full name, Email address, Grade
    and Feedback comments. `plain`: everything. Raises `ValueError` for another style.
    """
    if style not in get_args(Style):
        wanted = ", ".join(get_args(Style))
        raise ValueError(f"style is {style!r}, wanted one of {wanted}")
    table = {"plain": _plain, "canvas": _canvas, "moodle": _moodle}[style]
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(table(made, name, most))
    return file.getvalue()


def _plain(made: list[dict], name: str, most: float) -> list[list]:
    head = ["id", "name", "email", "score", "status", "days_late", "seed", "comment"]
    lines = [[name, *(row[key] for key in head), most] for row in made]
    return [["assignment", *head, "max_score"], *lines]


def _canvas(made: list[dict], name: str, most: float) -> list[list]:
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", name]
    lines = [
        [row["name"], "", row["id"], row["email"] or row["id"], "", row["score"]]
        for row in made
    ]
    return [head, ["    Points Possible", "", "", "", "", most], *lines]


def _moodle(made: list[dict], name: str, most: float) -> list[list]:
    head = ["Identifier", "Full name", "Email address", "Grade", "Feedback comments"]
    lines = [
        [row["id"], row["name"], row["email"], row["score"], row["comment"]]
        for row in made
    ]
    return [head, *lines]
