"""What went wrong as the chapters ran, kept beside their stored outputs.

A warning that a library wrote is a notice: the page does without it. A cell that failed
leaves its page unfinished. `_build/faults.json` keeps both, so that a later command
knows which chapters to run again: one that failed always, one with a notice where
every notice counts as a failure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from coursekit import paths
from n2t import files

FILE = paths.BUILD / "faults.json"


@dataclass(frozen=True)
class Fault:
    """What code cell `cell` (from 1) wrote to stderr or, if `fatal`, how it failed."""

    cell: int
    text: str
    fatal: bool = False

    @property
    def last_line(self) -> str:
        """The line that names what happened: the last one that says something."""
        lines = [line for line in self.text.splitlines() if line.strip()]
        return lines[-1].strip() if lines else ""


def read() -> dict[str, list[Fault]]:
    """Faults by chapter, as `paths.name_of` names them."""
    if not FILE.is_file():
        return {}
    kept = json.loads(FILE.read_text("utf-8"))
    return {name: [Fault(**one) for one in some] for name, some in kept.items()}


def keep(name: str, found: list[Fault]) -> None:
    """Make `found` the faults of a chapter; none forgets it."""
    kept = {**read(), name: found}
    facts = {key: [asdict(one) for one in kept[key]] for key in sorted(kept)}
    files.write_json(FILE, {key: some for key, some in facts.items() if some}, indent=1)


def to_run_again(name: str, strict: bool) -> bool:
    """Whether a chapter's stored outputs do not do."""
    return any(fault.fatal or strict for fault in read().get(name, ()))


def failed(name: str) -> Fault | None:
    """The fault that ended a chapter; None where it ran to its end."""
    return next((fault for fault in read().get(name, ()) if fault.fatal), None)


def notices(names: list[str]) -> Iterator[str]:
    """Lines that say what those chapters wrote to stderr, chapter and cell named."""
    known = read()
    for name in names:
        for fault in known.get(name, ()):
            if not fault.fatal:
                yield f"{name}, code cell {fault.cell}:"
                yield from (f"    {line}" for line in fault.text.strip().splitlines())
