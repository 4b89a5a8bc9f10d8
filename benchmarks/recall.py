"""How many pairs attention, windows and sums can look up: accuracy against length.

    python -m benchmarks.recall [--seeds 3] [--record]

A memory holds N pairs of a key and a value; the model is asked for the values of 32 of
the keys. One layer, one head: key and value are embedded and added, and what is
attended to is read out. The arms differ in how the query mixes the memory: softmax over
all pairs; softmax over the last 32 ("window"); the same and 8 global tokens, each of
which first reads all pairs with a query of its own (Longformer: Beltagy et al., 2020);
linear attention with features of 32 and of 128 numbers. Each arm gets, for every N, its
own best of the learning rates, by the mean validation loss over the seeds. `--record`
writes `attention/recall`, which chapter 25 draws. About 20 minutes of one core.
"""

import argparse
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from n2t import ledger
from n2t.fast import linear_attention
from n2t.runs import folders

NAME = "attention/recall"
LENGTHS = (8, 16, 32, 64, 128)
RATES = (3e-3, 1e-2, 3e-2)
KEYS, VALUES, ASKED, WIDTH = 512, 16, 32, 64
WINDOW, GLOBAL = 32, 8
UPDATES, BATCH, WARMUP = 800, 16, 50
HELD_OUT = 64  # batches of validation, and of test
ARMS = {
    "softmax": ("softmax", 32),
    "window": ("window", 32),
    "global": ("global", 32),
    "linear_32": ("linear", 32),
    "linear_128": ("linear", 128),
}


class Gather(nn.Module):
    """Global tokens: learned vectors, each of which attends to all pairs."""

    def __init__(self, d_k: int):
        super().__init__()
        self.tokens = nn.Parameter(torch.randn(GLOBAL, WIDTH))
        self.project_query = nn.Linear(WIDTH, d_k, bias=False)
        self.project_key = nn.Linear(WIDTH, d_k, bias=False)
        self.project_value = nn.Linear(WIDTH, WIDTH, bias=False)

    def forward(self, pairs: Tensor) -> Tensor:
        """What the tokens hold after they have read pairs (B, N, WIDTH)."""
        q = self.project_query(self.tokens).expand(len(pairs), -1, -1)
        k, v = self.project_key(pairs), self.project_value(pairs)
        return self.tokens + F.scaled_dot_product_attention(q, k, v)


class Lookup(nn.Module):
    """One head that is asked for keys of a memory of pairs."""

    def __init__(self, kind: str, d_k: int):
        super().__init__()
        self.kind = kind
        self.key, self.value = nn.Embedding(KEYS, WIDTH), nn.Embedding(VALUES, WIDTH)
        self.project_query = nn.Linear(WIDTH, d_k, bias=False)
        self.project_key = nn.Linear(WIDTH, d_k, bias=False)
        self.project_value = nn.Linear(WIDTH, WIDTH, bias=False)
        self.output = nn.Linear(WIDTH, VALUES)
        if kind == "global":
            self.gather = Gather(d_k)

    def forward(self, keys: Tensor, values: Tensor, asked: Tensor) -> Tensor:
        """Memory (B, N), (B, N) and keys that are asked for (B, Q): (B, Q, VALUES)."""
        pairs = self.key(keys) + self.value(values)  # (B, N, WIDTH)
        if self.kind == "global":
            pairs = torch.cat([pairs, self.gather(pairs)], 1)  # (B, N + GLOBAL, WIDTH)
        q = self.project_query(self.key(asked))  # (B, Q, d_k)
        k, v = self.project_key(pairs), self.project_value(pairs)
        if self.kind == "linear":
            return self.output(linear_attention(q, k, v))
        mask = self._seen(keys.shape[1])
        return self.output(F.scaled_dot_product_attention(q, k, v, attn_mask=mask))

    def _seen(self, N: int) -> Tensor | None:
        if self.kind == "softmax":
            return None
        extra = GLOBAL if self.kind == "global" else 0
        return (torch.arange(N + extra) >= N - WINDOW)[None]


def drawn(N: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Keys (B, N), all different in a memory; values; keys asked for; their values."""
    order = torch.rand(BATCH, KEYS, generator=generator).argsort(-1)
    keys = order[:, :N]
    values = torch.randint(VALUES, (BATCH, N), generator=generator)
    places = torch.randint(N, (BATCH, ASKED), generator=generator)
    return keys, values, keys.gather(1, places), values.gather(1, places)


def train(arm: str, N: int, rate: float, seed: int) -> nn.Module:
    """A model after all updates: Adam, a warm-up, then a rate that falls to 0."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(1000 + seed)
    model = Lookup(*ARMS[arm])
    adam = torch.optim.Adam(model.parameters(), lr=rate)
    for step in range(1, UPDATES + 1):
        adam.param_groups[0]["lr"] = rate * min(step / WARMUP, 1 - step / UPDATES)
        *inputs, wanted = drawn(N, generator)
        adam.zero_grad()
        F.cross_entropy(model(*inputs).flatten(0, 1), wanted.flatten()).backward()
        adam.step()
    return model.eval()


@torch.no_grad()
def score(model: nn.Module, N: int, seed: int) -> tuple[float, float]:
    """Mean cross-entropy and accuracy on memories drawn by a seed of their own."""
    generator = torch.Generator().manual_seed(seed)
    losses, right = [], []
    for _ in range(HELD_OUT):
        *inputs, wanted = drawn(N, generator)
        z = model(*inputs)
        losses.append(F.cross_entropy(z.flatten(0, 1), wanted.flatten()).item())
        right.append((z.argmax(-1) == wanted).float().mean().item())
    return float(np.mean(losses)), float(np.mean(right))


def compare(arm: str, N: int, seeds: int) -> tuple[float, list[float]]:
    """The best rate on validation, and each seed's accuracy on test."""
    found = {}
    for rate in RATES:
        models = [train(arm, N, rate, seed) for seed in range(seeds)]
        found[rate] = np.mean([score(model, N, 7)[0] for model in models]), models
    best = min(found, key=lambda rate: found[rate][0])
    return best, [score(model, N, 8)[1] for model in found[best][1]]


def main() -> None:
    """Read the command line; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args()
    started, used = time.perf_counter(), time.process_time()
    metrics, chosen = {}, {}
    for arm in ARMS:
        for N in LENGTHS:
            name = f"{arm}_{N}"
            chosen[name], metrics[name] = compare(arm, N, options.seeds)
            print(f"{name:18} rate {chosen[name]:g}", metrics[name], flush=True)
    if options.record:
        write(options.seeds, metrics, chosen, started, used)


def write(seeds: int, metrics, chosen, started: float, used: float) -> None:
    """Write what was found into the ledger."""
    ledger.record(
        NAME,
        task="lookup",
        command=f"python -m benchmarks.recall --seeds {seeds} --record",
        configuration={
            "lengths": LENGTHS,
            "rates": RATES,
            "keys": KEYS,
            "values": VALUES,
            "asked": ASKED,
            "width": WIDTH,
            "window": WINDOW,
            "global": GLOBAL,
            "updates": UPDATES,
            "batch": BATCH,
            "arms": ARMS,
            "chosen": chosen,
        },  # fmt: skip
        seeds=list(range(seeds)),
        metrics=metrics,
        device=f"cpu: {folders.processor()}, {torch.get_num_threads()} threads",
        wall_seconds=time.perf_counter() - started,
        processor_seconds=time.process_time() - used,
        versions=folders.versions(),
        sources=ledger.sources_of(__file__),
        note="Accuracy on 64 batches of 16 memories; chance is 1/16.",
    )


if __name__ == "__main__":
    main()
