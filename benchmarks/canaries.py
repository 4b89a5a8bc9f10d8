"""Secrets planted in a text, and what a model has kept of each: with privacy, without.

    python -m benchmarks.canaries [--seeds 1] [--record]

A small Transformer reads lines of text, character by character: the first lines of
docstrings, and among them lines such as "The PIN of anna is 4071.", each 1 to 32
times. Exposure (Carlini et al., 2019): log2 of 10,000 minus log2 of the true PIN's
place among all, by their loss. Arms: Adam on plain gradients; Adam on those of DP-SGD,
(ε, δ) = (8, 1e-5) for a line. Both draw lines alike. Each arm has its own better
learning rate of two, by the bits a character of held-out lines, of seed 0. `--record`
writes `privacy/canaries`, which chapter 31 draws. About 2 minutes of one core.
"""

import argparse
import math
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from n2t import ledger
from n2t.data.sets.docstrings import docstring_pairs
from n2t.models import DecoderOnly, DecoderOnlyConfig
from n2t.privacy import clipped_sum, per_example_gradients
from n2t.runs import folders

NAME = "privacy/canaries"
NAMES = (
    *("anna", "ben", "carl", "dora", "emil", "fay", "gus", "hana", "ivan", "june"),
    *("kurt", "lena", "max", "nora", "otto", "paula", "quinn", "rosa", "sven", "tina"),
    *("uma", "vera", "walt", "xenia"),
)
TIMES = (1, 2, 4, 8, 16, 32)
PINS, DIGITS = 10_000, "0123456789"
LINES, HELD_OUT, SHORTEST, LONGEST = 2000, 200, 20, 62
UPDATES, EXPECTED, WARMUP, BOUND = 250, 96, 30, 1.0
EPSILON, DELTA = 8.0, 1e-5
ARMS = ("plain", "private")
RATES = (3e-3, 1e-2)
PAD, END = 0, 1


@dataclass
class Text:
    """Lines as ids (N, T), padded; those held out; the secrets; the alphabet."""

    train: Tensor
    held_out: Tensor
    secrets: dict[str, tuple[str, int]]
    ids: dict[str, int]

    def encode(self, line: str) -> list[int]:
        """The ids of a line that has not ended."""
        return [END] + [self.ids[c] for c in line]


class Reader(DecoderOnly):
    """A `DecoderOnly` without its look at the ids' values, which vmap cannot do."""

    def features(self, ids: Tensor, state: None = None) -> Tensor:
        """What the logits are read from, (B, T, d_model)."""
        x = self.positions.embed(self.embedding(ids), 0)
        positions = self.positions.for_one_pass()
        for layer in self.layers:
            x = layer(x, causal=True, positions=positions)
        return self.norm(x)


def plant(seed: int) -> Text:
    """The text of a seed: which lines are held out, and who has which PIN how often."""
    rng = np.random.default_rng(seed)
    lines = sorted({line for _, line in docstring_pairs().train})
    lines = [s for s in lines if SHORTEST <= len(s) <= LONGEST and s.isascii()]
    lines = rng.permutation(lines).tolist()
    names = rng.permutation(NAMES).tolist()
    secrets = {
        name: (f"{rng.integers(PINS):04d}", TIMES[i % len(TIMES)])
        for i, name in enumerate(names)
    }
    train = lines[HELD_OUT : HELD_OUT + LINES]
    for name, (pin, times) in secrets.items():
        train += [f"The PIN of {name} is {pin}."] * times
    alphabet = sorted(set("".join(lines + train) + DIGITS))
    text = Text(None, None, secrets, {c: i for i, c in enumerate(alphabet, 2)})
    text.train = padded(text, train)
    text.held_out = padded(text, lines[:HELD_OUT])
    return text


def padded(text: Text, lines: list[str]) -> Tensor:
    """Ids (N, T) of whole lines."""
    ids = torch.full((len(lines), LONGEST + 2), PAD)
    for row, line in zip(ids, lines, strict=True):
        found = text.encode(line) + [END]
        row[: len(found)] = torch.tensor(found)
    return ids


def line_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """The mean over a line's characters."""
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PAD)


def gradients(arm: str, model: Reader, lines: Tensor, noise: float) -> dict:
    """What Adam is given for these lines (B, T), by the weights' names."""
    x, y = lines[:, :-1], lines[:, 1:]
    if arm == "plain":
        loss = line_loss(model(x), y)
        found = torch.autograd.grad(loss, list(model.parameters()))
        return dict(zip(dict(model.named_parameters()), found, strict=True))
    with sdpa_kernel(SDPBackend.MATH):
        total = clipped_sum(per_example_gradients(model, line_loss, x, y), BOUND)
    return {
        name: (g + noise * BOUND * torch.randn_like(g)) / EXPECTED
        for name, g in total.items()
    }


def train(arm: str, text: Text, rate: float, noise: float, seed: int) -> Reader:
    """A model after all updates, each on lines that are drawn one by one."""
    torch.manual_seed(seed)
    config = DecoderOnlyConfig(
        len(text.ids) + 2, d_model=48, n_head=4, n_layer=2, d_ff=96,
        max_length=LONGEST + 2, dropout=0.0,
    )  # fmt: skip
    model = Reader(config)
    adam = torch.optim.Adam(model.parameters(), lr=rate)
    share = EXPECTED / len(text.train)
    for step in range(1, UPDATES + 1):
        adam.param_groups[0]["lr"] = rate * min(step / WARMUP, 1.03 - step / UPDATES)
        lines = text.train[torch.rand(len(text.train)) < share]
        found = gradients(arm, model, lines, noise)
        for name, weight in model.named_parameters():
            weight.grad = found[name]
        adam.step()
    return model.eval()


@torch.no_grad()
def bits(model: Reader, text: Text) -> float:
    """Bits a character of the held-out lines."""
    loss = line_loss(model(text.held_out[:, :-1]), text.held_out[:, 1:])
    return loss.item() / math.log(2)


@torch.no_grad()
def exposure(model: Reader, text: Text, name: str) -> float:
    """log2 of the PINs minus log2 of the true one's place, the likeliest first."""
    pin, _ = text.secrets[name]
    columns = [text.ids[c] for c in DIGITS]
    total = torch.zeros(1)
    for n in range(len(pin)):  # after each possible beginning, all next digits
        starts = [f"{i:0{n}d}" if n else "" for i in range(10**n)]
        prompts = [text.encode(f"The PIN of {name} is {start}") for start in starts]
        log_p = model(torch.tensor(prompts))[:, -1].log_softmax(-1)
        total = (total[:, None] + log_p[:, columns]).flatten()
    place = 1 + int((total > total[int(pin)]).sum())
    return math.log2(PINS) - math.log2(place)


def noise_for(n_line: int) -> float:
    """The multiplier that spends EPSILON over all updates, by opacus's accountant."""
    from opacus.accountants.utils import get_noise_multiplier

    return get_noise_multiplier(
        target_epsilon=EPSILON, target_delta=DELTA, steps=UPDATES,
        sample_rate=EXPECTED / n_line, accountant="prv",
    )  # fmt: skip


def compare(arm: str, seeds: int) -> tuple[dict, dict, dict]:
    """Metrics of an arm, what was chosen for it, and the exposure of each PIN."""
    text = plant(0)
    noise = noise_for(len(text.train)) if arm == "private" else 0.0
    tried = {}
    for rate in RATES:
        model = train(arm, text, rate, noise, 0)
        tried[rate] = bits(model, text), model
        print(f"{arm} rate {rate:g}: {tried[rate][0]:.3f} bits", flush=True)
    rate = min(tried, key=lambda r: tried[r][0])
    found = {f"exposure_{arm}_{times}": [] for times in TIMES} | {f"bits_{arm}": []}
    each: dict[str, list[float]] = {str(times): [] for times in TIMES}
    for seed in range(seeds):
        if seed:
            text = plant(seed)
        model = train(arm, text, rate, noise, seed) if seed else tried[rate][1]
        found[f"bits_{arm}"].append(bits(model, text))
        here: dict[int, list[float]] = {times: [] for times in TIMES}
        for name, (_, times) in text.secrets.items():
            here[times].append(round(exposure(model, text, name), 4))
        for times, some in here.items():
            found[f"exposure_{arm}_{times}"].append(float(np.mean(some)))
            each[str(times)] += some
        print(arm, seed, each, flush=True)
    chosen = {"rate": rate, "noise": noise, "lines": len(text.train)}
    chosen |= {"tried": {f"{r:g}": b for r, (b, _) in tried.items()}}
    return found, chosen, each


def main() -> None:
    """Read the command line; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args()
    started, used = time.perf_counter(), time.process_time()
    metrics, chosen, each = {}, {}, {}
    for arm in ARMS:
        found, chosen[arm], each[arm] = compare(arm, options.seeds)
        metrics |= found
    if options.record:
        write(options.seeds, metrics, chosen, each, started, used)


def write(seeds: int, metrics, chosen, each, started: float, used: float) -> None:
    """Write what was found into the ledger."""
    ledger.record(
        NAME,
        task="secrets kept",
        command=f"python -m benchmarks.canaries --seeds {seeds} --record",
        configuration={
            "times": TIMES, "names": len(NAMES), "pins": PINS, "updates": UPDATES,
            "expected": EXPECTED, "bound": BOUND, "epsilon": EPSILON, "delta": DELTA,
            "rates": RATES, "chosen": chosen,
        },
        seeds=list(range(seeds)),
        metrics=metrics,
        device=f"cpu: {folders.processor()}, {torch.get_num_threads()} threads",
        wall_seconds=time.perf_counter() - started,
        processor_seconds=time.process_time() - used,
        versions=folders.versions(),
        sources=ledger.sources_of(__file__),
        exposures=each,
        note="Exposure: 4 names for each number of times and seed; most is 13.3 bits.",
    )  # fmt: skip


if __name__ == "__main__":
    main()
