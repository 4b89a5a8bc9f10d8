"""A run's folder: what was trained, from what, with what; and the finished model."""

import errno
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from torch import nn

from n2t.data.text.vocabulary import Tokenizer
from n2t.files import file_hash, write_json
from n2t.ledger import differences, places
from n2t.runs.sections import TOKENIZERS, check_part, check_run, classes_of
from n2t.runs.tasks import Job
from n2t.training import checkpoints, history
from n2t.training.checkpoints import CheckpointError
from n2t.training.config import FitConfig
from n2t.training.devices import device_name
from n2t.training.state import set_weights, weights_of

RUN_FILE, MODEL, TOKENIZER = "run.json", "model", "tokenizer.json"
PLACE = ("commit", "versions", "device", "machine", "processor", "threads", "processes")
UNBOUND = ("about", "decode")  # what a preset may change and be the same run
PACKAGES = ("torch", "numpy", "safetensors", "tokenizers", "n2t")


class RunError(RuntimeError):
    """A folder holds no run, or one that is not finished."""


def describe(
    job: Job, *, preset: str, command: str, seed: int, device: torch.device
) -> dict[str, Any]:
    """What is needed to repeat a run."""
    return {
        "task": job.task,
        "preset": preset,
        "command": command,
        "configuration": job.preset,
        "seed": seed,
        "commit": commit(),
        "versions": versions(),
        "data": job.data,
        "device": device_name(device),
        "machine": platform.platform(),
        "processor": processor(),
        "threads": torch.get_num_threads(),
        "parameters": sum(p.numel() for p in job.model.parameters()),
    }


def check_place(run_dir: Path) -> None:
    """Refuse a folder that cannot be made or written, before there is work to lose.

    Raises:
        OSError: a file is in the way, or the folder may not be written.
    """
    places = (run_dir.absolute(), *run_dir.absolute().parents)
    there = next(place for place in places if place.exists())
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "a file, wanted a folder", str(there))
    if not os.access(there, os.W_OK):
        raise PermissionError(errno.EACCES, "may not be written", str(there))


def write(run_dir: Path, facts: dict[str, Any]) -> None:
    """Write a run's description into its folder."""
    write_json(run_dir / RUN_FILE, facts, indent=1)


def go_on(run_dir: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """The description of a run that is begun, or taken up again, with these facts.

    A run that has checkpoints keeps the description of its start; where it goes on
    with other code or on another machine, that is listed under "resumed". How it
    decodes may change, and whatever else leaves what is learned as it is.

    Raises:
        CheckpointError: the facts are those of another run; each differing field is
            named.
    """
    if not (run_dir / RUN_FILE).is_file() or not checkpoints.steps(run_dir):
        return facts
    before = read(run_dir)
    wrong = differences(_learning(before), _learning(facts))
    if wrong:
        raise CheckpointError(
            f"{run_dir} holds another run: {'; '.join(wrong)}. "
            "Use that configuration, or another folder"
        )
    place = {key: facts[key] for key in PLACE if key in facts}
    first = {key: before[key] for key in PLACE if key in before}
    places = [first, *before.get("resumed", [])]
    resumed = places[1:] if place == places[-1] else [*places[1:], place]
    now = before | {"configuration": facts["configuration"]}
    return now | ({"resumed": resumed} if resumed else {})


def _learning(facts: dict[str, Any]) -> dict[str, Any]:
    """What decides which weights come out, as one flat dictionary."""
    preset = facts["configuration"]
    sections = {name: preset[name] for name in preset if name not in UNBOUND}
    fit = check_part(facts["task"], preset, "fit")
    sections["fit"] = FitConfig(**fit).binding()
    flat = {"task": facts["task"], "seed": facts["seed"], "hashes": facts["data"]}
    flat["begun_with"] = facts.get("begun_with", {}).get("sha256")
    for name, fields in sections.items():
        flat |= {f"{name}.{key}": value for key, value in fields.items()}
    return flat


def read(run_dir: Path | str) -> dict[str, Any]:
    """The description of the run in a folder.

    Raises:
        RunError: there is none, or its file is cut, damaged, or says too little.
    """
    path = Path(run_dir) / RUN_FILE
    if not path.is_file():
        raise RunError(f"{run_dir} holds no run: it has no {RUN_FILE}; see n2t train")
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RunError(
            f"{path} is cut or damaged ({error}): copy it from where the run was made; "
            "if it is lost, remove it, and the command that trained the run writes it "
            "anew"
        ) from None
    try:
        check_run(facts)
    except ValueError as error:
        raise RunError(f"{path} describes no run that can be read: {error}") from None
    return facts


def keep_model(
    run_dir: Path, model: nn.Module, tokenizer: Tokenizer, writer: bool = True
) -> Path:
    """Save the finished model and its tokenizer; returns their folder.

    Every process of a run calls this, for a model that is shared out is whole in
    none of them; the one that is the ``writer`` writes.
    """
    folder, weights = run_dir / MODEL, weights_of(model, wanted=writer)
    if not writer:
        return folder
    if any(hasattr(p, "full_tensor") for p in model.parameters()):
        model = type(model)(model.config)
        set_weights(model, weights)
    model.save_pretrained(folder)
    tokenizer.save(folder / TOKENIZER)
    return folder


def load_model(
    run_dir: Path | str, device: torch.device | str = "cpu"
) -> tuple[nn.Module, Tokenizer, dict[str, Any]]:
    """The model, tokenizer and description of a finished run.

    Raises:
        RunError: no run, or not finished.
    """
    facts, folder = read(run_dir), Path(run_dir) / MODEL
    if not (folder / TOKENIZER).is_file():
        raise RunError(f"{run_dir} is not finished: {facts['command']}")
    try:
        model = model_class(facts).from_pretrained(folder, device=device)
        kind = facts["configuration"]["tokenizer"]["kind"]
        return model, TOKENIZERS[kind].load(folder / TOKENIZER), facts
    except (FileNotFoundError, KeyError, ValueError) as error:
        raise RunError(f"the model in {run_dir} cannot be read: {error}") from error


def begin_with(job: Job, run_dir: Path | str) -> dict[str, Any]:
    """Give a job the weights of a finished run, to train them further.

    Returns what the new run's description says of them: the run, their hash, and
    what went into them.

    Raises:
        RunError: no run, not finished, or one whose ids mean something else.
        ValueError: weights of another shape; each is named.
    """
    model, tokenizer, facts = load_model(run_dir)
    if tokenizer.vocabulary != job.tokenizer.vocabulary:
        raise RunError(
            f"{run_dir} has another vocabulary than this preset's data and tokenizer "
            "give: its weights would stand for other tokens"
        )
    set_weights(job.model, weights_of(model))
    last = history.last_point(run_dir)
    return {
        "run": Path(run_dir).as_posix(),
        "sha256": file_hash(Path(run_dir) / MODEL / "model.safetensors"),
        "command": facts["command"],
        "updates": last["step"],
        "tokens": last["tokens"],
        "wall_seconds": last["seconds"],
    }


def model_class(facts: dict[str, Any]) -> type[nn.Module]:
    """The class of the model that a run with this description trained."""
    return classes_of(facts["task"], facts["configuration"]["model"])[0]


def commit() -> str:
    """The commit of the source, with "+" if files have changed since; "" if unknown.

    Only the course's own checkout counts, and no other repository that an installed or
    copied n2t lies in.
    """
    package = places.PACKAGE
    top = package.parents[1]
    try:
        if not os.path.samefile(_git(package, "rev-parse", "--show-toplevel"), top):
            return ""
        _git(package, "ls-files", "--error-unmatch", "--", str(package / "files.py"))
        found = _git(package, "rev-parse", "HEAD")
        changed = _git(package, "status", "--porcelain", "--", str(package))
    except (OSError, subprocess.CalledProcessError):
        return ""
    return found + ("+" if changed else "")


def _git(folder: Path, *words: str) -> str:
    """What git says in a folder, whatever repository its variables speak of."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *words],
        cwd=folder,
        env=kept,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=True,
    )
    return done.stdout.strip()


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that numbers depend on."""
    found = {"python": sys.version.split()[0]}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def processor() -> str:
    """The processor's name, as far as the system tells."""
    path = Path("/proc/cpuinfo")
    if path.is_file():
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
