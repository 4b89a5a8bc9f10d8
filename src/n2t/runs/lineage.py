"""The files that a run's numbers depend on, and whether they are as they were."""

from collections.abc import Sequence
from typing import Any

from n2t import ledger
from n2t.data.sets.taught import with_taught
from n2t.runs import corpora
from n2t.runs.folders import model_class
from n2t.runs.sections import LOSSES, TOKENIZERS
from n2t.runs.tasks import batches_class
from n2t.training import fit


def sources_of(run: dict[str, Any]) -> list[str]:
    """The files that a run's numbers depend on; ``run`` is its description."""
    return ledger.sources_of(*choosers(), *chosen(run))


def choosers() -> list[str]:
    """The modules that read a description; each counts itself, see ``CHOOSING``."""
    names = ("corpora", "folders", "scoring", "sections", "settings", "tasks")
    return [f"n2t.runs.{name}" for name in names]


def chosen(run: dict[str, Any]) -> list[str]:
    """Full names of what a run's description chooses, from its data to its scores."""
    task, preset = run["task"], run["configuration"]
    objects = [
        corpora.CORPORA[preset["data"]["name"]],
        TOKENIZERS[preset["tokenizer"]["kind"]],
        batches_class(task, preset["batches"]),
        model_class(run),
        LOSSES[task],
        fit,
    ]
    if preset["batches"].get("taught"):
        objects.append(with_taught)
    names = [f"{made.__module__}.{made.__qualname__}" for made in objects]
    return [*names, f"n2t.runs.scoring.score_{task.replace('-', '_')}"]


def source_hashes(run: dict[str, Any]) -> dict[str, str]:
    """A hash of each of a run's sources."""
    return ledger.source_hashes(sources_of(run))


def check_unchanged(found: Sequence[dict[str, Any]]) -> None:
    """Refuse runs whose sources are not as they were when the runs began.

    Raises:
        ValueError: a file that a run noted at its start does something else now.
    """
    changed = set()
    for run in found:
        before, now = run.get("sources", {}), source_hashes(run)
        changed |= {path for path in now if before.get(path, now[path]) != now[path]}
    if changed:
        raise ValueError(
            f"{', '.join(sorted(changed))} changed since the run began: a record would "
            "not be of the code that is here; train again"
        )
