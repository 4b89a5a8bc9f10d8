"""Who was among the digits that a network learned: two attacks, with privacy, without.

    python -m benchmarks.attacks [--seeds 3] [--record]

A network of 64 units learns 300 digits, a fifth of them with a label drawn at random,
for long; or with DP-SGD, at (ε, δ) = (8, 1e-5). Who was among them? "loss" says: those
with a low loss. "relative" says: those whose loss is low beside that of other networks
that did not learn them. `--record` writes `privacy/attacks`, which chapter 31 draws.
About 20 s of one core.
"""

import argparse
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.privacy import BOUND, DELTA, fit, network, noise_for
from n2t import ledger
from n2t.data.sets.digits import digits
from n2t.runs import folders

NAME = "privacy/attacks"
LEARNED, FLIPPED, LONG, OTHERS, WIDE = 300, 0.2, 300, 8, 64
KINDS = ("plain", "private")
RATE, UPDATES, EPSILON = 1.0, 40, 8.0
FALSE = np.geomspace(0.001, 1, 31)  # false positive rates of the curve


def everyone(seed: int) -> tuple[Tensor, Tensor]:
    """All 1,797 digits, a share of them with a label that is drawn."""
    splits = digits(validation=0, test=0, seed=seed).train
    x, t = (torch.from_numpy(part) for part in splits)
    generator = torch.Generator().manual_seed(seed)
    flipped = torch.rand(len(t), generator=generator) < FLIPPED
    drawn = torch.randint(10, (len(t),), generator=generator)
    return x.flatten(1), torch.where(flipped, drawn, t)


def long_trained(kind: str, x: Tensor, t: Tensor, seed: int) -> nn.Module:
    """A network that has learned x by heart, or with privacy."""
    model = network(WIDE, seed)
    if kind == "private":
        fit(model, x, t, RATE, noise_for(EPSILON, UPDATES, 1.0), UPDATES, 1.0)
        return model
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(LONG):
        adam.zero_grad()
        F.cross_entropy(model(x), t).backward()
        adam.step()
    return model


def attack(kind: str, seed: int) -> tuple[dict, np.ndarray, float]:
    """Scores of all digits by attack, who was in, and accuracy on those who were not.

    Of the first network; the others are what an attacker trains.
    """
    x, t = everyone(seed)
    generator = torch.Generator().manual_seed(1000 + seed)
    learned = torch.zeros(1 + OTHERS, len(x), dtype=torch.bool)
    odds = torch.empty(1 + OTHERS, len(x), dtype=torch.float64)
    for n in range(1 + OTHERS):
        learned[n, torch.randperm(len(x), generator=generator)[:LEARNED]] = True
        model = long_trained(kind, x[learned[n]], t[learned[n]], 100 * seed + n)
        with torch.no_grad():
            losses = F.cross_entropy(model(x).double(), t, reduction="none")
        odds[n] = losses.clamp_min(1e-12).expm1().log()  # log((1 - p) / p)
    out = ~learned[1:]
    usual = (odds[1:] * out).sum(0) / out.sum(0).clamp_min(1)
    right = (odds[0] < 0)[~learned[0]].double().mean().item()
    scores = {"loss": -odds[0], "relative": usual - odds[0]}
    return scores, learned[0].numpy(), right


def caught(score: Tensor, learned: np.ndarray, false: float) -> float:
    """Share of members above a threshold that at most that share of others passes."""
    score = score.numpy()
    others = np.sort(score[~learned])[::-1]
    return float((score[learned] > others[int(false * (len(others) - 1))]).mean())


def area(score: Tensor, learned: np.ndarray) -> float:
    """How often a member has the higher score of the two; ties count half."""
    a, b = score.numpy()[learned][:, None], score.numpy()[~learned]
    return float((a > b).mean() + (a == b).mean() / 2)


def measure(seeds: int) -> dict:
    """Metrics of both attacks on both kinds of network."""
    found = {}
    for kind in KINDS:
        runs = [attack(kind, seed) for seed in range(seeds)]
        found[f"right_{kind}"] = [right for *_, right in runs]
        for how in ("loss", "relative"):
            each = [(scores[how], learned) for scores, learned, _ in runs]
            name = f"{kind}_{how}"
            found[f"area_{name}"] = [area(*one) for one in each]
            found[f"caught_{name}"] = [caught(*one, 0.01) for one in each]
            for i, false in enumerate(FALSE):
                found[f"roc_{name}_{i}"] = [caught(*one, false) for one in each]
            print(name, found[f"area_{name}"], found[f"caught_{name}"], flush=True)
    return found


def main() -> None:
    """Read the command line; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args()
    started, used = time.perf_counter(), time.process_time()
    metrics = measure(options.seeds)
    if options.record:
        write(options.seeds, metrics, started, used)


def write(seeds: int, metrics, started: float, used: float) -> None:
    """Write what was found into the ledger."""
    ledger.record(
        NAME,
        task="privacy",
        command=f"python -m benchmarks.attacks --seeds {seeds} --record",
        configuration={
            "learned": LEARNED, "flipped": FLIPPED, "updates": LONG, "others": OTHERS,
            "hidden": WIDE, "private_updates": UPDATES, "rate": RATE, "bound": BOUND,
            "epsilon": EPSILON, "delta": DELTA, "false": FALSE.round(6).tolist(),
        },
        seeds=list(range(seeds)),
        metrics=metrics,
        device=f"cpu: {folders.processor()}, {torch.get_num_threads()} threads",
        wall_seconds=time.perf_counter() - started,
        processor_seconds=time.process_time() - used,
        versions=folders.versions(),
        sources=ledger.sources_of(__file__),
        note="Attacks on 300 members and 1,497 others.",
    )  # fmt: skip


if __name__ == "__main__":
    main()
