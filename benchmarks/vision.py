"""What a Transformer must learn that a convolution is given, on the small digits.

    python -m benchmarks.vision [--seeds 5] [--record]

Readers of the 8 x 8 digits learn from 50 pictures up to all. A Vision Transformer with
patches of 2 x 2, the same without places, a convolution with about as many weights, and
the nearest neighbors; the two networks also with pictures that are moved by a pixel at
random, and twice the updates. Every arm gets its own best learning rate at each size,
the one with the lowest mean validation loss over the seeds; neighbors, the best k. A
seed draws the pictures and the weights. `--record` writes `digits/vision` to the
ledger, which chapter 23 draws: the share of the held-out third that is misread.
"""

import argparse
import time

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn

from n2t import ledger
from n2t.data.sets.digits import digits
from n2t.models import VisionTransformer, VisionTransformerConfig

NAME = "digits/vision"
SIZES = (50, 200, 1018)
RATES = (3e-4, 1e-3, 3e-3, 1e-2)
NEIGHBORS = (1, 3, 5, 9)
UPDATES, BATCH, WARMUP, DECAY = 400, 64, 20, 0.05
TRANSFORMER = {"d_model": 32, "n_head": 4, "n_layer": 2, "d_ff": 64, "dropout": 0.0}


def transformer(position: str = "learned") -> nn.Module:
    """A Vision Transformer of 16 patches."""
    sizes = {**TRANSFORMER, "position": position}
    return VisionTransformer(VisionTransformerConfig(8, 2, n_class=10, **sizes))


def convolution() -> nn.Module:
    """Two convolutions of 3 x 3, each followed by the largest of 2 x 2."""
    return nn.Sequential(
        nn.Conv2d(1, 28, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(28, 56, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(56 * 4, 10),
    )


ARMS = {
    "transformer": (transformer, False),
    "no places": (lambda: transformer("none"), False),
    "convolution": (convolution, False),
    "transformer, moved": (transformer, True),
    "convolution, moved": (convolution, True),
}


def pictures() -> list[tuple[Tensor, Tensor]]:
    """Training, validation and test: (N, 1, 8, 8), and labels; a third is test."""
    splits = digits(validation=180, test=599)
    return [(torch.tensor(x)[:, None].float(), torch.tensor(t)) for x, t in splits]


def moved(x: Tensor, generator: torch.Generator) -> Tensor:
    """Every picture moved by -1, 0 or 1 pixel in each direction; the edge is paper."""
    padded = F.pad(x, (1, 1, 1, 1))
    places = torch.randint(3, (len(x), 2), generator=generator)
    rows = places[:, :1] + torch.arange(8)  # (B, 8)
    columns = places[:, 1:] + torch.arange(8)
    batch = torch.arange(len(x))[:, None, None]
    return padded[batch, 0, rows[:, :, None], columns[:, None, :]][:, None]


def train(make, move: bool, seed: int, rate: float, x: Tensor, t: Tensor) -> nn.Module:
    """A network after all updates: AdamW, a warm-up, half a cosine down to 0."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model, updates = make(), UPDATES * (2 if move else 1)
    adam = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=DECAY)
    for step in range(1, updates + 1):
        rows = torch.randint(len(x), (BATCH,), generator=generator)
        inputs = moved(x[rows], generator) if move else x[rows]
        share = 0.5 + 0.5 * np.cos(np.pi * step / updates)
        adam.param_groups[0]["lr"] = rate * min(step / WARMUP, share)
        adam.zero_grad()
        F.cross_entropy(model(inputs), t[rows]).backward()
        adam.step()
    return model.eval()


@torch.no_grad()
def loss_and_errors(model: nn.Module, x: Tensor, t: Tensor) -> tuple[float, float]:
    """Mean cross-entropy, and the share that is misread."""
    z = model(x)
    wrong = (z.argmax(-1) != t).float().mean().item()
    return F.cross_entropy(z, t).item(), wrong


def drawn(training: tuple[Tensor, Tensor], size: int, seed: int):
    """As many training pictures, drawn by a seed."""
    generator = torch.Generator().manual_seed(100 + seed)
    rows = torch.randperm(len(training[0]), generator=generator)[:size]
    return training[0][rows], training[1][rows]


def compare(arm: str, size: int, seeds: int, data) -> tuple[float, list[float]]:
    """The best rate of an arm, and each seed's share of misread test pictures."""
    training, validation, test = data
    make, move = ARMS[arm]
    found = {}
    for rate in RATES:
        sets = [drawn(training, size, seed) for seed in range(seeds)]
        models = [train(make, move, seed, rate, *s) for seed, s in enumerate(sets)]
        losses = [loss_and_errors(model, *validation)[0] for model in models]
        found[rate] = float(np.mean(losses)), models
    best = min(found, key=lambda rate: found[rate][0])
    return best, [loss_and_errors(model, *test)[1] for model in found[best][1]]


def neighbors(size: int, seeds: int, data) -> tuple[int, list[float]]:
    """The best k, and each seed's share of misread test pictures."""
    training, *others = data
    wrong = {}
    for k in NEIGHBORS:
        wrong[k] = []
        for seed in range(seeds):
            x, t = drawn(training, size, seed)
            reader = KNeighborsClassifier(k).fit(x.flatten(1), t)
            scores = [reader.score(u.flatten(1), v) for u, v in others]
            wrong[k].append([1 - score for score in scores])
    best = min(NEIGHBORS, key=lambda k: np.mean([row[0] for row in wrong[k]]))
    return best, [float(row[1]) for row in wrong[best]]


def measure(seeds: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Every arm at every size: shares misread by name, and what was chosen."""
    data, metrics, chosen = pictures(), {}, {}
    for size in SIZES:
        for arm in [*ARMS, "neighbors"]:
            name = f"{arm.replace(', ', '_').replace(' ', '_')}_{size}"
            chosen[name], metrics[name] = (
                neighbors(size, seeds, data)
                if arm == "neighbors"
                else compare(arm, size, seeds, data)
            )
            shown = " ".join(f"{100 * share:.1f}" for share in metrics[name])
            print(f"{name}: {chosen[name]:g}, % misread {shown}", flush=True)
    return metrics, chosen


def main(arguments: list[str] | None = None) -> None:
    """Train and test every arm; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    began = time.perf_counter()
    metrics, chosen = measure(options.seeds)
    if options.record:
        ledger.record(
            NAME,
            task="digits",
            command=f"python -m benchmarks.vision --seeds {options.seeds} --record",
            configuration={
                "sizes": list(SIZES),
                "rates": list(RATES),
                "neighbors": list(NEIGHBORS),
                "updates": UPDATES,
                "batch": BATCH,
                "warmup": WARMUP,
                "decay": DECAY,
                "transformer": TRANSFORMER,
                "chosen": chosen,
            },
            seeds=range(options.seeds),
            metrics=metrics,
            versions={"torch": torch.__version__, "scikit-learn": sklearn.__version__},
            sources=ledger.sources_of(__file__),
            wall_seconds=time.perf_counter() - began,
        )


if __name__ == "__main__":
    main()
