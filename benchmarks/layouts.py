"""Where a weight's numbers lie, and how long a product with few rows then takes.

    python -m benchmarks.layouts [--threads 1]

Microseconds a product, for matrices of a GPT's and SmolLM2's layers, as `nn.Linear`
has them, (out, in); turned, (in, out); in oneDNN's blocks for 1 and for 16 rows; and in
bytes. So many matrices take turns that none stays in the processor's caches. It says
what `n2t.models.prepared.products` chooses from, and is not recorded.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks import products, recording
from n2t.models.prepared import products as layouts

SHAPES = {  # (out, in): rows
    (1152, 384): (1, 16, 64),
    (384, 384): (1, 16),
    (1536, 384): (1, 16),
    (384, 1536): (1, 16),
    (960, 576): (1, 8),
    (3072, 576): (1, 8),
    (576, 1536): (1, 8),
}
BYTES = 64e6  # of matrices that take turns, twice a common cache


def blocks(rows: int) -> Callable[[Tensor], Callable[[Tensor], Tensor]]:
    """oneDNN's layout for so many rows."""

    def lay_out(weight: Tensor) -> Callable[[Tensor], Tensor]:
        packed = torch.ops.mkldnn._reorder_linear_weight(weight, rows)
        multiply = torch.ops.mkldnn._linear_pointwise.default
        return lambda x: multiply(x, packed, None, "none", [], "")

    return lay_out


def ways() -> dict[str, Callable[[Tensor], Callable[[Tensor], Tensor]]]:
    """name: what makes a product from a weight."""
    found = {
        "(out, in)": lambda w: lambda x: F.linear(x, w),
        "(in, out)": lambda w: partial(F.linear, weight=w.t().contiguous().t()),
    }
    if layouts.has_blocks():
        found |= {"blocks of 1": blocks(1), "blocks of 16": blocks(16)}
    if layouts.has_bytes():
        found["bytes"] = lambda w: layouts.in_bytes(w, None)
    return found


def seconds(made: list[Callable[[Tensor], Tensor]], x: Tensor, rounds: int) -> float:
    """A product's median time; all of `made` run in every round."""
    found = []
    for turn in range(rounds + 1):
        begin = time.perf_counter()
        for product in made:
            product(x)
        if turn:
            found.append((time.perf_counter() - begin) / len(made))
    return median(found)


@torch.no_grad()
def main() -> None:
    """Print a line a shape and number of rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    recording.add_options(parser)
    options = parser.parse_args()
    recording.use_threads(options.threads)
    products.rates(options.clock)
    for (out, width), several in SHAPES.items():
        weights = torch.randn(int(BYTES / 4 / out / width) + 1, out, width)
        for rows in several:
            x = torch.randn(rows, width)
            line = []
            for name, way in ways().items():
                made = [way(weight) for weight in weights]
                line.append(f"{name} {seconds(made, x, options.rounds) * 1e6:.0f}")
            print(f"{out} × {width}, {rows} rows: {', '.join(line)} µs", flush=True)


if __name__ == "__main__":
    main()
