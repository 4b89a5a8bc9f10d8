"""What a benchmark writes into the ledger: its ratios, their spread, their targets.

A row `r` of README's table is the metric `r` (the median of the paired ratios), with
the quartiles `r_low` and `r_high`. What it is, against what, its target and what to
say where the target is missed are kept in the record's configuration, so that
`coursekit.book.readme_tables` writes the table from the ledger alone.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from benchmarks.compare import CLOCKS, quartiles
from n2t import ledger
from n2t.runs.folders import processor


@dataclass(frozen=True)
class Row:
    """A line of the table. `reason` may name the record's metrics in braces."""

    what: str
    against: str
    at_most: float
    reason: str
    share: bool = False  # a share, printed in percent, and not a ratio


def add_options(parser: argparse.ArgumentParser, rounds: int = 10) -> None:
    """The options that every benchmark takes."""
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--threads", type=int, help="torch's; default: its own choice")
    parser.add_argument("--record", action="store_true", help="write to results/")


def use_threads(threads: int | None) -> None:
    """Let torch compute with that many threads, if a number is given."""
    if threads is not None:
        torch.set_num_threads(threads)


def ratio(row: str, own: list[float], peer: list[float]) -> dict[str, float]:
    """The row's median and quartiles, as metrics."""
    low, middle, high = quartiles(own, peer)
    print(f"{row:28} {middle:5.2f}   [{low:.2f}, {high:.2f}]", flush=True)
    return {row: middle, f"{row}_low": low, f"{row}_high": high}


def write(
    what: str,
    rows: dict[str, Row],
    metrics: dict[str, float],
    options: argparse.Namespace,
    *,
    start: float,
    program: str,
    command: str = "n2t bench all --record",
    **fields,
) -> Path:
    """Put one benchmark into the ledger, as ``bench/<what>``; `program`: its file."""
    threads = torch.get_num_threads()
    taken = {"threads": threads, "clock": options.clock, "pairs": options.rounds}
    path = ledger.record(
        f"bench/{what}",
        task="bench",
        command=f"{command} --threads {threads} --clock {options.clock}",
        configuration=taken | {"rows": {key: asdict(row) for key, row in rows.items()}},
        seeds=[0],
        metrics={name: [value] for name, value in metrics.items()},
        device=f"cpu: {described()}, {threads} threads",
        versions=versions(),
        sources=ledger.sources_of(program),
        wall_seconds=time.perf_counter() - start,
        **fields,
    )
    print(f"recorded in {path.name}", file=sys.stderr)
    return path


def described() -> str:
    """The processor with the widest instructions that torch uses on it."""
    return f"{processor()} ({torch.backends.cpu.get_cpu_capability()})"


def versions() -> dict[str, str]:
    """Of the libraries that are compared."""
    from importlib.metadata import version

    return {name: version(name) for name in ("torch", "transformers", "x-transformers")}
