"""README's tables of speed and of trained models, written from the ledger.

    python -m coursekit.book.readme_tables

A record ``bench/...`` holds its rows (what, against what, the target, what to say
where it is missed) in its configuration and the measured ratios with their quartiles
in its metrics. What trained models reach is in records of their own; their targets
are here. Each table stands between two marks, and a test compares it with the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from n2t import files, ledger
from n2t.ledger import places

BEGIN = "<!-- speed table: written by python -m coursekit.book.readme_tables -->"
END = "<!-- end of the speed table -->"
REACH_BEGIN = (
    "<!-- what is reached: written by python -m coursekit.book.readme_tables -->"
)
REACH_END = "<!-- end of what is reached -->"
RECORDS = ("bench/steps", "bench/memory", "bench/decoding", "bench/padding")
HEAD = "| what | against | target | measured | target met? |\n|---|---|---|---|---|"
REACH_HEAD = (
    "| model | score | target | reached | met? | training | command |\n"
    + "|---" * 7
    + "|"
)


class Goal(NamedTuple):
    """A target of a trained model; `sign` is 1 where more is better, else -1.

    `reason` is what to say where it is missed.
    """

    name: str
    metric: str
    model: str
    score: str
    target: float
    sign: int
    reason: str


GOALS = (
    Goal(
        "multi30k/transformer_tiny",
        "bleu_lower",
        "Multi30k, English to German: Transformer-Tiny as published",
        "BLEU on test 2016, lower case",
        41.02,
        1,
        "One seed; it stopped as the recipe says, after ten epochs without a better "
        "validation loss. Text, search and scoring are not its authors'; what made the "
        "difference was not found",
    ),
    Goal(
        "multi30k/best",
        "bleu_lower",
        "Multi30k, English to German: our best recipe",
        "BLEU on test 2016, lower case",
        41.02,
        1,
        "The row above, trained further: better on validation captions, by which it "
        "was chosen, and not on these. Its validation loss was level at the end",
    ),
    Goal(
        "shakespeare/laptop",
        "loss",
        "Tiny Shakespeare, characters",
        "validation loss in nats",
        1.50,
        -1,
        "Other sizes and batches of the same length of training ended between 1.507 "
        "and 1.525",
    ),
)


def table(root: Path | str | None = None) -> str:
    """The table as Markdown, and the line that says how it was measured.

    Raises `LookupError` for a missing or stale record.
    """
    found = [ledger.result(name, root=root) for name in RECORDS]
    lines = [line for record in found for line in rows(record)]
    return "\n".join([said(found[0]), "", HEAD, *lines, *earlier(found)])


def earlier(found: Sequence[ledger.Record]) -> list[str]:
    """The lines below a table that say which records are of an earlier state."""
    marked = [record for record in found if record.measured_at]
    names = (f"`{record['name']}` ({record.measured_at[:7]})" for record in marked)
    said = (
        "Measured at an earlier state of the code (commit in brackets), and not "
        "repeated since"
    )
    return ["", f"{said}: {', '.join(names)}."] if marked else []


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


def reached(root: Path | str | None = None) -> str:
    """The table of what trained models reach, each beside its target.

    Raises `LookupError` for a missing or stale record.
    """
    found = [ledger.result(goal.name, root=root) for goal in GOALS]
    lines = map(_reached, GOALS, found)
    return "\n".join([REACH_HEAD, *lines, *earlier(found)])


def _reached(goal: Goal, record: ledger.Record) -> str:
    value, sides = record.metric(goal.metric), "≤" if goal.sign < 0 else "≥"
    met = goal.sign * round(value, 3) >= goal.sign * goal.target
    cells = [goal.model, goal.score, f"{sides} {goal.target:.2f}", f"{value:.3f}"]
    verdict = "met" if met else f"missed. {goal.reason}"
    cells += [verdict, effort(record), f"`{record['command']}`"]
    return f"| {' | '.join(cells)} |"


def effort(record: ledger.Record) -> str:
    """How long a run was, and what went before it into the weights it began with."""
    said = f"{_time(record)}, {_tokens(record)}"
    if "begun_with" not in record:
        return said
    before = record["begun_with"]
    minutes = f"{before['wall_seconds'] / 60:.0f} minutes"
    return f"{said}, after `{before['command']}` ({minutes}, {_tokens(before)})"


def _time(record: ledger.Record) -> str:
    """Minutes of the processor where the run counted them, of the clock where not."""
    if "processor_seconds" in record:
        return f"{record['processor_seconds'] / 60:.0f} minutes of one core"
    threads = record["device"].rpartition(", ")[2]
    threads = "one thread" if threads == "1 threads" else threads
    return f"{record['wall_seconds'] / 60:.0f} minutes on {threads}"


def _tokens(record: Mapping[str, Any]) -> str:
    return f"{record['tokens'] / 1e6:.1f} million tokens"


def replaced(text: str, new: str, begin: str = BEGIN, end: str = END) -> str:
    """`text` with what stands between the two marks replaced by `new`.

    Raises ValueError if the marks are not there, each once and in order.
    """
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"README.md must hold {begin!r} and {end!r}, each once")
    before, rest = text.split(begin)
    if end not in rest:
        raise ValueError(f"README.md must hold {end!r} after {begin!r}")
    return f"{before}{begin}\n{new}\n{end}{rest.split(end)[1]}"


def write(root: Path | str | None = None) -> Path:
    """Put both tables into README.md; return its path."""
    path = Path(root or places.ROOT) / "README.md"
    text = replaced(path.read_text(encoding="utf-8"), table(root))
    text = replaced(text, reached(root), REACH_BEGIN, REACH_END)
    files.write_text(path, text)
    return path


if __name__ == "__main__":
    print(write())
