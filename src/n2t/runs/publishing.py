"""A finished run as a folder to publish: small weights, a model card, a license.

The folder is a run's folder too: ``load_model``, ``n2t translate``, ``n2t evaluate``
and ``n2t plot`` take it. What is left out are the checkpoints, and what says more
about the machine than about the run.

- ``run.json``: the run's description, with size and SHA-256 of the files of ``model``
- ``model``: ``config.json``, ``model.safetensors``, ``tokenizer.json``
- ``metrics.jsonl``: the curves
- ``README.md``, ``LICENSE``: the model card, and what may be done with the weights
"""

import re
import secrets
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from n2t.files import file_hash, move, write_text
from n2t.ledger import places
from n2t.runs import folders, model_card
from n2t.runs.folders import RunError
from n2t.runs.terms import terms_of
from n2t.training import history

DTYPES = {
    "int8": torch.int8,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
}
CARD, LICENSE = "README.md", "LICENSE"
OF_THE_MACHINE = ("machine",)  # facts that are not published
PLACES = ("--folder", "--run", "--resume-from")  # options that are not published
ABSOLUTE = re.compile(r"(^|[\s='\"])(~/|[A-Za-z]:\\|/(?=\w))")


def export(
    run_dir: Path | str,
    folder: Path | str,
    *,
    dtype: str = "int8",
    scores: Sequence[str] = (),
) -> Path:
    """Write a finished run into a folder to publish, whole or not at all.

    Args:
        run_dir: the run's folder.
        folder: where it goes; an earlier export there is replaced, nothing else.
        dtype: how weights are stored, a key of ``DTYPES``.
        scores: names of ledger records of this run, for the model card.

    Raises:
        RunError: no run, not finished, an export itself, or one whose description
            names a path of this machine.
        LookupError: the run's curves have no point.
        ValueError: an unknown dtype, weights that do not fit it, or scores of
            another run.
        FileExistsError: something else is in the way.
    """
    if dtype not in DTYPES:
        raise ValueError(f"dtype ({dtype!r}) must be one of {', '.join(DTYPES)}")
    folder = Path(folder)
    model, tokenizer, facts = folders.load_model(run_dir)
    if "export" in facts:
        raise RunError(f"{run_dir} is an export; take the run that it was made from")
    if folder.exists() and not is_export(folder):
        raise FileExistsError(f"{folder} is there and is no export")
    folders.check_place(folder)
    model_card.recorded(scores, facts)  # a wrong name, before anything is written
    history.last_point(run_dir)  # and curves that are cut
    published = published_facts(facts, dtype, _place(folder))
    temporary = folder.with_name(f".writing-{folder.name}-{secrets.token_hex(4)}")
    try:
        model.save_pretrained(temporary / folders.MODEL, dtype=DTYPES[dtype])
        tokenizer.save(temporary / folders.MODEL / folders.TOKENIZER)
        published["export"]["files"] = _hashes(temporary)
        folders.write(temporary, published)
        metrics = Path(run_dir) / history.METRICS_FILE
        shutil.copyfile(metrics, temporary / history.METRICS_FILE)
        write_words(temporary, scores=scores, place=_place(folder))
        _put(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def published_facts(facts: dict[str, Any], dtype: str, place: str) -> dict[str, Any]:
    """A run's description without what belongs to the machine alone.

    The command trains in the default folder, and goes on to export.

    Raises:
        RunError: a field still names a path of this machine.
    """
    words = _without_places(shlex.split(facts["command"]))
    run_dir = f"runs/{facts['task']}-{facts['preset']}-{facts['seed']}"
    export = ["n2t", "export", run_dir, place, "--dtype", dtype]
    kept = {key: value for key, value in facts.items() if key not in OF_THE_MACHINE}
    kept["command"] = f"{shlex.join(words)} && {shlex.join(export)}"
    kept["export"] = {"dtype": dtype}
    for key, value in kept.items():
        if found := [text for text in _texts(value) if ABSOLUTE.search(text)]:
            raise RunError(f"{key} names a path of this machine: {found[0]!r}")
    return kept


def write_words(
    folder: Path | str, *, scores: Sequence[str] = (), place: str = ""
) -> None:
    """Write the model card and the license of an export into its folder."""
    folder, facts = Path(folder), folders.read(folder)
    records = model_card.recorded(scores, facts)
    last, place = history.last_point(folder), place or _place(folder)
    words = model_card.card(facts, last, records, folder=place)
    write_text(folder / CARD, words)
    write_text(folder / LICENSE, terms_of(facts).license + "\n")


def is_export(folder: Path | str) -> bool:
    """Whether a folder holds a published run, or is empty."""
    folder = Path(folder)
    if not folder.is_dir() or not any(folder.iterdir()):
        return folder.is_dir()
    try:
        return "export" in folders.read(folder)
    except (RunError, ValueError):
        return False


def verify(folder: Path | str) -> dict[str, Any]:
    """The description of a published run, after checking every byte of its model.

    Raises:
        RunError: no export, or a file that is missing or changed; it is named.
    """
    folder, facts = Path(folder), folders.read(folder)
    if "export" not in facts:
        raise RunError(f"{folder} is a run, not an export; see n2t export")
    for name, wanted in facts["export"]["files"].items():
        if not (folder / name).is_file():
            raise RunError(f"{folder / name} is missing")
        if file_hash(folder / name) != wanted["sha256"]:
            raise RunError(f"{folder / name} is not the file that was published")
    return facts


def _hashes(folder: Path) -> dict[str, dict[str, Any]]:
    """Size and SHA-256 of the files of the model, by path from the folder."""
    return {
        f"{folders.MODEL}/{path.name}": {
            "size": path.stat().st_size,
            "sha256": file_hash(path),
        }
        for path in sorted((folder / folders.MODEL).iterdir())
    }


def _put(temporary: Path, folder: Path) -> None:
    """Give a folder its name; an earlier one of that name goes when it can."""
    old = folder.with_name(f".old-{folder.name}")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        move(folder, old)
    move(temporary, folder)
    shutil.rmtree(old, ignore_errors=True)


def _place(folder: Path) -> str:
    """A folder as a reader finds it: from the course's folder, or by its name."""
    folder = folder.resolve()
    if folder.is_relative_to(places.ROOT):
        return folder.relative_to(places.ROOT).as_posix()
    return folder.name


def _without_places(words: Sequence[str]) -> list[str]:
    """A command's words without the options that say where."""
    kept, skip = [], False
    for word in words:
        if not skip and word.partition("=")[0] not in PLACES:
            kept.append(word)
        skip = not skip and word in PLACES
    return kept


def _texts(value: Any) -> list[str]:
    """Every string in a tree of dicts and lists."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return []
