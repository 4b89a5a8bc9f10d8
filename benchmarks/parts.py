"""What each part of the Transformer is for: taken away once each, on reversed digits.

    python -m benchmarks.parts [--seeds 5] [--record]

The model of chapter 16 learns to write two to eight digits backwards. Each arm lacks
one part: the residual sums, the norms, the feed-forward networks or the positions.
Each gets its own learning rate, the one with the
best mean exact match over seeds on other sources. `--record` writes
`transformer/parts` to the ledger, which chapter 16 draws. About 2 minutes a seed.
"""

import argparse
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from n2t import ledger
from n2t.models import Transformer, TransformerConfig
from n2t.positions import make_positions

NAME = "transformer/parts"
PAD, BOS, EOS, V = 0, 1, 2, 13
SETTINGS = {
    "d_model": 48,
    "n_head": 4,
    "d_ff": 96,
    "n_layer": 2,
    "batch": 64,
    "longest": 8,
    "max_steps": 300,
    "warmup": 50,
}
RATES = (1e-3, 3e-3, 1e-2)
"""Peak learning rates that every arm is trained with."""
VALIDATION, TEST = 98, 99
"""Seeds of the sources that a rate is chosen on, and of those it is tested on."""


def reversal(B: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """B sources (B, Ts), what the decoder is given and should say, both (B, Ts + 1)."""
    longest = SETTINGS["longest"]
    length = torch.randint(2, longest + 1, (B, 1), generator=generator)
    digits = torch.randint(3, V, (B, longest), generator=generator)
    place = torch.arange(longest)
    source = digits.where(place < length, PAD)
    back = (length - 1 - place).clamp(min=0)
    answer = source.gather(1, back).where(place < length, PAD)
    given = F.pad(answer, (1, 0), value=BOS)
    return source, given, F.pad(answer, (0, 1), value=PAD).scatter(1, length, EOS)


class Nothing(nn.Module):
    """A sublayer that adds nothing."""

    def forward(self, x: Tensor) -> Tensor:
        """Zeros, shaped like `x`."""
        return torch.zeros_like(x)


def without_sum(layer: nn.Module) -> None:
    """The layer hands on what its sublayers say, and nothing of what they read."""
    layer.residual = lambda x, sublayer, norm: norm(sublayer(x))


def without_norm(layer: nn.Module) -> None:
    """The layer's norms do nothing."""
    for name, _ in [*layer.named_children()]:
        if name.startswith("norm"):
            setattr(layer, name, nn.Identity())


def without_feed_forward(layer: nn.Module) -> None:
    """The layer's feed-forward network adds nothing."""
    layer.feed_forward = Nothing()


def make(arm: str) -> Transformer:
    """The model, without the part that the arm lacks."""
    shape = {key: SETTINGS[key] for key in ("d_model", "n_head", "d_ff", "n_layer")}
    config = TransformerConfig(
        V, V, dropout=0.0, max_length=64, tie_embeddings="all", **shape
    )
    model = Transformer(config)
    take = {
        "no residual": without_sum,
        "no norm": without_norm,
        "no feed-forward": without_feed_forward,
    }
    for layer in (*model.encoder.layers, *model.decoder.layers):
        take.get(arm, lambda layer: None)(layer)
    if arm == "no positions":
        for stack in (model.encoder, model.decoder):
            stack.embedding.positions = make_positions("none", 48, 1, 48, 64)
    return model


ARMS = ("whole", "no residual", "no norm", "no feed-forward", "no positions")


def train(arm: str, seed: int, rate: float) -> Transformer:
    """A model trained on batches drawn as it goes."""
    torch.manual_seed(seed)
    model, generator = make(arm), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98))
    steps, warmup = SETTINGS["max_steps"], SETTINGS["warmup"]
    for step in range(1, steps + 1):
        fall = (steps + 1 - step) / (steps + 1 - warmup)
        optimizer.param_groups[0]["lr"] = rate * min(step / warmup, fall)
        source, given, wanted = reversal(SETTINGS["batch"], generator)
        logits = model(source, given).transpose(1, 2)
        optimizer.zero_grad()
        F.cross_entropy(logits, wanted, ignore_index=PAD).backward()
        optimizer.step()
    return model.eval()


@torch.no_grad()
def exact_match(model: Transformer, seed: int, n: int = 1000) -> float:
    """Share of n sources that the model, alone, writes backwards without a mistake."""
    source, _, wanted = reversal(n, torch.Generator().manual_seed(seed))
    ids = torch.full((n, 1), BOS)
    for _ in range(wanted.shape[1]):
        best = model(source, ids)[:, -1:].argmax(-1)
        ids = torch.cat([ids, best], dim=1)
    right = (ids[:, 1:] == wanted) | (wanted == PAD)
    return right.all(dim=1).double().mean().item()


def compare(arm: str, seeds: int) -> tuple[float, list[float]]:
    """The best rate of an arm, and each seed's exact match on test sources with it."""
    models = {rate: [train(arm, s, rate) for s in range(seeds)] for rate in RATES}
    found = {
        rate: float(np.mean([exact_match(model, VALIDATION) for model in some]))
        for rate, some in models.items()
    }
    print(f"{arm:16}", *(f"{rate:g}: {share:.3f}" for rate, share in found.items()))
    best = max(found, key=found.__getitem__)
    return best, [exact_match(model, TEST) for model in models[best]]


def main(arguments: list[str] | None = None) -> None:
    """Train and test every arm with every seed; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    start, metrics, rates = time.perf_counter(), {}, {}
    for arm in ARMS:
        rates[arm], metrics[arm.replace(" ", "_").replace("-", "_")] = compare(
            arm, options.seeds
        )
    for name, values in metrics.items():
        print(f"{name:16}", *(f"{share:.3f}" for share in values))
    if options.record:
        ledger.record(
            NAME,
            task="reversal",
            command=f"python -m benchmarks.parts --seeds {options.seeds} --record",
            configuration=SETTINGS | {"learning_rate": rates},
            seeds=range(options.seeds),
            metrics=metrics,
            versions={"torch": torch.__version__},
            sources=ledger.sources_of(__file__),
            wall_seconds=time.perf_counter() - start,
        )


if __name__ == "__main__":
    main()
