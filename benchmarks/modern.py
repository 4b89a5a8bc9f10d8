"""From the Transformer of 2017 to today's: each change alone, and what it is worth.

    python -m benchmarks.modern [--seeds 6] [--record]

A small decoder reads Python's own manual byte by byte. The first arm has the parts of
2017. Each further arm of `LINE` makes one change to the arm before it; each of `BESIDE`
makes one change to the last of the line. All take as many updates on the same batches.
An arm has its own learning rate: that with the lowest mean loss of two seeds on
validation texts. Numbers are bits per byte of test texts, one a seed; a seed gives the
same batches in every arm, so that arms are compared seed by seed. `--record` writes
`decoder/modern` to the ledger, which chapter 27 draws. About 5 minutes on one thread.
"""

import argparse
import hashlib
import math
import time
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from n2t import ledger
from n2t.blocks import EncoderLayer, make_norm
from n2t.data.sets.python_text import topics
from n2t.experts import MixtureOfExperts
from n2t.positions import make_positions
from n2t.training.optimizers import Muon, split_parameters

NAME = "decoder/modern"
V, D, T, LAYERS, HEADS, BATCH = 256, 48, 48, 2, 4, 8
STEPS, WARMUP = 200, 20
RATES = (1.5e-3, 4e-3, 1e-2)
"""Peak learning rates of Adam that every arm is tried with."""
MUON_RATES = (5e-3, 1.5e-2, 4.5e-2)
"""Peak learning rates of Muon; Adam then has the last of `RATES`."""
CHOOSING = 2
"""Seeds that a rate is chosen by."""
HELD_OUT = 12
"""Topics of the manual to choose by, and as many to test on."""
BALANCE = 0.01
"""What the balance loss of a mixture of experts counts, where it counts."""

OF_2017 = {
    "norm_first": False,
    "norm": "layer",
    "activation": "relu",
    "d_ff": 144,
    "position": "sinusoidal",
    "n_kv_head": HEADS,
    "bias": True,
    "tied": False,
    "normalize_query_key": False,
    "muon": False,
    "experts": None,
    "balance": BALANCE,
}
LINE: dict[str, dict[str, Any]] = {
    "of 2017": {},
    "pre-norm": {"norm_first": True},
    "RMSNorm": {"norm": "rms"},
    "SwiGLU": {"activation": "swiglu", "d_ff": 96},
    "rotary": {"position": "rotary"},
    "grouped keys": {"n_kv_head": 2},
    "no biases": {"bias": False},
    "tied": {"tied": True},
}
BESIDE: dict[str, dict[str, Any]] = {
    "query/key norm": {"normalize_query_key": True},
    "experts": {"experts": (4, 2, 48)},
    "no balance": {"experts": (4, 2, 48), "balance": 0.0},
    "Muon": {"muon": True},
}


def settings() -> dict[str, dict[str, Any]]:
    """All switches of every arm, by its name."""
    found, now = {}, dict(OF_2017)
    for arm, change in LINE.items():
        now = now | change
        found[arm] = now
    return found | {arm: now | change for arm, change in BESIDE.items()}


class Decoder(nn.Module):
    """A decoder with the parts that the switches name, from n2t's own blocks."""

    def __init__(self, switches: dict[str, Any]):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.count = switches["balance"]
        kind = switches["position"]
        self.scale = D**0.5 if kind == "sinusoidal" else 1.0
        self.positions = make_positions(kind, D, HEADS, D // HEADS, T)
        names = "d_ff activation norm norm_first bias n_kv_head normalize_query_key"
        options = {name: switches[name] for name in names.split()}
        self.layers = nn.ModuleList(
            EncoderLayer(D, HEADS, **options) for _ in range(LAYERS)
        )
        if switches["experts"]:
            n_expert, n_active, d_ff = switches["experts"]
            for layer in self.layers:
                layer.feed_forward = MixtureOfExperts(D, d_ff, n_expert, n_active)
        first = switches["norm_first"]
        self.norm = make_norm(switches["norm"], D) if first else nn.Identity()
        self.output = nn.Linear(D, V, bias=False)
        for name, module in self.named_modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                into_stream = name.endswith(("project_output", "contract"))
                shrink = (2 * LAYERS) ** -0.5 if into_stream else 1.0
                nn.init.normal_(module.weight, std=0.02 * shrink)
        if self.scale != 1.0:
            nn.init.normal_(self.embedding.weight, std=1 / self.scale)
        if switches["tied"]:
            self.output.weight = self.embedding.weight

    def forward(self, ids: Tensor) -> Tensor:
        """Logits (B, T, V) for ids (B, T)."""
        x = self.positions.embed(self.embedding(ids) * self.scale)
        for layer in self.layers:
            x = layer(x, causal=True, positions=self.positions)
        return self.output(self.norm(x))

    def embedding_weights(self) -> list[nn.Parameter]:
        """The matrix that reads out the logits."""
        return [self.output.weight]

    def balance(self) -> Tensor | float:
        """What is added to the loss where there are experts."""
        found = [m.balance for m in self.mixtures()]
        return self.count * sum(found) if found else 0.0

    def mixtures(self) -> list[MixtureOfExperts]:
        """The mixtures of experts, one a layer, if there are any."""
        return [m for m in self.modules() if isinstance(m, MixtureOfExperts)]


def texts() -> tuple[Tensor, Tensor, Tensor]:
    """Bytes to train on, to choose by and to test on, each one long row."""
    found = topics(validation=HELD_OUT, test=HELD_OUT)
    return tuple(
        torch.tensor(list("\n\n".join(part).encode()))
        for part in (found.train, found.validation, found.test)
    )


def hashes(parts: tuple[Tensor, Tensor, Tensor]) -> dict[str, str]:
    """SHA-256 of the bytes that were read, all parts together."""
    together = bytes(torch.cat(parts).tolist())
    return {f"topics {ledger.MADE_HERE}": hashlib.sha256(together).hexdigest()}


def train(switches: dict[str, Any], seed: int, rate: float, text: Tensor) -> Decoder:
    """A decoder after `STEPS` updates; the batches depend on the seed alone."""
    torch.manual_seed(seed)
    model, generator = Decoder(switches), torch.Generator().manual_seed(seed)
    optimizers = [torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), fused=True)]
    peaks = [rate]
    if switches["muon"]:
        matrices, embeddings, vectors = split_parameters(model)
        rest = torch.optim.Adam(embeddings + vectors, betas=(0.9, 0.98), fused=True)
        optimizers, peaks = [Muon(matrices), rest], [rate, RATES[2]]
    places = torch.arange(T + 1)
    for step in range(1, STEPS + 1):
        share = min(step / WARMUP, (STEPS + 1 - step) / (STEPS + 1 - WARMUP))
        for optimizer, peak in zip(optimizers, peaks, strict=True):
            optimizer.param_groups[0]["lr"] = peak * share
            optimizer.zero_grad()
        starts = torch.randint(len(text) - T, (BATCH, 1), generator=generator)
        ids = text[starts + places]  # (B, T + 1)
        logits = model(ids[:, :-1]).flatten(0, 1)
        loss = F.cross_entropy(logits, ids[:, 1:].flatten()) + model.balance()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
    return model.eval()


@torch.no_grad()
def bits(model: Decoder, text: Tensor) -> float:
    """Bits per byte of a text, cut into pieces of T + 1 bytes."""
    pieces = text[: len(text) // (T + 1) * (T + 1)].view(-1, T + 1)
    losses = [
        F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        * len(ids)
        for ids in pieces.split(256)
    ]
    return sum(losses).item() / len(pieces) / math.log(2)


@torch.no_grad()
def busiest(model: Decoder, text: Tensor) -> float:
    """The share of choices that the busiest expert gets, mean over layers."""
    model(text[: 200 * T].view(200, T))
    shares = [
        m.chosen.flatten().bincount() / m.chosen.numel() for m in model.mixtures()
    ]
    return float(np.mean([share.max().item() for share in shares]))


def compare(
    switches: dict[str, Any], seeds: int, parts: tuple[Tensor, Tensor, Tensor]
) -> tuple[float, dict[str, list[float]], int]:
    """The best rate of an arm, each seed's numbers with it, and its size."""
    text, validation, test = parts
    rates = MUON_RATES if switches["muon"] else RATES
    models = {r: [train(switches, s, r, text) for s in range(CHOOSING)] for r in rates}
    found = {
        rate: float(np.mean([bits(model, validation) for model in some]))
        for rate, some in models.items()
    }
    print("   ", *(f"{rate:g}: {value:.3f}" for rate, value in found.items()))
    best = min(found, key=found.__getitem__)
    more = [train(switches, s, best, text) for s in range(CHOOSING, seeds)]
    chosen = models[best] + more
    numbers = {"": [bits(model, test) for model in chosen]}
    if switches["experts"]:
        numbers[": busiest expert"] = [busiest(model, test) for model in chosen]
    return best, numbers, sum(p.numel() for p in chosen[0].parameters())


def main(arguments: list[str] | None = None) -> None:
    """Train and test every arm with every seed; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    start, parts = time.perf_counter(), texts()
    rates, sizes, metrics = {}, {}, {}
    for arm, switches in settings().items():
        rates[arm], numbers, sizes[arm] = compare(switches, options.seeds, parts)
        metrics |= {arm + end: values for end, values in numbers.items()}
        print(f"{arm:16}", *(f"{value:.4f}" for value in metrics[arm]), flush=True)
    if options.record:
        ledger.record(
            NAME,
            task="bytes of Python's manual",
            command=f"python -m benchmarks.modern --seeds {options.seeds} --record",
            configuration={
                "line": list(LINE),
                "beside": list(BESIDE),
                "switches": settings(),
                "d_model": D,
                "n_head": HEADS,
                "n_layer": LAYERS,
                "length": T,
                "batch": BATCH,
                "max_steps": STEPS,
                "warmup": WARMUP,
                "rates": RATES,
                "muon_rates": MUON_RATES,
                "learning_rate": rates,
                "parameters": sizes,
            },
            seeds=range(options.seeds),
            metrics=metrics,
            signatures=dict.fromkeys(settings(), "bits per byte, test topics"),
            data=hashes(parts),
            versions={"torch": torch.__version__},
            sources=ledger.sources_of(__file__),
            wall_seconds=time.perf_counter() - start,
        )


if __name__ == "__main__":
    main()
