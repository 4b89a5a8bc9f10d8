"""What ``n2t data`` does: the full-size data sets, listed, fetched, checked."""

import sys

from n2t.data.sources import registry
from n2t.data.sources.download import DataError


def show_all() -> None:
    """The data sets: name, size, whether they are here or damaged, title."""
    faults = {}
    for name, dataset in sorted(registry.REGISTRY.items()):
        state, faults[name] = registry.state(name)
        size = f"{dataset.size / 1e6:.1f} MB"
        print(f"{name:16} {size:>9}  {state:8}  {dataset.title}")
    for name in filter(faults.get, faults):
        print(f"n2t: {name}: {faults[name]}", file=sys.stderr)
    if any(faults.values()):
        raise SystemExit(1)


def fetch(name: str) -> None:
    """Download a data set, checked; nothing is done if it is here."""
    print(registry.fetch(name))


def verify(name: str) -> None:
    """Check every file of a data set by its SHA-256."""
    states = registry.verify(name)
    for file, state in states.items():
        print(f"{state:12} {file}")
    if set(states.values()) != {"ok"}:
        raise SystemExit(1)


def where(name: str) -> None:
    """The folder that holds a data set on this machine."""
    folder = registry.where(name)
    if folder is None:
        raise DataError(f"{name} is not on this machine: n2t data fetch {name}")
    print(folder)
