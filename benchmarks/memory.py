"""Memory of a training step, ours beside its peers': the most above the imports.

    python -m benchmarks.memory translation
    python -m benchmarks.memory --record

Each measurement is a process of its own that makes three of `benchmarks.steps`' steps;
the peers take turns, and ratios are paired. `--record` writes `bench/memory`.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
import warnings
from statistics import median

from benchmarks import recording, steps
from benchmarks.recording import Row, ratio

PEER = "Hugging Face Marian"
ROWS = {
    "translation": Row(
        "memory, encoder-decoder step above the imports", "Hugging Face Marian", 0.85,
        "Ours takes {own_mb:.0f} MB, {state_mb:.0f} of them weights, gradients and "
        "the optimizer's state",
    )
}  # fmt: skip


def peak(task: str, name: str, options: argparse.Namespace) -> float:
    """MB that three steps take above the imports, in a process of their own."""
    command = [sys.executable, "-m", "benchmarks.memory", task, "--only", name]
    command += ["--precision", options.precision]
    if options.threads is not None:
        command += ["--threads", str(options.threads)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(result.stdout.split()[-1])


def measure(task: str, name: str, precision: str) -> float:
    """The peak, in MB, of three steps above what was there before the model."""
    import transformers  # noqa: F401  every process pays for the same imports
    import x_transformers  # noqa: F401

    def most() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    before = most()
    step = steps.make_step(task, name, precision=precision)
    for _ in range(3):
        step()
    return most() - before


def recorded(options: argparse.Namespace) -> dict[str, float]:
    """The table's ratio: our translator's peak over Marian's."""
    turns = range(options.rounds)
    pairs = [
        [peak("translation", name, options) for name in ("n2t", PEER)] for _ in turns
    ]
    own, peer = (list(side) for side in zip(*pairs, strict=True))
    model = steps.peers.our_translator(**steps.peers.TRANSLATION)
    weights = sum(w.numel() * w.element_size() for w in model.parameters())
    sizes = {"own_mb": median(own), "peer_mb": median(peer)}
    sizes["state_mb"] = 4 * weights / 2**20  # weights, gradients, two moments
    return ratio("translation", own, peer) | sizes


def main() -> None:
    """Read the command line; print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=steps.TASKS, nargs="?", default="translation")
    parser.add_argument(
        "--precision", choices=("float32", "bfloat16"), default="float32"
    )
    parser.add_argument("--only", help=argparse.SUPPRESS)
    recording.add_options(parser, rounds=3)
    options, start = parser.parse_args(), time.perf_counter()
    warnings.filterwarnings("ignore", category=UserWarning)
    recording.use_threads(options.threads)
    if options.only:
        print(measure(options.task, options.only, options.precision))
    elif options.record:
        metrics = recorded(options)
        recording.write("memory", ROWS, metrics, options, start=start, program=__file__)
    else:
        for name in steps.TASKS[options.task][0]():
            print(f"{name:30} {peak(options.task, name, options):8.0f} MB")


if __name__ == "__main__":
    main()
