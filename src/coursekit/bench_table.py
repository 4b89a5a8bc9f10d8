"""README's speed table, written from the ledger's records ``bench/...``.

    python -m coursekit.bench_table

A record's configuration holds its rows (what, against what, the target, what to say
where it is missed) and its metrics the measured ratios with their quartiles. The
table stands between two marks, and a test compares it with what is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from n2t import ledger

BEGIN = "<!-- speed table: written by python -m coursekit.bench_table -->"
END = "<!-- end of the speed table -->"
RECORDS = ("bench/steps", "bench/memory", "bench/decoding", "bench/padding")
HEAD = "| what | against | target | measured | target met? |\n|---|---|---|---|---|"


def table(root: Path | str | None = None) -> str:
    """The table as Markdown, and the line that says how it was measured.

    Raises `LookupError` for a missing or stale record.
    """
    found = [ledger.result(name, root=root) for name in RECORDS]
    lines = [line for record in found for line in rows(record)]
    return "\n".join([said(found[0]), "", HEAD, *lines])


def said(record: ledger.Record) -> str:
    """Where and how the ratios came about."""
    how = record["configuration"]
    clock = "processor time" if how["clock"] == "cpu" else "wall clock"
    libraries = ", ".join(f"{name} {v}" for name, v in record["versions"].items())
    return (
        f"On {record['device'].removeprefix('cpu: ')}: each ratio is the median over "
        f"pairs of runs in turn ({clock}; {how['pairs']} pairs for a training step), "
        f"with its quartiles; below 1 is faster, or smaller. {libraries}. "
        f"`{record['command']}` measures them again."
    )


def rows(record: ledger.Record) -> Iterator[str]:
    """A line of the table for each row that the record holds."""
    for key, row in record["configuration"]["rows"].items():
        target = _number(row["at_most"], row)
        cells = [row["what"], row["against"], f"≤ {target}"]
        yield f"| {' | '.join([*cells, measured(record, key, row)])} |"


def measured(record: ledger.Record, key: str, row: Mapping[str, Any]) -> str:
    """The last two cells: what was measured, and whether that meets the target."""
    value, spread = record.metric(key), ""
    if f"{key}_low" in record["metrics"]:
        low, high = (record.metric(f"{key}_{end}") for end in ("low", "high"))
        spread = f" ({_number(low, row)} to {_number(high, row)})"
    verdict = "met"
    if round(value, 3 if row["share"] else 2) > row["at_most"]:
        numbers = {name: record.metric(name) for name in record["metrics"]}
        verdict = f"missed. {row['reason'].format(**numbers)}"
    return f"{_number(value, row)}{spread} | {verdict}"


def _number(value: float, row: Mapping[str, Any]) -> str:
    return f"{value:.1%}" if row["share"] else f"{value:.2f}"


def replaced(text: str, new: str) -> str:
    """`text` with what stands between the two marks replaced by `new`.

    Raises ValueError if the marks are not there, each once and in order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"README.md must hold {BEGIN!r} and {END!r}, each once")
    before, rest = text.split(BEGIN)
    if END not in rest:
        raise ValueError(f"README.md must hold {END!r} after {BEGIN!r}")
    return f"{before}{BEGIN}\n{new}\n{END}{rest.split(END)[1]}"


def write(root: Path | str | None = None) -> Path:
    """Put the table into README.md; return its path."""
    path = Path(root or ledger.ROOT) / "README.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(replaced(text, table(root)), encoding="utf-8")
    return path


if __name__ == "__main__":
    print(write())
