"""How deep a stack of blocks learns, with and without residual sums and norms.

    python -m benchmarks.depth [--seeds 3] [--record]

Each of six tokens is a number below 7, and has to say the sum, modulo 7, of itself and
its mirror image. The stacks of chapter 15 learn that with Adam and one constant
learning rate, on a fixed number of batches; one arm's rate rises to it over the first
half. Each arm gets, at each depth, its own rate, the one with the best mean over seeds
on other sequences. `--record` writes `block/depth` to the ledger. About 6 minutes
for three seeds.
"""

import argparse
import time
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

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


def train(arm: str, n_layer: int, seeds: int) -> dict[float, list[Stack]]:
    """Stacks by rate, one a seed, all trained at once on batches drawn as they go."""
    models, generators = [], []
    for seed in [*range(seeds)] * len(RATES):
        torch.manual_seed(seed)
        models.append(Stack(arm, n_layer))
        generators.append(torch.Generator().manual_seed(seed))
    weights, _ = stack_module_state(models)
    rates = torch.tensor(RATES).repeat_interleave(seeds)
    optimizer = torch.optim.Adam(weights.values(), lr=1.0)
    losses = vmap(partial(loss, models[0]))
    rise = SETTINGS["warmup"] if "warm-up" in arm else 1
    for step in range(1, SETTINGS["max_steps"] + 1):
        drawn = [draw(SETTINGS["batch"], generator) for generator in generators]
        ids, wanted = map(torch.stack, zip(*drawn, strict=True))
        optimizer.zero_grad()
        losses(weights, ids, wanted).sum().backward()
        before = [weight.detach().clone() for weight in weights.values()]
        optimizer.step()
        for weight, old in zip(weights.values(), before, strict=True):
            share = rates.view(-1, *[1] * (weight.dim() - 1)) * min(1, step / rise)
            weight.data = torch.lerp(old, weight.data, share)  # each at its own rate
    for i, model in enumerate(models):
        model.load_state_dict({name: found[i] for name, found in weights.items()})
    rows = [models[i : i + seeds] for i in range(0, len(models), seeds)]
    return dict(zip(RATES, rows, strict=True))


def loss(model: Stack, weights: dict[str, Tensor], ids: Tensor, wanted: Tensor):
    """Cross-entropy of a stack with these weights."""
    logits = functional_call(model, weights, (ids,))
    return F.cross_entropy(logits.transpose(1, 2), wanted)


@torch.no_grad()
def accuracy(model: Stack, seed: int, n: int = 1000) -> float:
    """Share of right answers on n fresh sequences."""
    ids, wanted = draw(n, torch.Generator().manual_seed(seed))
    return (model(ids).argmax(-1) == wanted).double().mean().item()


def compare(arm: str, n_layer: int, seeds: int) -> tuple[float, list[float]]:
    """The best rate of an arm at a depth, and each seed's accuracy with it."""
    with sdpa_kernel(SDPBackend.MATH):  # the others do not take several stacks at once
        models = train(arm, n_layer, seeds)
    found = {
        rate: float(np.mean([accuracy(model, VALIDATION) for model in some]))
        for rate, some in models.items()
    }
    best = max(found, key=found.__getitem__)
    shares = [accuracy(model, TEST) for model in models[best]]
    print(
        f"{arm:12} {n_layer:2}",
        found,
        *(f"{share:.2f}" for share in shares),
        flush=True,
    )
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
