"""Tables that a page shows as HTML, and a terminal as lines of text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

Row = Sequence[Any]


@dataclass(frozen=True)
class Table:
    """Rows under a head; the first column names the rows.

    `forms` gives columns their format (``{"BLEU": ".1f"}``; floats are ``g`` without
    one), `best` names columns whose highest number stands out, `note` has the lines
    below. Columns of text stand to the left, numbers to the right. None shows as
    nothing, and what stands between backticks as code.

    Raises:
        ValueError: a row is not as long as the head, or `forms` or `best` names a
            column that is not there.
    """

    head: Iterable[str]
    rows: Iterable[Iterable[Any]]
    forms: Mapping[str, str] = field(default_factory=dict)
    best: Iterable[str] = ()
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("head", "best"):  # they may be there to be read once
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "rows", tuple(map(tuple, self.rows)))
        for row in self.rows:
            if len(row) != len(self.head):
                raise ValueError(f"rows has {row}, wanted {len(self.head)} values")
        for name, columns in (("forms", self.forms), ("best", self.best)):
            if unknown := sorted(set(columns) - set(self.head)):
                raise ValueError(f"{name} has {unknown}, wanted some of {self.head}")

    def shown(self) -> list[list[str]]:
        """The rows as text."""
        forms = [self.forms.get(name) for name in self.head]
        return [list(map(_shown, row, forms)) for row in self.rows]

    def __repr__(self) -> str:
        lines = [list(self.head), *self.shown()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        left = [True, *self._wordy()[1:]]
        laid = ["  ".join(map(_padded, line, widths, left)).rstrip() for line in lines]
        return "\n".join([*laid, self.note] if self.note else laid)

    def _repr_html_(self) -> str:
        wordy = self._wordy()
        head = "".join(map(_head_cell, self.head, wordy))
        body = "".join(map(self._row, self.rows, self.shown()))
        below = self.note.splitlines()  # beside the table, which may be wider
        notes = "".join(f'<p class="note">{_marked(line)}</p>' for line in below)
        return (
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"
        )

    def _row(self, values: Row, texts: list[str]) -> str:
        """A row of the body; its first cell is its name."""
        highest, wordy = self._highest(), self._wordy()
        cells = [f'<th scope="row">{_marked(texts[0])}</th>']
        for name, value, text, words in zip(
            self.head[1:], values[1:], texts[1:], wordy[1:], strict=True
        ):
            best = name in highest and value == highest[name]
            kind = ' class="best"' if best else ' class="words"' if words else ""
            cells.append(f"<td{kind}>{_marked(text)}</td>")
        return f"<tr>{''.join(cells)}</tr>"

    def _highest(self) -> dict[str, Any]:
        """The highest number of each column of `best`."""
        at = {name: self.head.index(name) for name in self.best}
        return {name: max(row[i] for row in self.rows) for name, i in at.items()}

    def _wordy(self) -> list[bool]:
        """Which columns hold text."""
        columns = zip(*self.rows, strict=True)
        return [any(isinstance(value, str) for value in c) for c in columns] or [
            True for _ in self.head
        ]


def _shown(value: Any, form: str | None) -> str:
    """A value as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return format(value, form or ("g" if isinstance(value, float) else ""))


def _marked(text: str) -> str:
    """Text as HTML; what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _padded(text: str, width: int, left: bool) -> str:
    return text.ljust(width) if left else text.rjust(width)


def _head_cell(name: str, words: bool) -> str:
    kind = ' class="words"' if words else ""
    return f'<th scope="col"{kind}>{escape(name)}</th>'
