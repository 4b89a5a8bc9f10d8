"""What a recorded run may have used in energy: seconds times a published power.

It is an estimate, and not measured. Counted is the processor or the card alone, without
the computer around it and without what the building adds.
"""

import re
from collections.abc import Mapping
from typing import Any

#: Watts of one virtual processor: fully used (the mean over Amazon's), idle (the
#: same), and the largest published figure (the median over Google's, fully used).
#: Cloud Carbon Footprint, "Methodology", section Compute, from SPECpower results.
PROCESSOR = (3.5, 0.74, 4.26)
#: Watts of a card at full power, from NVIDIA's data sheets.
CARDS = {"H100 80GB HBM3": 700.0, "A100-SXM4": 400.0, "L4": 72.0}
OF_PROCESSORS = (
    "an estimate, not measured: {seconds:.0f} processor seconds times 3.5 W a fully "
    "used virtual processor; low 0.74 W (idle), high 4.26 W "
    "(cloudcarbonfootprint.org/docs/methodology); memory, disks and cooling not counted"
)
OF_CARDS = (
    "an estimate, not measured: {seconds:.0f} seconds times {number} card(s) at their "
    "full {watts:.0f} W (NVIDIA's data sheet), which is the bound; low: a guess, half "
    "of it; the computer around them and cooling not counted"
)


def estimate(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """The energy of a record: {"joules", "low", "high", "how"}; None where unknown.

    Args:
        fields: the record's; ``device``, ``wall_seconds`` (of one run, or the mean of
            several) and ``processor_seconds`` are looked at.
    """
    device, seconds = fields["device"], fields["wall_seconds"]
    number = _number(device)
    if device.partition(":")[0] == "cpu":
        seconds = fields.get("processor_seconds", seconds * number)
        watts, how = PROCESSOR, OF_PROCESSORS.format(seconds=seconds)
    else:
        name = device.partition(":")[0]
        known = [
            watts for key, watts in CARDS.items() if re.search(rf"\b{key}\b", name)
        ]
        if not known:
            return None
        watts = tuple(number * known[0] * share for share in (1.0, 0.5, 1.0))
        how = OF_CARDS.format(seconds=seconds, number=number, watts=known[0])
    if not seconds:
        return None
    middle, low, high = (round(seconds * each, 1) for each in watts)
    return {"joules": middle, "low": low, "high": high, "how": how}


def _number(device: str) -> int:
    """How many threads, or processes with a card each, a record's device names."""
    kind = "threads" if device.startswith("cpu") else "processes"
    found = re.search(rf"(\d+) {kind}|(\d+) processes", device)
    return int(found[1] or found[2]) if found else 1
