"""Where a run's time goes: the shares of kinds of operations, by torch's profiler."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

Operations = Mapping[str, tuple[str, ...]]
"""A kind: what a profiler calls its operations; none may run inside another."""


def shares(
    run: Callable[[], object], operations: Operations, rounds: int = 1
) -> dict[str, float]:
    """The share of `run`'s time that each kind has, and the "rest"; of `rounds` runs.

    The first run, which lays things out, is not counted.
    """
    run()
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as p:
        for _ in range(rounds):
            run()
    seen = p.key_averages()
    total = sum(event.self_cpu_time_total for event in seen)
    spent = {event.key: event.cpu_time_total for event in seen}
    found = {
        kind: sum(spent.get(name, 0.0) for name in names) / total
        for kind, names in operations.items()
    }
    return found | {"rest": 1 - sum(found.values())}
