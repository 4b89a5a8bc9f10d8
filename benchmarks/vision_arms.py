"""What each part of a picture's reader is worth, part by part, and MNIST at full size.

    python -m benchmarks.vision_arms digits [--record]
    N2T_DATA=... python -m benchmarks.vision_arms mnist_t10k [--record]

Digits of 8 x 8: a Vision Transformer with one thing changed at a time: with few
pictures, read out as the mean in place of the class vector, or fixed places of two
directions in place of learned ones; with all of them, pictures moved by a pixel at
random, or twice the updates (`benchmarks.vision` has both together).

MNIST's 10,000 of 28 x 28, divided anew, 2,000 of them the test: a Vision Transformer
with patches of 7 x 7, a convolution with about as many weights, and the neighbors.
Every arm has its own best learning rate at each size, that with the lowest validation
loss of the first seed (neighbors: the best k); the test is asked once, of what was
chosen. A seed draws the pictures and the weights. `--record` writes
`digits/vision_parts` or `mnist_t10k/vision`, which chapter 23 draws: the shares of the
test that are misread, and differences with intervals, paired picture by picture.
`--keep FILE` remembers what is done, so that a run that was broken off goes on; its
seconds are then unknown.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn

from n2t import ledger
from n2t.data.sets.digits import digits
from n2t.data.sets.mnist import mnist_t10k
from n2t.data.sources.registry import REGISTRY
from n2t.files import write_json
from n2t.metrics import paired_bootstrap
from n2t.models import VisionTransformer, VisionTransformerConfig

RATES = (3e-4, 1e-3, 3e-3, 1e-2)
NEIGHBORS = (1, 3, 5, 9)
BATCH, WARMUP, DECAY = 64, 20, 0.05
SMALL = {"d_model": 32, "n_head": 4, "n_layer": 2, "d_ff": 64, "dropout": 0.0}
LARGE = {"d_model": 48, "n_head": 4, "n_layer": 2, "d_ff": 96, "dropout": 0.0}
WIDTHS = (24, 128)
Pair = tuple[Tensor, Tensor]


def transformer(side: int, patch: int, sizes: dict, **parts: str) -> nn.Module:
    """A Vision Transformer for pictures of that side."""
    sizes = {**sizes, **parts}
    return VisionTransformer(VisionTransformerConfig(side, patch, n_class=10, **sizes))


def convolution() -> nn.Module:
    """Windows of 5 x 5 in steps of two, then of 3 x 3; each the largest of 2 x 2."""
    return nn.Sequential(
        nn.Conv2d(1, WIDTHS[0], 5, stride=2, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(WIDTHS[0], WIDTHS[1], 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(9 * WIDTHS[1], 10),
    )


small = partial(transformer, 8, 2, SMALL)
large = partial(transformer, 28, 7, LARGE)


@dataclass(frozen=True)
class Arm:
    """A reader; how far its training pictures move, in pixels; how long it learns."""

    make: Callable[[], nn.Module]
    updates: int
    far: int = 0
    sizes: tuple[int, ...] = ()  # where it is measured; everywhere if none are given


@dataclass(frozen=True)
class Task:
    """Pictures, the readers that are compared on them, and with which others."""

    name: str
    splits: Callable[[], tuple]
    sizes: tuple[int, ...]
    seeds: int
    arms: dict[str, Arm]
    pairs: tuple[tuple[str, str], ...]
    neighbors: bool = False


WHOLE = Arm(small, 400)
FEW, MANY = (50, 200), (1018,)
DIGITS = Task(
    "digits/vision_parts",
    partial(digits, validation=180, test=599),
    (50, 200, 1018),
    3,
    {
        "whole": WHOLE,
        "moved": replace(WHOLE, far=1, sizes=MANY),
        "long": replace(WHOLE, updates=800, sizes=MANY),
        "mean": Arm(partial(small, pooling="mean"), 400, sizes=FEW),
        "sinusoidal": Arm(partial(small, position="sinusoidal"), 400, sizes=FEW),
    },
    (
        ("whole", "mean"),
        ("whole", "sinusoidal"),
        ("whole", "moved"),
        ("whole", "long"),
    ),
)
MNIST = Task(
    "mnist_t10k/vision",
    partial(mnist_t10k, validation=1000, test=2000),
    (100, 1000, 7000),
    2,
    {
        "transformer": Arm(large, 600),
        "convolution": Arm(convolution, 600),
    },
    (
        ("transformer", "convolution"),
        ("transformer", "neighbors"),
    ),
    neighbors=True,
)
TASKS = {"digits": DIGITS, "mnist_t10k": MNIST}


def moved(x: Tensor, generator: torch.Generator, far: int) -> Tensor:
    """Every picture moved by up to `far` pixels in each direction; the edge is paper.

    >>> x = torch.eye(4)[None, None]
    >>> sorted({moved(x, torch.Generator().manual_seed(i), 1).sum().item()
    ...         for i in range(40)})              # what leaves the picture is lost
    [2.0, 3.0, 4.0]
    """
    side = x.shape[-1]
    padded = F.pad(x, (far, far, far, far))
    places = torch.randint(2 * far + 1, (len(x), 2), generator=generator)
    rows = places[:, :1] + torch.arange(side)  # (B, side)
    columns = places[:, 1:] + torch.arange(side)
    batch = torch.arange(len(x))[:, None, None]
    return padded[batch, 0, rows[:, :, None], columns[:, None, :]][:, None]


def train(arm: Arm, seed: int, rate: float, x: Tensor, t: Tensor) -> nn.Module:
    """A network after all updates: AdamW, a warm-up, half a cosine down to 0."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = arm.make()
    adam = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=DECAY)
    for step in range(1, arm.updates + 1):
        rows = torch.randint(len(x), (BATCH,), generator=generator)
        inputs = moved(x[rows], generator, arm.far) if arm.far else x[rows]
        share = 0.5 + 0.5 * np.cos(np.pi * step / arm.updates)
        adam.param_groups[0]["lr"] = rate * min(step / WARMUP, share)
        adam.zero_grad()
        F.cross_entropy(model(inputs), t[rows]).backward()
        adam.step()
    return model.eval()


def drawn(training: Pair, size: int, seed: int) -> Pair:
    """As many training pictures, drawn by a seed."""
    generator = torch.Generator().manual_seed(100 + seed)
    rows = torch.randperm(len(training[0]), generator=generator)[:size]
    return training[0][rows], training[1][rows]


@torch.no_grad()
def compare(arm: Arm, size: int, seeds: int, data: list[Pair]) -> dict:
    """The best rate of an arm; for each seed, which test pictures are misread."""
    training, (u, v), (x, t) = data

    def fit(rate: float, seed: int) -> nn.Module:
        with torch.enable_grad():
            return train(arm, seed, rate, *drawn(training, size, seed))

    models = {rate: fit(rate, 0) for rate in RATES}
    losses = {r: F.cross_entropy(model(u), v).item() for r, model in models.items()}
    best = min(RATES, key=losses.__getitem__)
    chosen = [models[best], *(fit(best, seed) for seed in range(1, seeds))]
    wrong = [(model(x).argmax(-1) != t).int().tolist() for model in chosen]
    return {"chosen": best, "wrong": wrong}


def neighbors(size: int, seeds: int, data: list[Pair]) -> dict:
    """The best k; for each seed, which test pictures are misread."""
    training, (u, v), (x, t) = data

    def misread(k: int, seed: int, x: Tensor, t: Tensor) -> np.ndarray:
        some, labels = drawn(training, size, seed)
        reader = KNeighborsClassifier(k).fit(some.flatten(1).numpy(), labels.numpy())
        return reader.predict(x.flatten(1).numpy()) != t.numpy()

    best = min(NEIGHBORS, key=lambda k: misread(k, 0, u, v).mean())
    wrong = [misread(best, seed, x, t).astype(int).tolist() for seed in range(seeds)]
    return {"chosen": best, "wrong": wrong}


def measure(task: Task, keep: Path | None) -> dict[str, dict]:
    """Every arm at every size; those that `keep` remembers are not run again."""
    splits = task.splits()
    data = [(torch.tensor(x)[:, None].float(), torch.tensor(t)) for x, t in splits]
    found = json.loads(keep.read_text()) if keep and keep.is_file() else {}
    for size in task.sizes:
        runs = {
            name: partial(compare, arm)
            for name, arm in task.arms.items()
            if size in (arm.sizes or task.sizes)
        }
        if task.neighbors:
            runs["neighbors"] = neighbors
        for name, run in runs.items():
            key = f"{name}_{size}"
            if key not in found:
                found[key] = run(size, task.seeds, data)
                if keep:
                    write_json(keep, found)
            shares = " ".join(f"{100 * np.mean(w):.2f}" for w in found[key]["wrong"])
            print(f"{key}: {found[key]['chosen']:g}, % misread {shares}", flush=True)
    return found


def differences(task: Task, found: dict[str, dict]) -> dict[str, list[float]]:
    """Second arm's share misread minus the first's, low, high; paired by picture.

    A picture's row is its mean over the seeds: the interval is about the test
    pictures, for these readers.
    """
    gaps = {}
    for first, second in task.pairs:
        for size in task.sizes:
            keys = f"{first}_{size}", f"{second}_{size}"
            if all(key in found for key in keys):
                rows = [np.mean(found[key]["wrong"], axis=0) for key in keys]
                gap = paired_bootstrap(*rows, n_resample=5000)
                gaps[f"{second}_{size}"] = [gap.difference, gap.low, gap.high]
    return gaps


def settings(task: Task, found: dict[str, dict]) -> dict[str, object]:
    """What the record says of how it was made."""
    arms = {
        name: {
            "updates": arm.updates,
            "far": arm.far,
            "parameters": sum(p.numel() for p in arm.make().parameters()),
        }
        for name, arm in task.arms.items()
    }
    return {
        "sizes": list(task.sizes),
        "n_test": len(list(task.splits())[2][0]),
        "rates": list(RATES),
        "neighbors": list(NEIGHBORS),
        "batch": BATCH,
        "warmup": WARMUP,
        "decay": DECAY,
        "transformer": SMALL if task is DIGITS else LARGE,
        "convolution": list(WIDTHS),
        "arms": arms,
        "compared_with": {second: first for first, second in task.pairs},
        "chosen": {key: value["chosen"] for key, value in found.items()},
    }


def main(arguments: list[str] | None = None) -> None:
    """Train and test every arm; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--record", action="store_true", help="write to results/")
    parser.add_argument("--keep", type=Path, help="a file of what is done")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    task, began = TASKS[options.task], time.perf_counter()
    whole = not (options.keep and options.keep.is_file())
    found = measure(task, options.keep)
    gaps = differences(task, found)
    for name, (gap, low, high) in gaps.items():
        print(f"{name}: {100 * gap:+.2f} ({100 * low:+.2f} to {100 * high:+.2f})")
    if not options.record:
        return
    metrics = {key: np.mean(f["wrong"], axis=1).tolist() for key, f in found.items()}
    files = REGISTRY[options.task].files if options.task in REGISTRY else []
    ledger.record(
        task.name,
        task=options.task,
        command=f"python -m benchmarks.vision_arms {options.task} --record",
        configuration=settings(task, found),
        seeds=range(task.seeds),
        metrics=metrics,
        signatures=dict.fromkeys(metrics, "share of the test pictures misread"),
        differences=gaps,
        data={f"{options.task}/{file.name}": file.sha256 for file in files},
        versions={"torch": torch.__version__, "scikit-learn": sklearn.__version__},
        sources=ledger.sources_of(__file__),
        wall_seconds=(time.perf_counter() - began) if whole else 0.0,  # 0: unknown
    )


if __name__ == "__main__":
    main()
