"""A job trained in its folder, and the finished model kept there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from n2t.runs import folders, lineage
from n2t.runs.tasks import Job
from n2t.runs.terminal import typed
from n2t.training import checkpoints, loop
from n2t.training.checkpoints import CheckpointError
from n2t.training.claims import claimed
from n2t.training.distributed import join


def check_places(
    run: Path, resume_from: Path | None = None, begin_with: Path | None = None
) -> None:
    """Refuse folders that are not what they are taken for, before data is read.

    Args:
        run: where a run is to be trained.
        resume_from: the checkpoint that it is to go on from.
        begin_with: the finished run whose weights it is to begin with.

    Raises:
        OSError: ``run`` cannot be made or written.
        CheckpointError, RunError: the others are no checkpoint and no run.
    """
    folders.check_place(run)
    if begin_with is not None:
        folders.read(begin_with)
    if resume_from is not None and (problem := checkpoints.verify(resume_from)):
        raise CheckpointError(problem)


def train(
    job: Job,
    run: Path,
    place: torch.device,
    about: dict[str, Any],
    more: dict[str, Any],
    resume: bool | Path,
    say: Callable[[str], Any],
) -> None:
    """Train a job in its folder, and keep the model that comes out.

    Args:
        run: the folder.
        place: the device; under ``torchrun`` each process takes its own of the kind.
        about: what ``folders.describe`` wants to know besides.
        more: further facts for the run's description.
        resume: as ``n2t.training.fit`` takes it.
        say: takes each line for the user, in one process of all.
    """
    world = join(place)
    with claimed(run, world):
        _train(world, job, run, about, more, resume, say)


def _train(world, job, run, about, more, resume, say) -> None:
    """Train a job in a folder that is its own."""
    job.model.to(world.device)
    if world.is_writer:
        facts = folders.describe(job, device=world.device, **about)
        facts |= {"processes": world.size, "sources": lineage.source_hashes(facts)}
        folders.write(run, folders.go_on(run, facts | more))
        say(f"{facts['parameters']:,} parameters on {facts['device']}; {run}")
    curves = loop.fit(
        job.model,
        job.train,
        job.loss,
        config=job.config,
        validation=job.validation,
        run_dir=run,
        resume=resume,
    )
    folders.keep_model(run, job.model, job.tokenizer, world.is_writer)
    if world.is_writer:
        ended = {"weights": curves.weights, "precision": curves.precision}
        folders.write(run, folders.read(run) | ended)
        loss, model = curves.final_loss, run / folders.MODEL
        say(f"validation loss {loss:.4f} with {curves.weights}; model in {model}")
        say(f"next: {typed('n2t', 'evaluate', run, '--split', 'validation')}")
