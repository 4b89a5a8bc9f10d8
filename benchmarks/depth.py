"""How deep a stack of blocks learns, with and without residual sums and norms.

    python -m benchmarks.depth [--seeds 3] [--record]

Each of six tokens is a number below 7, and has to say the sum, modulo 7, of itself and
its mirror image. The stacks of chapter 15 learn that with Adam and one constant
learning rate, on a fixed number of batches; one arm's rate rises to it over the first
half. Each arm gets, at each depth, its own rate, the one with the best mean over seeds
on other sequences. `--record` writes `block/depth` to the ledger. About 4 minutes a
seed.
"""

import argparse
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from n2t import ledger
from n2t.blocks import EncoderLayer, LayerNorm

NAME = "block/depth"
SETTINGS = {
    "d_model": 32,
    "n_head": 2,
    "d_ff": 64,
    "n_layer": [2, 4, 8, 16],
    "batch": 32,
    "length": 6,
    "modulus": 7,
    "max_steps": 250,
    "warmup": 125,
}
RATES = (3e-4, 1e-3, 3e-3)
"""Learning rates that every arm is trained with, at every depth."""
ARMS = ("pre", "post", "post warm-up", "no norm", "no residual")
VALIDATION, TEST = 10_098, 10_099
"""Seeds of the sequences that a rate is chosen on, and of those it is tested on."""


class Stack(nn.Module):
    """Embedding, learned places, L blocks of an arm, a last norm where it has one."""

    def __init__(self, arm: str, n_layer: int):
        super().__init__()
        D, V = SETTINGS["d_model"], SETTINGS["modulus"]
        self.table = nn.Embedding(V, D)
        self.places = nn.Parameter(torch.randn(SETTINGS["length"], D))
        sizes = D, SETTINGS["n_head"], SETTINGS["d_ff"]
        first = not arm.startswith("post")
        layers = [EncoderLayer(*sizes, norm_first=first) for _ in range(n_layer)]
        self.layers = nn.ModuleList(layers)
        for layer in layers:
            if arm == "no norm":
                layer.norm_attention = layer.norm_feed_forward = nn.Identity()
            if arm == "no residual":
                layer.residual = lambda x, norm, sublayer: sublayer(norm(x))
        last = arm in ("pre", "no residual")
        self.norm = LayerNorm(D) if last else nn.Identity()
        self.output = nn.Linear(D, V)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits (B, T, V) for numbers (B, T)."""
        x = self.table(ids) + self.places
        for layer in self.layers:
            x = layer(x)
        return self.output(self.norm(x))


def draw(B: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """B sequences (B, T), and what each place should say of them, (B, T)."""
    shape = B, SETTINGS["length"]
    ids = torch.randint(SETTINGS["modulus"], shape, generator=generator)
    return ids, (ids + ids.flip(1)) % SETTINGS["modulus"]


def train(arm: str, n_layer: int, rate: float, seed: int) -> Stack:
    """A stack trained on batches drawn as it goes."""
    torch.manual_seed(seed)
    model, generator = Stack(arm, n_layer), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters())
    rise = SETTINGS["warmup"] if "warm-up" in arm else 1
    for step in range(1, SETTINGS["max_steps"] + 1):
        optimizer.param_groups[0]["lr"] = rate * min(1, step / rise)
        ids, wanted = draw(SETTINGS["batch"], generator)
        optimizer.zero_grad()
        F.cross_entropy(model(ids).transpose(1, 2), wanted).backward()
        optimizer.step()
    return model


@torch.no_grad()
def accuracy(model: Stack, seed: int, n: int = 1000) -> float:
    """Share of right answers on n fresh sequences."""
    ids, wanted = draw(n, torch.Generator().manual_seed(seed))
    return (model(ids).argmax(-1) == wanted).double().mean().item()


def compare(arm: str, n_layer: int, seeds: int) -> tuple[float, list[float]]:
    """The best rate of an arm at a depth, and each seed's accuracy with it."""
    models = {
        rate: [train(arm, n_layer, rate, s) for s in range(seeds)] for rate in RATES
    }
    found = {
        rate: float(np.mean([accuracy(model, VALIDATION) for model in some]))
        for rate, some in models.items()
    }
    best = max(found, key=found.__getitem__)
    shares = [accuracy(model, TEST) for model in models[best]]
    print(f"{arm:12} {n_layer:2}", found, *(f"{share:.2f}" for share in shares))
    return best, shares


def main(arguments: list[str] | None = None) -> None:
    """Train and test every arm at every depth; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    start, metrics, rates = time.perf_counter(), {}, {}
    for arm in ARMS:
        for n_layer in SETTINGS["n_layer"]:
            key = f"{arm.replace(' ', '_').replace('-', '_')}_{n_layer}"
            rates[key], metrics[key] = compare(arm, n_layer, options.seeds)
    if options.record:
        ledger.record(
            NAME,
            task="mirror-sums",
            command=f"python -m benchmarks.depth --seeds {options.seeds} --record",
            configuration=SETTINGS | {"learning_rate": rates},
            seeds=range(options.seeds),
            metrics=metrics,
            versions={"torch": torch.__version__},
            sources=ledger.sources_of(__file__),
            wall_seconds=time.perf_counter() - start,
        )


if __name__ == "__main__":
    main()
