"""Seconds and memory of attention against length: plain, in tiles, fused, and cheaper.

    python -m benchmarks.lengths [--rounds 3] [--record]

A step is forward and backward of causal attention, one sequence, 4 heads of 64, in
float32 on one thread. Each measurement is a process of its own: it makes one step as a
warm-up, which gives the peak of memory above what was there before, and then `rounds`
steps, of which the fastest counts. `--record` writes `attention/lengths`.
"""

import argparse
import resource
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

from n2t import ledger
from n2t.attention import scaled_dot_product_attention
from n2t.fast import flash_attention, linear_attention, windowed_attention
from n2t.runs import folders

NAME = "attention/lengths"
LENGTHS = (256, 512, 1024, 2048, 4096, 8192)
H, D, WINDOW = 4, 64, 256


def plain(q, k, v):
    """The products of the formula, with their table of weights."""
    options = {"causal": True, "return_weights": True}
    return scaled_dot_product_attention(q, k, v, **options)[0]


WAYS = {
    "plain": plain,
    "tiled": lambda q, k, v: flash_attention(q, k, v, causal=True),
    "fused": lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
    "window": lambda q, k, v: windowed_attention(q, k, v, WINDOW),
    "linear": lambda q, k, v: linear_attention(q, k, v, causal=True),
}


def most() -> float:
    """MB that this process had at its most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(way: str, T: int, rounds: int) -> tuple[float, float]:
    """Seconds of the fastest step, and MB of the first above what was there."""
    torch.set_num_threads(1)
    small = torch.randn(3, 1, H, 16, D, requires_grad=True)
    WAYS[way](*small.unbind(0)).sum().backward()  # what a first call loads
    inputs = torch.randn(3, 1, H, T, D, requires_grad=True)
    weight, before, seconds = torch.randn(1, H, T, D), most(), []
    for _ in range(1 + rounds):
        inputs.grad, start = None, time.process_time()
        (WAYS[way](*inputs.unbind(0)) * weight).sum().backward()
        seconds.append(time.process_time() - start)
        if len(seconds) == 1:
            memory = most() - before
    return min(seconds[1:]), memory


def alone(way: str, T: int, rounds: int) -> tuple[float, float]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.lengths", "--only", way]
    command += ["--length", str(T), "--rounds", str(rounds)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, memory = map(float, result.stdout.split()[-2:])
    return seconds, memory


def main() -> None:
    """Read the command line; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="write to results/")
    parser.add_argument("--only", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--length", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(*measure(options.only, options.length, options.rounds))
        return
    start, used, metrics = time.perf_counter(), time.process_time(), {}
    for T in LENGTHS:
        for way in WAYS:
            seconds, memory = alone(way, T, options.rounds)
            metrics[f"seconds_{way}_{T}"] = [seconds]
            metrics[f"mb_{way}_{T}"] = [memory]
            print(f"T {T:5} {way:7} {seconds:8.4f} s {memory:8.1f} MB", flush=True)
    if options.record:
        write(options.rounds, metrics, start, used)


def write(rounds: int, metrics, start: float, used: float) -> None:
    """Write what was found into the ledger."""
    sizes = {"heads": H, "width": D, "window": WINDOW, "lengths": LENGTHS}
    ledger.record(
        NAME,
        task="speed",
        command=f"python -m benchmarks.lengths --rounds {rounds} --record",
        configuration={**sizes, "rounds": rounds, "precision": "float32"},
        seeds=[0],
        metrics=metrics,
        device=f"cpu: {folders.processor()}, 1 thread",
        wall_seconds=time.perf_counter() - start,
        processor_seconds=time.process_time() - used,
        versions=folders.versions(),
        sources=ledger.sources_of(__file__),
        note="Timings of one machine; the fastest of the rounds.",
    )


if __name__ == "__main__":
    main()
