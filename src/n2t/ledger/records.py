"""Recorded results: what a page may say about a run that it did not do itself.

Every recorded run is one JSON file under ``results/``. A page asks for a number by
name, ``result("multi30k/transformer_tiny").metric("bleu_cased")``, so no number is
typed by hand. A name that is not there raises, and so does a *stale* one: a record
whose configuration, data or listed source files have changed since. A new commit
or a new Python does not make a record stale.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from n2t.files import write_json
from n2t.ledger import places
from n2t.ledger.energy import estimate
from n2t.ledger.sources import source_hash, source_hashes

REGISTRY_FILES = (
    "src/n2t/data/sources/registry.py",
    "src/n2t/data/sources/registry.json",
    "src/n2t/data/sets/fsdd.py",  # 3,000 files under one hash
)
MADE_HERE = "(made here)"  # ends the name of data that no registry lists
FIELDS: dict[str, type | tuple[type, ...]] = {
    "name": str,  # task/what, the name that pages use
    "task": str,
    "preset": (str, type(None)),
    "command": str,  # makes the run again
    "configuration": dict,
    "configuration_source": (dict, type(None)),  # {"file": ..., "key": ...}
    "seeds": list,
    "metrics": dict,  # metric -> {mean, spread, values, signature}
    "device": str,
    "wall_seconds": (int, float),
    "tokens": int,
    "flops": (int, float),  # of training; how counted, see OPTIONAL
    "commit": str,
    "versions": dict,
    "data": dict,  # file -> SHA-256
    "sources": dict,  # file -> hash of what it does
}
#: What newer records have, and older ones lack: those without "flops_counted" have
#: 6 operations for each parameter and target token, whatever the model.
OPTIONAL: dict[str, type | tuple[type, ...]] = {
    "flops_counted": str,  # what "flops" counts
    "processor_seconds": (int, float),  # of all cores together
    "energy": dict,  # an estimate, see n2t.ledger.energy
}
DEFAULTS: dict[str, Any] = {
    "preset": None,
    "configuration_source": None,
    "device": "cpu",
    "wall_seconds": 0.0,
    "tokens": 0,
    "flops": 0.0,
    "commit": "",
    "versions": {},
    "data": {},
}


class LedgerError(LookupError):
    """A result is missing, broken or stale; the message says what to do."""


@dataclass(frozen=True)
class Record(Mapping[str, Any]):
    """One recorded run, read like a dictionary; fields as in ``FIELDS``."""

    fields: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.fields[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    @property
    def measured_at(self) -> str:
        """The commit at which the numbers were measured, if code differs since; or "".

        Such a record is marked by hand of a maintainer, and lists what differs; see
        ``n2t.runs.carrying``. It is stale once its sources change again.
        """
        return str(self.get("measured_at", {}).get("commit", ""))

    def metric(self, name: str, part: str = "mean") -> float:
        """A metric's ``part``: its "mean" over the seeds, or their "spread".

        The spread is the standard deviation over the seeds (0 for one seed).
        """
        entry = self._metric(name)
        if part not in ("mean", "spread"):
            raise ValueError(f'part ({part!r}) must be "mean" or "spread"')
        return float(entry[part])

    def signature(self, name: str) -> str:
        """How the metric was computed, in the scoring program's own short form."""
        return str(self._metric(name)["signature"])

    def _metric(self, name: str) -> Mapping[str, Any]:
        if name not in self["metrics"]:
            known = ", ".join(sorted(self["metrics"]))
            raise LedgerError(f"{self['name']} has no metric {name!r}; it has {known}")
        return self["metrics"][name]


def result(
    name: str,
    *,
    configuration: Mapping[str, Any] | None = None,
    root: Path | str | None = None,
) -> Record:
    """The recorded run of that name, after a check that it is not stale.

    Args:
        name: as given to ``record``, such as "multi30k/transformer_tiny".
        configuration: what the run would be given today, if the caller knows.
        root: the folder that holds ``results`` and ``src``; the course's own.

    Raises:
        LedgerError: nothing of that name, a file that is no record, or a stale one.
    """
    root = Path(root or places.ROOT)
    path = places.path_of(name, root)
    if not path.is_file():
        known = ", ".join(places.names(root)) or "nothing yet"
        raise LedgerError(f"no result {name!r} in {path.parent}; recorded: {known}")
    try:
        found = Record(json.loads(path.read_text(encoding="utf-8")))
        validate(found)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LedgerError(
            f"{path} is no record ({error!r}): take it from git again, or make it anew"
        ) from None
    reasons = stale(found, configuration=configuration, root=root)
    if reasons:
        raise LedgerError(
            f"result {name!r} is stale: {'; '.join(reasons)}. "
            f"Run it again: {found['command']}"
        )
    return found


def record(
    name: str,
    *,
    metrics: Mapping[str, Sequence[float]],
    signatures: Mapping[str, str] | None = None,
    sources: Sequence[str] = (),
    root: Path | str | None = None,
    **fields: Any,
) -> Path:
    """Write one run into the ledger and return the file's path.

    Args:
        name: lower-case words, digits and ``_``, parts separated by ``/``.
        metrics: each metric's values, one for each of the seeds.
        signatures: how a metric was computed (sacreBLEU's signature, say).
        sources: paths below ``root``, as ``sources_of`` gives them; the record is
            stale when one of them does something else.
        root: the folder that holds ``results`` and ``src``; the course's own.
        fields: the rest of ``FIELDS``. ``task``, ``command``, ``configuration`` and
            ``seeds`` must be given. Anything else, such as notes, is kept too. The
            energy is estimated from device and seconds (``n2t.ledger.energy``).

    Raises:
        ValueError, TypeError: a field is not as ``FIELDS`` wants it.
        LookupError: there is no ``root``, and n2t is installed apart from a checkout.
    """
    root, signatures = Path(root or places.checkout()), signatures or {}
    fields = {"name": name} | DEFAULTS | fields
    fields["seeds"] = list(fields.get("seeds", ()))
    fields["metrics"] = {
        key: summary(values, signatures.get(key, "")) for key, values in metrics.items()
    }
    if (energy := estimate(fields)) is not None:
        fields.setdefault("energy", energy)
    fields["sources"] = source_hashes(sources, root)
    validate(Record(fields))
    path = places.path_of(name, root)
    write_json(path, fields, indent=1)
    return path


def summary(values: Sequence[float], signature: str = "") -> dict[str, Any]:
    """Mean and standard deviation of a metric's values, one a seed."""
    values = [float(value) for value in values]
    if not values:
        raise ValueError("metrics: each needs at least one value")
    return {
        "mean": float(np.mean(values)),
        "spread": float(np.std(values, ddof=1)) if len(values) > 1 else 0.0,
        "values": values,
        "signature": signature,
    }


def validate(found: Record) -> None:
    """Raise ValueError or TypeError, naming the field, if this is no record."""
    if lacking := [field for field in FIELDS if field not in found]:
        raise ValueError(f"{lacking[0]} is missing")
    for field, wanted in (FIELDS | OPTIONAL).items():
        if field in found and not isinstance(found[field], wanted):
            raise TypeError(f"{field} ({found[field]!r}) has the wrong type")
    mark = found.get("measured_at", {"commit": "", "changed": []})
    if not isinstance(mark, dict) or set(mark) != {"commit", "changed"}:
        raise TypeError(f"measured_at ({mark!r}) must give commit and changed")
    for name, entry in found["metrics"].items():
        if len(entry["values"]) != len(found["seeds"]):
            raise ValueError(f"metrics: {name} must have one value for each seed")
        if not all(math.isfinite(value) for value in entry["values"]):
            raise ValueError(f"metrics: {name} ({entry['values']}) must be finite")
        again = summary(entry["values"])
        if not all(math.isclose(entry[x], again[x]) for x in ("mean", "spread")):
            raise ValueError(f"metrics: {name} has another mean than its values")


def stale(
    found: Record, *, configuration: Mapping[str, Any] | None, root: Path
) -> list[str]:
    """Why the record no longer describes what is here; an empty list if it does."""
    reasons = []
    now = [configuration, _configured(found["configuration_source"], root)]
    for settings in now:
        if settings is not None:
            reasons += differences(found["configuration"], settings)
    files = [places.source(file, root) for file in REGISTRY_FILES]
    registry = "".join(
        file.read_text(encoding="utf-8") for file in files if file and file.is_file()
    )
    for file, digest in found["data"].items():
        published = not file.endswith(MADE_HERE)
        if registry and published and digest not in registry:
            reasons.append(f"data: {file} has another hash in the registry")
    for file, digest in found["sources"].items():
        here = places.source(file, root)
        if here is None:
            continue  # left behind by an installed package
        if not here.is_file() or source_hash(here) != digest:
            reasons.append(f"source: {file} has changed")
    return reasons


def differences(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """One line for every field in which two configurations differ."""
    recorded, now = (json.loads(json.dumps(dict(side))) for side in (recorded, now))
    return [
        f"configuration: {key} was {recorded.get(key, 'absent')!r}, "
        f"now {now.get(key, 'absent')!r}"
        for key in sorted(recorded.keys() | now.keys())
        if recorded.get(key, ...) != now.get(key, ...)
    ]


def _configured(source: Mapping[str, str] | None, root: Path) -> Any:
    """The entry of a presets' file as it is today; {} if it is gone."""
    if source is None:
        return None
    path = places.source(source["file"], root)
    if path is None:
        return None  # left behind by an installed package
    if not path.is_file():
        return {}
    return json.loads(path.read_text(encoding="utf-8")).get(source["key"], {})
