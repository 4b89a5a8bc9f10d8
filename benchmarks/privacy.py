"""Digits learned with differential privacy: accuracy against ε, and who was in there.

    python -m benchmarks.privacy [--seeds 3] [--record]

Accuracy: a network of 32 hidden units on 1,257 digits, with DP-SGD for several ε and
without privacy; each arm has its own best learning rate, by the mean accuracy on
validation over the seeds (choosing it is not counted in ε). A seed draws its own split.
Attack: a network of 64 units learns 300 digits, a fifth of them with a label drawn at
random, for long. Who was among them? "loss" says: those with a low loss. "relative"
says: those whose loss is low beside that of 16 other networks that did not learn them.
`--record` writes `privacy/digits`, which chapter 31 draws. About 2 minutes of one core.
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
EPSILONS = (0.5, 1.0, 2.0, 8.0)
DELTA, BOUND = 1e-5, 1.0
RATES = (0.5, 1.0, 2.0)
HIDDEN, UPDATES, SHARE = 32, 200, 0.2
#: The attack: how many learn, how many labels are drawn, updates, other networks.
LEARNED, FLIPPED, LONG, OTHERS, WIDE = 300, 0.2, 300, 16, 64
ATTACKED = ("plain", "private")
PRIVATE_RATES, PRIVATE_UPDATES, EPSILON = (0.5, 1.0), 40, 8.0
FALSE = np.geomspace(0.001, 1, 31)  # false positive rates of the curve


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


def everyone(seed: int) -> tuple[Tensor, Tensor]:
    """All 1,797 digits, a share of them with a label that is drawn."""
    splits = digits(validation=0, test=0, seed=seed).train
    x, t = (torch.from_numpy(part) for part in splits)
    generator = torch.Generator().manual_seed(seed)
    flipped = torch.rand(len(t), generator=generator) < FLIPPED
    drawn = torch.randint(10, (len(t),), generator=generator)
    return x.flatten(1), torch.where(flipped, drawn, t)


def long_trained(kind: str, x: Tensor, t: Tensor, seed: int, rate: float) -> nn.Module:
    """A network that has learned x by heart, or with privacy."""
    model = network(WIDE, seed)
    if kind == "private":
        noise = noise_for(EPSILON, PRIVATE_UPDATES, 1.0)
        fit(model, x, t, rate, noise, PRIVATE_UPDATES, 1.0)
        return model
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(LONG):
        adam.zero_grad()
        F.cross_entropy(model(x), t).backward()
        adam.step()
    return model


def attack(kind: str, seed: int, rate: float) -> tuple[dict, np.ndarray, float]:
    """Scores of all digits by attack, who was in, and accuracy on those who were not.

    Of the first network; the others are what an attacker trains.
    """
    x, t = everyone(seed)
    generator = torch.Generator().manual_seed(1000 + seed)
    learned = torch.zeros(1 + OTHERS, len(x), dtype=torch.bool)
    odds = torch.empty(1 + OTHERS, len(x))
    for n in range(1 + OTHERS):
        learned[n, torch.randperm(len(x), generator=generator)[:LEARNED]] = True
        model = long_trained(kind, x[learned[n]], t[learned[n]], 100 * seed + n, rate)
        with torch.no_grad():
            losses = F.cross_entropy(model(x).double(), t, reduction="none")
        odds[n] = losses.clamp_min(1e-12).expm1().log()  # log((1 - p) / p)
    out = ~learned[1:]
    usual = (odds[1:] * out).sum(0) / out.sum(0)
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


def attacks(seeds: int) -> tuple[dict, dict]:
    """Metrics of both attacks on both kinds of network; what was chosen."""
    found, chosen = {}, {}
    for kind in ATTACKED:
        rates = PRIVATE_RATES if kind == "private" else (0.01,)
        runs = {r: [attack(kind, seed, r) for seed in range(seeds)] for r in rates}
        rate = max(runs, key=lambda r: np.mean([right for *_, right in runs[r]]))
        chosen[kind] = rate
        found[f"right_{kind}"] = [right for *_, right in runs[rate]]
        for how in ("loss", "relative"):
            each = [(scores[how], learned) for scores, learned, _ in runs[rate]]
            name = f"{kind}_{how}"
            found[f"area_{name}"] = [area(*one) for one in each]
            found[f"caught_{name}"] = [caught(*one, 0.01) for one in each]
            for i, false in enumerate(FALSE):
                found[f"roc_{name}_{i}"] = [caught(*one, false) for one in each]
            print(name, found[f"area_{name}"], found[f"caught_{name}"], flush=True)
    return found, chosen


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
    found, rates = attacks(options.seeds)
    if options.record:
        write(options.seeds, metrics | found, chosen | rates, started, used)


def write(seeds: int, metrics, chosen, started: float, used: float) -> None:
    """Write what was found into the ledger."""
    ledger.record(
        NAME,
        task="privacy",
        command=f"python -m benchmarks.privacy --seeds {seeds} --record",
        configuration={
            "epsilons": EPSILONS, "delta": DELTA, "bound": BOUND, "rates": RATES,
            "hidden": HIDDEN, "updates": UPDATES, "share": SHARE, "learned": LEARNED,
            "flipped": FLIPPED, "others": OTHERS, "epsilon_attacked": EPSILON,
            "false": FALSE.round(6).tolist(), "chosen": chosen,
        },
        seeds=list(range(seeds)),
        metrics=metrics,
        device=f"cpu: {folders.processor()}, {torch.get_num_threads()} threads",
        wall_seconds=time.perf_counter() - started,
        processor_seconds=time.process_time() - used,
        versions=folders.versions(),
        sources=ledger.sources_of(__file__),
        note="Accuracy on 360 test digits; attacks on 300 members and 1,497 others.",
    )  # fmt: skip


if __name__ == "__main__":
    main()
