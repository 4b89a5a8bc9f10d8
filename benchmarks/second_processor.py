"""Steps and decoding on a processor that does not multiply bfloat16, recorded.

    python -m benchmarks.second_processor --record --threads 2

`benchmarks.all` measures where bfloat16 has instructions; whether a gain is the
library's or that processor's, only another kind can say. The rows are those of
`benchmarks.steps` and `benchmarks.decoding` in float32. They go into records of their
own, `bench/avx2/steps` and `bench/avx2/decoding`, beside the first processor's. On two
idle cores it takes about a quarter of an hour.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import torch

from benchmarks import decoding, products, profiles, recording, steps
from benchmarks.compare import interleaved
from benchmarks.recording import Row, ratio
from n2t.training import precision

STEPS = {name: row for name, row in steps.ROWS.items() if name.endswith("float32")}
DECODING = [name for name in decoding.ROWS if name not in decoding.talking.ROWS]
OPERATIONS = {
    "products": ("mkldnn::_linear_pointwise", "aten::linear"),
    "attention": ("aten::scaled_dot_product_attention",),
}
"""What a profiler calls them; none of these runs inside another."""
SAID = (
    "by the profiler, of our own time products have {products:.0%}, attention "
    "{attention:.0%}, and all else (norms, activations, caches, the choice of an id) "
    "{rest:.0%}"
)
BESIDE = {row: SAID.replace("{", f"{{{row}_share_") for row in DECODING}
"""Of a row of decoding: what is said below the table, met or missed."""
PROGRAM = "python -m benchmarks.second_processor --record"


def recorded_steps(options: argparse.Namespace) -> dict[str, float]:
    """Our steps over the peers' and the products' alone, their profiles, the rates."""
    found = {}
    for task, (_, _, reference) in steps.TASKS.items():
        runs = {
            "own": steps.make_step(task, "n2t"),
            "peer": steps.make_step(task, reference),
            "products": steps.matrix_products(task),
        }
        times = interleaved(runs, options.rounds, options.clock)
        row = f"{task}_float32"
        found |= ratio(row, times["own"], times["peer"])
        found |= ratio(f"{row}_products", times["products"], times["peer"])
        parts = profiles.shares(runs["own"], steps.OPERATIONS, rounds=3)
        found |= {f"{row}_share_{kind}": share for kind, share in parts.items()}
    return found | products.rates(options.clock)


@torch.inference_mode()
def recorded_decoding(options: argparse.Namespace) -> dict[str, float]:
    """As `benchmarks.decoding` measures it, and where the time of its runs goes."""
    found = decoding.recorded(options)
    for row in DECODING:
        task, batch = row.split("_")
        translating = task == "translation"
        make = decoding.translation_runs if translating else decoding.language_runs
        parts = profiles.shares(make(int(batch))["n2t"], OPERATIONS, rounds=2)
        found |= {f"{row}_share_{kind}": share for kind, share in parts.items()}
    return found


KINDS: dict[str, tuple[dict[str, Row], Callable, dict[str, str]]] = {
    "steps": (STEPS, recorded_steps, {name: steps.BESIDE[name] for name in STEPS}),
    "decoding": (decoding.ROWS, recorded_decoding, BESIDE | decoding.talking.BESIDE),
}
"""name: (rows, what measures them, what is said beside a row)."""


def check(record: bool) -> None:
    """Refuse to record what a processor with bfloat16 products measures.

    Raises RuntimeError there.
    """
    if record and precision.choose("auto", "cpu").name == "bfloat16":
        raise RuntimeError(
            f"{recording.described()} multiplies bfloat16: "
            "`n2t bench all --record` measures it"
        )


def _write(
    what: str, metrics: dict[str, float], options: argparse.Namespace, start: float
) -> None:
    """Put one of `KINDS` into the ledger, as ``bench/avx2/<what>``."""
    rows, _, beside = KINDS[what]
    recording.write(
        f"avx2/{what}",
        rows,
        metrics,
        options,
        start=start,
        program=__file__,
        command=PROGRAM,
        beside=beside,
    )


def main() -> None:
    """Read the command line; measure, print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    recording.add_options(parser, rounds=10)
    parser.add_argument("--only", choices=KINDS, nargs="+", default=list(KINDS))
    options = parser.parse_args()
    check(options.record)
    warnings.filterwarnings("ignore", category=UserWarning)
    recording.use_threads(options.threads)
    for what in options.only:
        start = time.perf_counter()
        torch.manual_seed(0)
        metrics = KINDS[what][1](options)
        if options.record:
            _write(what, metrics, options, start)


if __name__ == "__main__":
    main()
