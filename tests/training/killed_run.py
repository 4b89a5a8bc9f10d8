"""Kills a run again and again, resumes it each time, and compares how it ends.

Started by ``test_never_loses_work.py`` in a process of its own, so that a killed child
is a cheap fork of a process that has imported torch already.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch
from training.toy import Shuffled, toy_batches, toy_fit, toy_model

from n2t import files
from n2t.training import CheckpointError, checkpoints
from n2t.training.safety import Interrupted

CONFIG = dict(max_steps=30, validate_every=4, checkpoint_every=1, log_every=3)
CONFIG |= dict(average_last=4, average_every=2, gradient_accumulation=2)


def train(run_dir):
    """One run from wherever it is to its end; its curves and weights as text."""
    model = toy_model()
    curves = toy_fit(
        model,
        CONFIG,
        train=Shuffled(toy_batches()),
        validation=toy_batches(2, seed=2),
        run_dir=run_dir,
    )
    weights = {name: value.tolist() for name, value in model.state_dict().items()}
    timeless = curves.to_dict() | {"seconds": 0, "processor_seconds": 0}
    return json.dumps([timeless, weights])


def in_child(work):
    """Fork, do the work there, and give the child's id."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    except CheckpointError as error:
        print(error, file=sys.stderr)
        os._exit(7)
    except Interrupted as stop:
        os._exit(stop.code)
    except BaseException as error:  # a child must never return into the parent's code
        print(repr(error), file=sys.stderr)
        os._exit(9)


def die_at(call):
    """Make the process kill itself at its ``call``-th step of writing."""
    calls = []

    def deadly(real):
        def wrapped(*args, **options):
            calls.append(1)
            if len(calls) == call:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **options)

        return wrapped

    for name in ("save_file", "write_text", "write_json", "flush", "_remove", "_clear"):
        setattr(checkpoints, name, deadly(getattr(checkpoints, name)))
    files.flush = deadly(files.flush)
    os.rename, os.replace = deadly(os.rename), deadly(os.replace)


def killed_in_writing(run_dir, rng):
    """A child that dies in the midst of writing; its exit status."""

    def work():
        die_at(rng.randrange(1, 40))
        train(run_dir)

    return os.waitpid(in_child(work), 0)[1]


def killed_at_random(run_dir, rng):
    """A child that is killed from outside, a random time after it has come further.

    Its exit status; a child that ends before that is not killed.
    """
    before, child = checkpoints.steps(run_dir)[-1:], in_child(lambda: train(run_dir))
    while checkpoints.steps(run_dir)[-1:] == before:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.001)
    time.sleep(rng.uniform(0.0, 0.1))
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def main(folder, seed):
    """Kill 20 runs, in turn by both ways; a finished one is begun afresh."""
    rng, kills, finished = random.Random(seed), 0, []
    expected = train(Path(folder) / "whole")
    run_dir = Path(folder) / "run-0"
    while kills < 20:
        kill = killed_in_writing if kills % 2 else killed_at_random
        status = kill(run_dir, rng)
        if os.WIFSIGNALED(status):
            kills += 1
        elif os.WEXITSTATUS(status) == 0:
            finished.append(run_dir)
            run_dir = Path(folder) / f"run-{len(finished)}"
        else:
            raise SystemExit(f"a resumed run failed: {status}")
    for path in [*finished, run_dir]:
        if train(path) != expected:
            raise SystemExit(f"{path} ended differently")
    print(f"{kills} kills, {len(finished) + 1} runs ended as the whole one")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.argv[1], int(sys.argv[2]))
