"""Checkpoints that a crash cannot half-write and a bit flip cannot fool.

A checkpoint is a folder ``step-00001234`` with three files:

- ``weights.safetensors``: the model's weights
- ``state.safetensors``, ``state.json``: the rest, tensors and everything else
- ``manifest.json``: size and SHA-256 of the other three

It is written under another name, every file flushed to the disk, and only then
renamed; a folder with the right name is therefore whole. Nothing is ever pickled.
"""

import contextlib
import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from n2t.files import (
    file_hash,
    flush,
    move,
    set_usual_rights,
    write_json,
    write_text,
)

WEIGHTS, STATE, TREE = "weights.safetensors", "state.safetensors", "state.json"
MANIFEST = "manifest.json"
NAME = re.compile(r"step-(\d{8})")
Weights = dict[str, Tensor]


class CheckpointError(RuntimeError):
    """A checkpoint cannot be written or must not be used; the message says why."""


def save(
    run_dir: Path | str,
    step: int,
    weights: Weights,
    state: dict[str, Any],
    *,
    keep_last: int = 3,
    keep: Iterable[int | None] = (),
) -> Path:
    """Write the checkpoint of ``step``, then drop those that are not to be kept.

    Args:
        run_dir: the folder of the run's checkpoints.
        weights: tensors by name; names that share one tensor (tied) are stored once.
        state: nested dicts and lists of tensors, numbers, strings and None.
        keep_last: how many of the newest stay.
        keep: steps that stay however old they are (the best one).

    Raises:
        CheckpointError: the disk is full or the files cannot be written. Every
            checkpoint that was there before still is.
    """
    run_dir, keep = Path(run_dir), set(keep)
    final = path_of(run_dir, step)
    temporary = run_dir / f".writing-{final.name}"
    if final.exists() and verify(final) is None:
        return final  # a step of a run is always the same
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
        _clear(run_dir)
        temporary.mkdir()
        _write(temporary, weights, state)
        if final.exists():
            _remove(final)
        move(temporary, final)
        flush(run_dir)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise CheckpointError(_unwritten(final, error)) from error
    for path in steps(run_dir)[:-keep_last]:
        if _step(path) not in keep:
            with contextlib.suppress(PermissionError):  # someone reads it: next time
                _remove(path)
    return final


def _write(folder: Path, weights: Weights, state: dict[str, Any]) -> None:
    weights, tied = untie(weights)
    tree, tensors = flatten({"state": state, "tied": tied})
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    save_file(contiguous, folder / STATE)
    for name in (WEIGHTS, STATE):
        set_usual_rights(folder / name)
        flush(folder / name)
    # Python's JSON: a norm that float16 overflowed is Infinity, and a bad validation
    # loss may be NaN, in a run that goes on all the same.
    write_text(folder / TREE, json.dumps(tree))
    manifest = {}
    for name in (WEIGHTS, STATE, TREE):
        size = (folder / name).stat().st_size
        manifest[name] = {"size": size, "sha256": file_hash(folder / name)}
    write_json(folder / MANIFEST, manifest)
    flush(folder)


def load(path: Path | str) -> tuple[Weights, dict[str, Any]]:
    """Weights and state of the checkpoint at ``path``, after checking every byte.

    Raises:
        CheckpointError: a file is missing, truncated or changed; it is named.
    """
    path = Path(path)
    problem = verify(path)
    if problem:
        raise CheckpointError(problem)
    tensors, weights = _read(path / STATE), _read(path / WEIGHTS)
    try:
        tree = json.loads((path / TREE).read_text(encoding="utf-8"))
        found = unflatten(tree, tensors)
        for name, kept in found["tied"].items():
            weights[name] = weights[kept]
        return weights, found["state"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"{path / TREE} is no checkpoint's state ({error!r}): resume from another"
        ) from None


def _read(path: Path) -> Weights:
    """The tensors of a file, in memory of their own: the file may go meanwhile."""
    try:
        return {name: tensor.clone() for name, tensor in load_file(path).items()}
    except SafetensorError as error:
        raise CheckpointError(
            f"{path} is no whole safetensors file ({error}): resume from another "
            "checkpoint"
        ) from None


def verify(path: Path | str) -> str | None:
    """What is wrong with a checkpoint, naming the file; None if nothing is."""
    path = Path(path)
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        wanted = {name: manifest[name] for name in (WEIGHTS, STATE, TREE)}
    except (FileNotFoundError, NotADirectoryError):
        return f"{path} is no checkpoint: it has no {MANIFEST}"
    except (ValueError, KeyError, TypeError, OSError) as error:
        return f"{path / MANIFEST} is damaged ({error})"
    for name, entry in wanted.items():
        file = path / name
        if not file.is_file():
            return f"{file} is missing"
        size = file.stat().st_size
        if size != entry["size"]:
            return f"{file} is truncated: {size} bytes of {entry['size']}"
        if file_hash(file) != entry["sha256"]:
            return f"{file} is damaged: its SHA-256 is not the recorded one"
    return None


def path_of(run_dir: Path, step: int) -> Path:
    """Where the checkpoint of ``step`` is, or would be."""
    return run_dir / f"step-{step:08d}"


def steps(run_dir: Path | str) -> list[Path]:
    """The checkpoints in ``run_dir``, oldest first, unchecked."""
    run_dir = Path(run_dir)
    if not run_dir.is_dir():
        return []
    return sorted(path for path in run_dir.iterdir() if NAME.fullmatch(path.name))


def set_aside(run_dir: Path | str, step: int) -> list[Path]:
    """Rename the checkpoints after ``step``, from which the run now goes on anew.

    They would be taken for those of the run as it goes on. Nothing is deleted but
    what was set aside for the same step before. Returns the new names.
    """
    moved = []
    for path in steps(run_dir):
        if _step(path) > step:
            aside = path.with_name(f"aside-{path.name}")
            if aside.exists():
                _remove(aside)
            move(path, aside)
            moved.append(aside)
    return moved


def latest(run_dir: Path | str) -> Path | None:
    """The newest checkpoint, checked; None if there is none.

    Raises:
        CheckpointError: the newest is damaged. The newest one that is whole is named,
            for you to decide: to go on from it loses the updates in between.
    """
    paths = steps(run_dir)
    if not paths:
        return None
    problem = verify(paths[-1])
    if problem is None:
        return paths[-1]
    whole = next((path for path in reversed(paths[:-1]) if not verify(path)), None)
    offer = f"; resume from {whole}, which is whole" if whole else "; none is whole"
    raise CheckpointError(f"{problem}{offer}")


def average(paths: Iterable[Path | str]) -> Weights:
    """The mean of the weights of several checkpoints (Vaswani et al. 2017, 6.1)."""
    paths = [Path(path) for path in paths]
    if not paths:
        raise ValueError("paths must name at least one checkpoint")
    mean: Weights = {}
    for count, path in enumerate(paths, 1):
        for name, tensor in load(path)[0].items():
            if name in mean and tensor.is_floating_point():
                mean[name] += (tensor.double() - mean[name]) / count
            elif name not in mean:
                mean[name] = tensor.double() if tensor.is_floating_point() else tensor
    return {
        name: tensor.float() if tensor.dtype == torch.float64 else tensor
        for name, tensor in mean.items()
    }


def untie(weights: Weights) -> tuple[Weights, dict[str, str]]:
    """Each tensor once, by its first name, and {other name: first name}."""
    first: dict[tuple, str] = {}
    kept, tied = {}, {}
    for name, tensor in weights.items():
        tensor = tensor.detach()
        place = (tensor.data_ptr(), tensor.shape, tensor.stride())
        if tensor.numel() and place in first:
            tied[name] = first[place]
        else:
            first[place] = name
            part = tensor.untyped_storage().nbytes() > tensor.nbytes  # of a larger one
            kept[name] = (tensor.clone() if part else tensor).contiguous()
    return kept, tied


def flatten(tree: Any, path: str = "") -> tuple[Any, Weights]:
    """A tree for JSON, in which {"$tensor": name} stands for each tensor."""
    if isinstance(tree, Tensor):
        return {"$tensor": path}, {path: tree.detach().cpu().clone()}
    if isinstance(tree, dict):
        items = {str(key): value for key, value in tree.items()}
    elif isinstance(tree, list | tuple):
        items = {str(index): value for index, value in enumerate(tree)}
    elif tree is None or isinstance(tree, bool | int | float | str):
        return tree, {}
    else:
        raise TypeError(f"state {path!r} ({type(tree).__name__}) cannot be stored")
    plain, tensors = {}, {}
    for key, value in items.items():
        plain[key], found = flatten(value, f"{path}/{key}")
        tensors |= found
    return plain if isinstance(tree, dict) else list(plain.values()), tensors


def unflatten(tree: Any, tensors: Weights) -> Any:
    """The inverse of ``flatten``; dictionary keys come back as strings."""
    if isinstance(tree, list):
        return [unflatten(value, tensors) for value in tree]
    if not isinstance(tree, dict):
        return tree
    if set(tree) == {"$tensor"}:
        return tensors[tree["$tensor"]]
    return {key: unflatten(value, tensors) for key, value in tree.items()}


def _remove(path: Path) -> None:
    """Delete a checkpoint; it loses its name first, so it is never half there."""
    trash = path.with_name(f".removing-{path.name}")
    shutil.rmtree(trash, ignore_errors=True)
    move(path, trash)
    shutil.rmtree(trash, ignore_errors=True)


def _clear(run_dir: Path) -> None:
    """Drop what a crash left half-written or half-removed."""
    for pattern in (".writing-*", ".removing-*"):
        for path in run_dir.glob(pattern):
            shutil.rmtree(path, ignore_errors=True)


def _step(path: Path) -> int:
    return int(NAME.fullmatch(path.name)[1])


def _unwritten(final: Path, error: Exception) -> str:
    full = getattr(error, "errno", None) == 28 or "os error 28" in str(error).lower()
    why = "the disk is full" if full else str(error)
    there = steps(final.parent)
    last = f"the last good one is {there[-1]}" if there else "there is none before it"
    return f"checkpoint {final} could not be written: {why}; {last}"
