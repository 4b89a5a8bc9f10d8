"""Interleaved timing: every contender runs in every round, and ratios are paired.

On a shared machine the clock drifts by more than the differences sought. Runs of one
round share the drift, so that the ratio within a round is steadier than either time;
the median over rounds is what is reported, with its quartiles.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


@dataclass(frozen=True)
class Row:
    """One contender: median seconds a run, and its time over the reference's."""

    name: str
    seconds: float
    ratio: float
    low: float
    high: float


def interleaved(
    runs: dict[str, Callable[[], object]], rounds: int, clock: str = "wall"
) -> dict[str, list[float]]:
    """Seconds of each run in each of `rounds` rounds, after one that is not counted.

    `clock` is "wall", or "cpu" (processor time), for a machine that others use.
    The order turns by one each round, so that none always follows the same other.
    """
    now, names = CLOCKS[clock], list(runs)
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(-1, rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            begin = now()
            runs[name]()
            if turn >= 0:
                times[name].append(now() - begin)
    return times


def quartiles(own: list[float], reference: list[float]) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile of the rounds' ratios."""
    ratios = [a / b for a, b in zip(own, reference, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return low, middle, high


def rows(times: dict[str, list[float]], reference: str) -> list[Row]:
    """A row for each contender, against `reference`, fastest first."""
    table = []
    for name, own in times.items():
        low, middle, high = quartiles(own, times[reference])
        table.append(Row(name, statistics.median(own), middle, low, high))
    return sorted(table, key=lambda row: row.ratio)


def show(title: str, table: list[Row], reference: str, as_json: bool = False) -> None:
    """Print a table as text, or as one line of JSON."""
    if as_json:
        values = [asdict(row) for row in table]
        print(json.dumps({"title": title, "reference": reference, "rows": values}))
        return
    print(f"\n{title} (ratio to {reference}: median, quartiles)")
    for row in table:
        print(
            f"  {row.name:38} {row.seconds * 1e3:9.1f} ms   {row.ratio:5.2f}"
            f"   [{row.low:.2f}, {row.high:.2f}]"
        )
