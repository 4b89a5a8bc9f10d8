"""What is wrong with a notebook that cannot be graded or compared, in one line."""

from __future__ import annotations

import json
import re
from pathlib import Path

from coursekit.classroom.collect.timestamps import understood
from coursekit.classroom.course import STAMP

BOM = b"\xef\xbb\xbf"
#: Reasons of nbgrader's that are not about the file.
OTHERS = ("its kernel", "it ran out", "the gradebook", "stopped")
NEEDED = {"code": ("outputs", "source", "metadata"), "markdown": ("source", "metadata")}
KINDS = ("code", "markdown", "raw")


def read_cells(path: Path) -> list[dict]:
    """The cells of a notebook, whose lines may be a list.

    A mark in front of the text does not matter. Raises `ValueError` with the fault
    of a file that has no cells.
    """
    raw = path.read_bytes().removeprefix(BOM)
    found = _no_notebook(raw) or _format(json.loads(raw))
    if found:
        raise ValueError(found)
    cells = json.loads(raw)["cells"]
    return [cell for cell in cells if isinstance(cell, dict)]


def fault(path: Path) -> str:
    """What is wrong with a notebook's file; "" if it is as nbformat 4 wants it."""
    raw = path.read_bytes()
    if raw.startswith(BOM):
        return _no_notebook(raw.removeprefix(BOM)) or (
            "its file begins with a byte order mark (BOM): save it as UTF-8 without"
        )
    if found := _no_notebook(raw):
        return found
    content = json.loads(raw)
    return _format(content) or _cells(content["cells"]) or _rest(content)


def explained(reason: str, path: Path) -> str:
    """The reason why nbgrader could not grade a notebook, from its files if they tell.

    "" stays "", and what happened while it ran stays what happened.
    """
    if not reason or reason.startswith(OTHERS):
        return reason
    return fault(path) or _stamp(path.with_name(STAMP)) or reason


def _no_notebook(raw: bytes) -> str:
    if not raw.strip():
        return "it is not a notebook: the file is empty"
    try:
        content = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return "it is not a notebook: the file is not in UTF-8"
    except ValueError as error:
        page = raw.lstrip().startswith(b"<")
        what = "it is a web page" if page else f"it is not JSON ({error})"
        return f"it is not a notebook: {what}"
    if not isinstance(content, dict) or "nbformat" not in content:
        return "it is not a notebook: it does not say its nbformat"
    return ""


def _format(content: dict) -> str:
    version = content["nbformat"]
    if version != 4 or isinstance(version, bool):
        return f"its format is nbformat {version!r}, wanted 4: save it in that format"
    if not isinstance(content.get("cells"), list):
        return "it has no list of cells"
    return ""


def _cells(cells: list) -> str:
    """The first fault in a cell, counted from one as a reader does."""
    seen: dict[str, int] = {}
    for number, cell in enumerate(cells, 1):
        kind = cell.get("cell_type") if isinstance(cell, dict) else None
        if kind not in KINDS:
            return f"cell {number} is {kind!r}, wanted one of {', '.join(KINDS)}"
        for key in NEEDED.get(kind, ()):
            if key not in cell:
                return f"cell {number} has no {key}"
        label = cell.get("id", f"cell {number}")
        if "id" in cell and not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", str(label)):
            return f"cell {number} has the id {label!r}: wanted letters, digits, - or _"
        if label in seen:
            return f"cells {seen[label]} and {number} have the same id, {label!r}"
        seen[label] = number
    return ""


def _rest(content: dict) -> str:
    """nbformat's own words for what is left."""
    import nbformat

    try:
        nbformat.validate(nbformat.from_dict(content))
    except nbformat.ValidationError as error:
        where = ".".join(map(str, getattr(error, "path", ()))) or "the notebook"
        return f"{where} is not as nbformat wants it: {error.message.splitlines()[0]}"
    return ""


def _stamp(path: Path) -> str:
    try:
        if path.is_file():
            understood(path.read_text(encoding="utf-8", errors="replace"))
    except ValueError as error:
        return f"its {STAMP} is not understood: {error}"
    return ""
