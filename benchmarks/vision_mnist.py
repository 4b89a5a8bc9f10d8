"""A Vision Transformer, a convolution and neighbors on MNIST's digits of 28 x 28.

    N2T_DATA=... python -m benchmarks.vision_mnist [--seeds 3] [--record]

Readers learn from 100, 1,000 and 8,000 of MNIST's 10,000 test digits, divided anew;
1,000 others choose, and the last 1,000 are the test. A Vision Transformer with patches
of 7 x 7, a convolution with about as many weights, and the nearest neighbors. The two
networks also learn from pictures that are moved by up to two pixels at random, with
*the same* updates: what the moves are worth is then not what longer training is worth.
Every arm has its own best learning rate at each size, that with the lowest validation
loss of the first seed (neighbors: the best k). A seed draws the pictures and the
weights. `--record` writes `mnist_t10k/vision`: the share of the test that is misread.
Needs `mnist_t10k`.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn

from n2t import ledger
from n2t.data.sets.mnist import mnist_t10k
from n2t.data.sources.registry import REGISTRY
from n2t.models import VisionTransformer, VisionTransformerConfig

NAME = "mnist_t10k/vision"
SIZES = (100, 1000, 8000)
RATES = (3e-4, 1e-3, 3e-3, 1e-2)
CHOOSING = 1
"""Seeds that a rate, or k, is chosen by; the first."""
NEIGHBORS = (1, 3, 5, 9)
UPDATES, BATCH, WARMUP, DECAY, FAR = 300, 64, 20, 0.05, 2
TRANSFORMER = {"d_model": 48, "n_head": 4, "n_layer": 2, "d_ff": 96, "dropout": 0.0}
WIDTHS = (20, 40, 80)


def transformer() -> nn.Module:
    """A Vision Transformer of 16 patches."""
    return VisionTransformer(VisionTransformerConfig(28, 7, n_class=10, **TRANSFORMER))


def convolution() -> nn.Module:
    """Three convolutions of 3 x 3, each followed by the largest of 2 x 2."""
    parts: list[nn.Module] = []
    for before, after in zip((1, *WIDTHS), WIDTHS, strict=False):
        parts += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(9 * WIDTHS[-1], 10))


ARMS: dict[str, tuple[Callable[[], nn.Module], bool]] = {
    "transformer": (transformer, False),
    "convolution": (convolution, False),
    "transformer_moved": (transformer, True),
    "convolution_moved": (convolution, True),
}


def pictures() -> list[tuple[Tensor, Tensor]]:
    """Training, validation and test: (N, 1, 28, 28), and labels."""
    splits = mnist_t10k()
    return [(torch.tensor(x)[:, None].float(), torch.tensor(t)) for x, t in splits]


def moved(x: Tensor, generator: torch.Generator, far: int = FAR) -> Tensor:
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


def train(arm: str, seed: int, rate: float, x: Tensor, t: Tensor) -> nn.Module:
    """A network after all updates: AdamW, a warm-up, half a cosine down to 0."""
    make, move = ARMS[arm]
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = make()
    adam = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=DECAY)
    for step in range(1, UPDATES + 1):
        rows = torch.randint(len(x), (BATCH,), generator=generator)
        inputs = moved(x[rows], generator) if move else x[rows]
        share = 0.5 + 0.5 * np.cos(np.pi * step / UPDATES)
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

    def fit(rate: float, seed: int) -> nn.Module:
        return train(arm, seed, rate, *drawn(training, size, seed))

    models = {rate: [fit(rate, seed) for seed in range(CHOOSING)] for rate in RATES}
    losses = {
        rate: np.mean([loss_and_errors(model, *validation)[0] for model in some])
        for rate, some in models.items()
    }
    best = min(RATES, key=losses.__getitem__)
    chosen = models[best] + [fit(best, seed) for seed in range(CHOOSING, seeds)]
    return best, [loss_and_errors(model, *test)[1] for model in chosen]


def neighbors(size: int, seeds: int, data) -> tuple[int, list[float]]:
    """The best k, and each seed's share of misread test pictures."""
    training, *others = data
    wrong: dict[int, list[list[float]]] = {}
    for k in NEIGHBORS:
        wrong[k] = []
        for seed in range(seeds):
            x, t = drawn(training, size, seed)
            reader = KNeighborsClassifier(k).fit(x.flatten(1), t)
            scores = [reader.score(u.flatten(1), v) for u, v in others]
            wrong[k].append([1 - score for score in scores])
    best = min(NEIGHBORS, key=lambda k: np.mean(np.array(wrong[k])[:CHOOSING, 0]))
    return best, [float(row[1]) for row in wrong[best]]


def measure(seeds: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Every arm at every size: shares misread by name, and what was chosen."""
    data, metrics, chosen = pictures(), {}, {}
    for size in SIZES:
        for arm in ["neighbors", *ARMS]:
            name = f"{arm}_{size}"
            chosen[name], metrics[name] = (
                neighbors(size, seeds, data)
                if arm == "neighbors"
                else compare(arm, size, seeds, data)
            )
            shown = " ".join(f"{100 * share:.1f}" for share in metrics[name])
            print(f"{name}: {chosen[name]:g}, % misread {shown}", flush=True)
    return metrics, chosen


def settings(chosen: dict[str, float]) -> dict[str, object]:
    """What the record says of how it was made."""
    makers = {"transformer": transformer, "convolution": convolution}
    return {
        "sizes": list(SIZES),
        "rates": list(RATES),
        "choosing_seeds": CHOOSING,
        "neighbors": list(NEIGHBORS),
        "updates": UPDATES,
        "batch": BATCH,
        "warmup": WARMUP,
        "decay": DECAY,
        "far": FAR,
        "patch": 7,
        "transformer": TRANSFORMER,
        "convolution": list(WIDTHS),
        "parameters": {
            name: sum(p.numel() for p in make().parameters())
            for name, make in makers.items()
        },
        "chosen": chosen,
    }


def main(arguments: list[str] | None = None) -> None:
    """Train and test every arm; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    began = time.perf_counter()
    metrics, chosen = measure(options.seeds)
    if options.record:
        files = REGISTRY["mnist_t10k"].files
        ledger.record(
            NAME,
            task="mnist_t10k",
            command="N2T_DATA=... python -m benchmarks.vision_mnist"
            f" --seeds {options.seeds} --record",
            configuration=settings(chosen),
            seeds=range(options.seeds),
            metrics=metrics,
            signatures=dict.fromkeys(metrics, "share of 1,000 test digits misread"),
            data={f"mnist_t10k/{file.name}": file.sha256 for file in files},
            versions={"torch": torch.__version__, "scikit-learn": sklearn.__version__},
            sources=ledger.sources_of(__file__),
            wall_seconds=time.perf_counter() - began,
        )


if __name__ == "__main__":
    main()
