"""The files that a run's numbers depend on, and whether they are as they were."""

from collections.abc import Sequence
from typing import Any

from n2t import ledger
from n2t.ledger import places
from n2t.runs.tasks import family_of


def sources_of(run: dict[str, Any]) -> list[str]:
    """The files that a run's numbers depend on most; ``run`` is its description."""
    kind = run["task"]
    if kind == "translation":
        family = family_of(run["configuration"]["model"])
        kind = "recurrent" if family == "recurrent" else kind
    dropout = run["configuration"]["batches"].get("merge_dropout")
    return SOURCES[kind] + ["src/n2t/data/batches/merge_dropout.py"] * bool(dropout)


def source_hashes(run: dict[str, Any]) -> dict[str, str]:
    """A hash of each of a run's sources, those that are here."""
    files = {path: places.source(path) for path in sources_of(run)}
    here = {path: file for path, file in files.items() if file and file.is_file()}
    return {path: ledger.source_hash(file) for path, file in here.items()}


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


_COMMON = ["attention.py", "data/batching.py", "data/epochs.py"]
_COMMON += [
    f"training/{name}.py"
    for name in ("averaging", "loop", "losses", "optimizers", "schedules", "update")
]
_BLOCKS = ["blocks.py", "positions.py"]
_DECODING = [f"decoding/{name}.py" for name in ("logits", "searches", "strategies")]
_OWN = {
    "translation": [*_BLOCKS, "models/transformer.py", *_DECODING],
    "recurrent": ["models/recurrent.py", "models/cells.py", *_DECODING],
    "language-model": [*_BLOCKS, "models/decoder_only.py"],
    "classification": [*_BLOCKS, "models/encoder_only.py"],
}
SOURCES = {task: [f"src/n2t/{p}" for p in _COMMON + own] for task, own in _OWN.items()}
