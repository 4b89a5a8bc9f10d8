"""Digits learned with differential privacy: accuracy against ε.

    python -m benchmarks.privacy [--seeds 3] [--record]

A network of 32 hidden units on 1,257 digits, with DP-SGD for several ε and without
privacy; each arm has its own better learning rate of two, by the mean accuracy on
validation over the seeds (choosing it is not counted in ε). A seed draws its own split.
`--record` writes `privacy/digits`, which chapter 31 draws. About 20 s of one core.
"""

import argparse
import time
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from n2t import ledger
from n2t.data.sets.digits import digits
from n2t.privacy import private_gradients
from n2t.runs import folders

NAME = "privacy/digits"
EPSILONS = (0.5, 2.0, 8.0)
DELTA, BOUND = 1e-5, 1.0
RATES = (1.0, 2.0)
HIDDEN, UPDATES, SHARE = 32, 100, 0.2


def network(hidden: int, seed: int) -> nn.Module:
    """64 pixels to 10 classes."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(64, hidden), nn.Tanh(), nn.Linear(hidden, 10))


@cache
def noise_for(epsilon: float, updates: int, share: float) -> float:
    """The multiplier that spends ε over all updates, by opacus's accountant."""
    from opacus.accountants.utils import get_noise_multiplier

    return get_noise_multiplier(
        target_epsilon=epsilon, target_delta=DELTA, steps=updates,
        sample_rate=share, accountant="prv",
    )  # fmt: skip


def fit(model: nn.Module, x: Tensor, t: Tensor, rate, noise, updates, share) -> None:
    """Gradient descent on Poisson samples; with privacy, unless `noise` is None."""
    for _ in range(updates):
        some = torch.rand(len(x)) < share
        if noise is None:
            loss = F.cross_entropy(model(x[some]), t[some])
            found = torch.autograd.grad(loss, list(model.parameters()))
        else:
            found = private_gradients(
                model, F.cross_entropy, x[some], t[some],
                bound=BOUND, noise=noise, expected=round(share * len(x)),
            ).values()  # fmt: skip
        with torch.no_grad():
            for weight, g in zip(model.parameters(), found, strict=True):
                weight -= rate * g


@torch.no_grad()
def accuracy(model: nn.Module, images, labels) -> float:
    """Share of images that get their label."""
    x = torch.from_numpy(images).flatten(1)
    return (model(x).argmax(-1).numpy() == labels).mean().item()


def learn(epsilon: float | None, rate: float, seed: int) -> tuple[float, float]:
    """Accuracy on validation and on test, of a network trained with this seed."""
    splits = digits(seed=seed)
    model = network(HIDDEN, seed)
    x, t = (torch.from_numpy(part) for part in splits.train)
    noise = None if epsilon is None else noise_for(epsilon, UPDATES, SHARE)
    fit(model, x.flatten(1), t, rate, noise, UPDATES, SHARE)
    return accuracy(model, *splits.validation), accuracy(model, *splits.test)


def best(epsilon: float | None, seeds: int) -> tuple[float, list[float]]:
    """The rate that validation chooses, and each seed's accuracy on test."""
    found = {r: [learn(epsilon, r, seed) for seed in range(seeds)] for r in RATES}
    rate = max(found, key=lambda r: np.mean([on for on, _ in found[r]]))
    return rate, [test for _, test in found[rate]]


def main() -> None:
    """Read the command line; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args()
    started, used = time.perf_counter(), time.process_time()
    metrics, chosen = {}, {}
    for epsilon in (None, *EPSILONS):
        name = "none" if epsilon is None else f"{epsilon:g}"
        chosen[name], metrics[f"accuracy_{name}"] = best(epsilon, options.seeds)
        print(name, chosen[name], metrics[f"accuracy_{name}"], flush=True)
    if options.record:
        write(options.seeds, metrics, chosen, started, used)


def write(seeds: int, metrics, chosen, started: float, used: float) -> None:
    """Write what was found into the ledger."""
    ledger.record(
        NAME,
        task="privacy",
        command=f"python -m benchmarks.privacy --seeds {seeds} --record",
        configuration={
            "epsilons": EPSILONS, "delta": DELTA, "bound": BOUND, "rates": RATES,
            "hidden": HIDDEN, "updates": UPDATES, "share": SHARE, "chosen": chosen,
        },
        seeds=list(range(seeds)),
        metrics=metrics,
        device=f"cpu: {folders.processor()}, {torch.get_num_threads()} threads",
        wall_seconds=time.perf_counter() - started,
        processor_seconds=time.process_time() - used,
        versions=folders.versions(),
        sources=ledger.sources_of(__file__),
        note="Accuracy on 360 test digits.",
    )  # fmt: skip


if __name__ == "__main__":
    main()
