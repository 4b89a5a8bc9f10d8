"""A run's state in checkpoints: saved, found again, refused if it is another run's.

What the state is made of, ``Run.state_dict`` knows; here it is plain data.
"""

import json
from pathlib import Path
from typing import Any

from torch import nn

from n2t.ledger import differences
from n2t.training import checkpoints
from n2t.training.checkpoints import CheckpointError
from n2t.training.config import FitConfig
from n2t.training.distributed import World

State = dict[str, Any]


def configuration(config: FitConfig, model: nn.Module) -> dict[str, Any]:
    """What must be the same in a run that goes on: how it trains, and what."""
    own = getattr(model, "config", None)
    fields = json.loads(own.to_json()) if hasattr(own, "to_json") else {}
    return config.binding() | {f"model.{key}": fields[key] for key in fields}


def save_state(run_dir: Path, state: State, world: World, *, keep_last: int) -> Path:
    """Write a checkpoint of a run's state; every process waits until it is there.

    The best weights are left out: their update has a checkpoint of its own, which is
    kept.
    """
    rest = {key: state[key] for key in state if key not in ("weights", "best")}
    path = checkpoints.path_of(run_dir, state["step"])
    if world.is_writer:
        path = checkpoints.save(
            run_dir,
            state["step"],
            state["weights"],
            rest,
            keep_last=keep_last,
            keep=[state["history"]["best_step"]],
        )
    world.barrier()
    return path


def find_state(
    run_dir: Path | None,
    resume: bool | Path | str,
    configured: dict[str, Any],
    world: World,
) -> tuple[Path, State] | None:
    """The checkpoint to go on from and the state in it; None for a fresh start.

    Raises:
        CheckpointError: it is damaged, of a run that was ``configured`` otherwise, or
            not the same in all processes.
    """
    path = choose(run_dir, resume)
    weights, state = checkpoints.load(path) if path else ({}, {"step": 0})
    check_agreed(run_dir, state["step"], world)
    if path is None:
        return None
    wrong = differences(state["configuration"], configured)
    if wrong:
        raise CheckpointError(
            f"{path} belongs to another run: {'; '.join(wrong)}. "
            "Use that configuration, or another run_dir"
        )
    return path, state | {"weights": weights, "best": best_weights(path, state)}


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


def check_agreed(run_dir: Path | None, step: int, world: World) -> None:
    """Refuse to go on from different checkpoints in different processes."""
    least, most = -world.most(-step), world.most(step)
    if least != most:
        raise CheckpointError(
            f"processes found checkpoints of step {least} and of step {most}: "
            f"run_dir ({run_dir}) must be one folder that all of them see"
        )


def best_weights(path: Path, state: State) -> checkpoints.Weights | None:
    """The best weights before a checkpoint, from the one beside it that has them."""
    best = state["history"]["best_step"]
    if state["configuration"]["patience"] is None or best is None:
        return None
    return checkpoints.load(checkpoints.path_of(path.parent, best))[0]


def clear_the_way(run_dir: Path | None, step: int, world: World) -> list[Path]:
    """Set aside the checkpoints after ``step``; returns their new names.

    Every process waits until it is done.
    """
    moved = []
    if world.is_writer and run_dir is not None:
        moved = checkpoints.set_aside(run_dir, step)
    world.barrier()
    return moved
