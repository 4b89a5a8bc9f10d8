"""The course folder: who is in the class, what was submitted, and when."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path, PurePath

from coursekit.classroom.collect.roster import roster, who_submitted
from coursekit.classroom.collect.timestamps import understood
from n2t.files import file_hash

LARGEST = 20 * 2**20  #: bytes of a submission, all files together
STAMP = "timestamp.txt"
#: What systems leave beside files, and nobody hands in.
JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
CACHES = (".ipynb_checkpoints", "__pycache__")


def everyone(course: Path) -> list[str]:
    """Whoever is in the class, or submitted anything of any assignment."""
    return sorted({*who_submitted(course), *roster(course)})


def submitted_notebook(course: Path, student: str, name: str) -> Path:
    """Where a student's notebook of an assignment lies, if it was handed in."""
    return course / "submitted" / student / name / f"{name}.ipynb"


def submitted_at(course: Path, student: str, name: str) -> datetime | None:
    """When a submission came in, from its `timestamp.txt`, with its zone; else None.

    Raises `ValueError` for a time that is not understood.
    """
    path = course / "submitted" / student / name / STAMP
    if not path.is_file():
        return None
    return understood(path.read_text(encoding="utf-8", errors="replace"))


def is_junk(path: PurePath) -> bool:
    """Whether a path is what a system leaves behind: `__MACOSX`, `._x`, caches."""
    return path.name.startswith("._") or bool({*path.parts} & {*JUNK, *CACHES})


def content_hash(folder: Path) -> str:
    """The hash of all files below a folder, names counted, but not when they came.

    Links are not followed: they count by what they say. No folder has the hash "".
    """
    if not folder.is_dir():
        return ""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if is_junk(inside) or inside.as_posix() == STAMP:
            continue
        if path.is_symlink():
            what = f"link {os.readlink(path)}"
        elif path.is_file():
            what = file_hash(path)
        else:
            continue
        total.update(f"{inside.as_posix()}\0{what}\0".encode(errors="replace"))
    return total.hexdigest()


def why_missing(course: Path, student: str, name: str) -> str:
    """Why there is no notebook to grade, with what there is instead."""
    wanted = submitted_notebook(course, student, name)
    if not wanted.parent.exists():
        return "nothing was submitted"
    if wanted.is_dir():
        return f"{name}.ipynb is a folder, not a notebook"
    there = wanted.parent.rglob("*") if wanted.parent.is_dir() else [wanted.parent]
    files = [p for p in there if not p.is_dir() and p.name != STAMP]
    found = [p.name for p in sorted(files) if not is_junk(p)]
    listed = ", ".join(found) or "nothing"
    return f"no {name}.ipynb among what was submitted: {listed}"
