"""SmolLM2 with its weights in float32, in int8 and in the file's own bits.

    python -m benchmarks.packed [--record]

Each way runs in a process of its own, on one thread: how much memory the weights and
the process take, how long a token takes (processor time, the median of some), and how
far the logits are from float32's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

import psutil
import torch

from n2t import ledger
from n2t.data.text import load_tokenizer
from n2t.decoding import stream
from n2t.models import load_smollm2
from n2t.models.llama import WEIGHTS
from n2t.runs.folders import processor

TEXT = "The sun was low over the harbor when the last boat came in, and the men who"
SETTINGS = {"text": TEXT, "tokens": 24, "threads": 1}
MB = 1e6


def measure(weights: str) -> dict[str, float | list[float]]:
    """One way to keep weights, in this process."""
    torch.set_num_threads(SETTINGS["threads"])
    ids = torch.tensor([load_tokenizer("smollm2").encode(TEXT)])
    before = psutil.Process().memory_info().rss
    start = time.process_time()
    model = load_smollm2(weights=weights)
    loading = time.process_time() - start
    held = {id(t): t.nbytes for t in (*model.parameters(), *model.buffers())}
    with torch.no_grad():
        logits = model(ids)[0, -1]
    seconds, start = [], time.process_time()
    tokens = stream(model, ids, max_new_tokens=SETTINGS["tokens"], stop_ids=())
    for _ in tokens:
        seconds.append(time.process_time() - start)
        start = time.process_time()
    after = psutil.Process().memory_info().rss
    return {
        "weights_mb": sum(held.values()) / MB,
        "process_mb": (after - before) / MB,
        "load_s": loading,
        "token_s": statistics.median(seconds[1:]),
        "logits": logits.tolist(),
    }


def apart(weights: str) -> dict[str, float | list[float]]:
    """``measure`` in a new process, which nothing ran in before."""
    command = [sys.executable, "-m", "benchmarks.packed", "--only", weights]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(arguments: list[str] | None = None) -> None:
    """Measure every way, print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=WEIGHTS, help="in this process, as JSON")
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    if options.only:
        print(json.dumps(measure(options.only)))
        return
    start = time.perf_counter()
    found = {weights: apart(weights) for weights in WEIGHTS}
    plain = torch.tensor(found["float32"]["logits"])
    metrics = {}
    for weights, values in found.items():
        away = torch.tensor(values.pop("logits")) - plain
        values["logits_away"] = float(away.abs().max())
        values["token_ratio"] = values["token_s"] / found["float32"]["token_s"]
        metrics |= {f"{weights}_{name}": [value] for name, value in values.items()}
    for name, (value,) in metrics.items():
        print(f"{name:24} {value:10.4f}")
    if options.record:
        write(metrics, time.perf_counter() - start)


def write(metrics: dict[str, list[float]], wall_seconds: float) -> None:
    """Put the measurements into the ledger, as ``real/packed``."""
    ledger.record(
        "real/packed",
        task="real",
        command="python -m benchmarks.packed --record",
        configuration=SETTINGS,
        seeds=[0],
        metrics=metrics,
        device=f"cpu: {processor()}, {SETTINGS['threads']} threads",
        versions={"torch": torch.__version__},
        sources=ledger.sources_of(__file__),
        wall_seconds=wall_seconds,
    )


if __name__ == "__main__":
    main()
