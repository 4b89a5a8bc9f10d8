"""Five classes of film reviews, from very negative to very positive (SST-5).

    N2T_DATA=... python -m benchmarks.sentiment_five [--seeds 2] [--record]

The arms of `benchmarks.sentiment`, but for two ways of pooling: VADER's score goes
through a logistic regression of its own, which finds where one class ends and the next
begins. Choices are validation's, test is scored once. Beside accuracy stands by how
many classes a judge is off. The record keeps the class that each judge gives to each
test sentence. About half an hour of one core.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from benchmarks import encoders, sentiment
from benchmarks.sentiment import PARTS, Encoders, Task
from n2t import ledger
from n2t.data.sets.sst import SST_CLASSES, sst
from n2t.data.sources.public import find_model
from n2t.data.sources.registry import REGISTRY

NAME = "sentiment/sst_five"


def read() -> Task:
    """SST-5's sentences and classes."""
    parts = dict(zip(PARTS, sst("fine"), strict=True))
    texts = {part: [text for text, _ in rows] for part, rows in parts.items()}
    labels = {part: [label for _, label in rows] for part, rows in parts.items()}
    return Task(texts, labels)


def compound(texts: Sequence[str]) -> np.ndarray:
    """VADER's score of each text, (N, 1), from -1 to 1."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    rate = SentimentIntensityAnalyzer().polarity_scores
    return np.array([[rate(text)["compound"]] for text in texts])


def largest(labels: Sequence[int]) -> sentiment.Judge:
    """A judge that gives every text the class that most of `labels` are."""
    counts = np.bincount(labels)
    return lambda texts: np.tile(counts, (len(texts), 1))


def compare(task: Task, seeds: int) -> dict[str, Any]:
    """Every arm; the encoders' settings."""
    task.keep("largest class", [largest(task.labels["train"])], None)
    sentiment.linear(task, "lexicon", sentiment.remembered(compound))
    for arm, rows_of in sentiment.ways(task).items():
        sentiment.linear(task, arm, rows_of)
    small = Encoders(task, seeds)
    small.arm("nothing", None)
    encoder, losses = small.pretrain()
    print("masked", *(f"{x:.3f}" for x in losses["validation"]), flush=True)
    small.arm("pretrained, mean", encoder)
    return {"small": small, "encoder": encoder}


def off_by(scores: np.ndarray, labels: Sequence[int]) -> float:
    """Mean distance, in classes, from the right class to the chosen one."""
    return float(np.abs(encoders.chosen(scores) - np.asarray(labels)).mean())


def metrics_of(task: Task, seeds: int) -> dict[str, list[float]]:
    """Accuracy and distance of each arm on test, one a seed."""
    found: dict[str, list[float]] = {}
    for arm, each in task.scores.items():
        tests = [one["test"] for one in each] * (seeds if len(each) == 1 else 1)
        labels = task.labels["test"]
        found[arm] = [encoders.accuracy(test, labels) for test in tests]
        found[f"{arm}, off by"] = [off_by(test, labels) for test in tests]
    return found


def write(task: Task, seeds: int, more: dict[str, Any], seconds: float) -> None:
    """The record."""
    ledger.record(
        NAME,
        task="five classes of sentiment",
        command=f"python -m benchmarks.sentiment_five --seeds {seeds} --record",
        configuration={
            "arms": list(task.scores),
            "chosen": task.chosen,
            "classes": SST_CLASSES["fine"],
            "sizes": encoders.SIZES,
            "vocab_size": more["small"].V,
            "masked": sentiment.MASKED,
            "rates": sentiment.RATES,
            "penalties": sentiment.PENALTIES,
            "sentences": {part: len(task.texts[part]) for part in PARTS},
            "parameters": more["encoder"].n_parameters(),
        },
        seeds=range(seeds),
        metrics=metrics_of(task, seeds),
        data={f"sst/{file.name}": file.sha256 for file in REGISTRY["sst"].files},
        versions={"torch": torch.__version__},
        sources=ledger.sources_of(__file__),
        wall_seconds=seconds,
        test={"labels": "".join(map(str, task.labels["test"]))},
        judged={
            arm: ["".join(map(str, encoders.chosen(one["test"]))) for one in each]
            for arm, each in task.scores.items()
        },
        minilm=find_model("minilm").name,
    )


def main(arguments: list[str] | None = None) -> Task:
    """Run all arms; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    start, task = time.perf_counter(), read()
    more = compare(task, options.seeds)
    if options.record:
        write(task, options.seeds, more, time.perf_counter() - start)
    return task


if __name__ == "__main__":
    main()
