"""A run's whole state: started, saved, and taken up again bit for bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from n2t.ledger import differences
from n2t.training import checkpoints, devices, precision, randomness
from n2t.training.checkpoints import CheckpointError
from n2t.training.history import History
from n2t.training.state import (
    load_optimizer_state,
    load_weights,
    optimizer_state,
    weights_of,
)

if TYPE_CHECKING:
    from n2t.training.loop import Run

GENERATORS = ("torch", "cuda", "mps")  # these differ between processes (dropout)


def start_run(run: Run) -> None:
    """Seed the generators: each process draws its own dropout. Say what is used."""
    torch.manual_seed(run.config.seed + run.world.rank)
    run.report.say(
        f"{run.precision}; {run.world.size} process(es), together {run.per_update} "
        f"batch(es) an update; fused attention may use "
        f"{', '.join(devices.attention_backends())}"
    )


def configuration(run: Run) -> dict[str, Any]:
    """What must be the same in a run that goes on: how it trains, and what."""
    model = getattr(run.model, "config", None)
    fields = json.loads(model.to_json()) if hasattr(model, "to_json") else {}
    return run.config.binding() | {f"model.{key}": fields[key] for key in fields}


def save_run(run: Run) -> Path | None:
    """Save everything that the next update depends on; None without a ``run_dir``."""
    if run.run_dir is None:
        return None
    run.look()  # a sick run is not saved
    run.count_seconds()
    weights, state = weights_of(run.model), state_of(run)
    path = run.run_dir / f"step-{run.step:08d}"
    if run.world.is_writer:
        path = checkpoints.save(
            run.run_dir,
            run.step,
            weights,
            state,
            keep_last=run.config.keep_last,
            keep=[run.history.best_step],
        )
    run.world.barrier()
    return path


def state_of(run: Run) -> dict[str, Any]:
    """The run's state but for the weights, as a tree that a checkpoint can hold."""
    draws = randomness.get_state()
    for name in GENERATORS:
        if name in draws:
            draws[name] = run.world.gather(draws[name])
    scaler = run.precision.scaler
    return {
        "step": run.step,
        "configuration": configuration(run),
        "precision": run.precision.name,
        "scaler": scaler.state_dict() if scaler else None,
        "optimizers": optimizer_state(run.model, run.optimizers),
        "stream": run.stream.state_dict(),
        "draws": draws,
        "average": run.average.state_dict(),
        "history": run.history.to_dict(),
        "since_log": run.since_log,
        "latest": run.latest and [run.latest[0], float(run.latest[1])],
        "first_loss": run.first_loss,
    }


def load_run(run: Run, resume: bool | Path | str) -> None:
    """Take the run up from a checkpoint, if there is one to take it up from."""
    path = choose(run.run_dir, resume)
    weights, state = checkpoints.load(path) if path else ({}, {"step": 0})
    check_agreed(run, state["step"])
    if path is None:
        run.report.rewind(0)
        return
    wrong = differences(state["configuration"], configuration(run))
    if wrong:
        raise CheckpointError(
            f"{path} belongs to another run: {'; '.join(wrong)}. "
            "Use that configuration, or another run_dir"
        )
    load_weights(run.model, weights)
    load_optimizer_state(run.model, run.optimizers, state["optimizers"])
    restore(run, state, path.parent)
    if run.world.is_writer and run.run_dir is not None:
        for aside in checkpoints.set_aside(run.run_dir, run.step):
            run.report.say(f"a later checkpoint was moved aside, to {aside}")
    run.world.barrier()
    run.report.rewind(run.step)
    run.report.before = (run.history.tokens, run.history.seconds)
    run.report.say(f"going on from {path}")


def choose(run_dir: Path | None, resume: bool | Path | str) -> Path | None:
    """The checkpoint to go on from; None for a fresh start."""
    if not isinstance(resume, bool):
        return Path(resume)
    if run_dir is None:
        return None
    if not resume and checkpoints.steps(run_dir):
        raise CheckpointError(
            f"run_dir ({run_dir}) has checkpoints: resume them, or name another"
        )
    return checkpoints.latest(run_dir)


def check_agreed(run: Run, step: int) -> None:
    """Refuse to go on from different checkpoints in different processes."""
    least, most = -run.world.most(-step), run.world.most(step)
    if least != most:
        raise CheckpointError(
            f"processes found checkpoints of step {least} and of step {most}: "
            f"run_dir ({run.run_dir}) must be one folder that all of them see"
        )


def restore(run: Run, state: dict[str, Any], folder: Path) -> None:
    """Give the run back all but its weights and optimizers.

    The best weights so far are in a checkpoint of their own, in the same folder.
    """
    run.step, run.first_loss = state["step"], state["first_loss"]
    run.since_log = state["since_log"]
    if latest := state.get("latest"):
        run.latest = latest[0], torch.tensor(latest[1])
    run.history = History(**state["history"])
    run.average.load_state_dict(state["average"], run.model)
    if run.config.precision == "auto":  # a timing must not change a run half-way
        run.precision = precision.choose(state["precision"], run.world.device)
        run.precision.reason = "as before"
    if run.precision.scaler and state["scaler"]:
        run.precision.scaler.load_state_dict(state["scaler"])
    best = run.history.best_step
    if run.config.patience is not None and best is not None:
        run.best = checkpoints.load(folder / f"step-{best:08d}")[0]
    run.stream.load_state_dict(state["stream"])
    restore_draws(run, state["draws"])


def restore_draws(run: Run, draws: dict[str, Any]) -> None:
    """Set the generators back; a process that was not there before keeps its own."""
    rank = run.world.rank
    if rank >= len(draws["torch"]):
        return
    for name in GENERATORS:
        if name in draws:
            draws[name] = draws[name][rank]
    randomness.set_state(draws)
