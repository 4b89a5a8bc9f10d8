"""Five kinds of positions, trained at one length and tested at up to 8 times it.

    python -m benchmarks.extrapolation [--seeds 5] [--record]

A model with one causal layer reads letters, a few of them colors, and says at every
place which color came last. It trains on 32 places; accuracy is measured in bands of
places up to 256. `--record` writes `positions/extrapolation` to the ledger, which
chapter 13 draws beside a run of its own. About 15 s a seed on one thread.
"""

import argparse
import time

import torch
from torch import Tensor, nn

from n2t import ledger
from n2t.blocks import EncoderLayer
from n2t.positions import KINDS, make_positions
from n2t.training import FitConfig, cross_entropy, fit

NAME = "positions/extrapolation"
BANDS = ((0, 32), (32, 64), (64, 128), (128, 256))
"""Places from, and up to: within the training length, then up to 2, 4, 8 times it."""
SETTINGS = {
    "length": 32,
    "longest": 256,
    "batch": 32,
    "d_model": 32,
    "n_head": 4,
    "max_steps": 400,
    "warmup": 40,
    "learning_rate": 3e-3,
}


def colors(g: torch.Generator, B: int, T: int) -> tuple[Tensor, Tensor]:
    """Ids and targets (B, T): ids 0 to 3 are colors, 4 to 11 are not."""
    shown = torch.rand(B, T, generator=g) < 1 / 8
    shown[:, 0] = True
    color = torch.randint(4, (B, T), generator=g)
    other = torch.randint(4, 12, (B, T), generator=g)
    latest = torch.where(shown, torch.arange(T), 0).cummax(1).values
    return torch.where(shown, color, other), color.gather(1, latest)


class Watcher(nn.Module):
    """One causal layer; only `positions` differs between kinds."""

    def __init__(self, kind: str):
        super().__init__()
        D, H = SETTINGS["d_model"], SETTINGS["n_head"]
        self.embedding = nn.Embedding(12, D)
        self.positions = make_positions(kind, D, H, D // H, SETTINGS["longest"])
        self.layer = EncoderLayer(D, H, 2 * D, norm_first=True)
        self.output = nn.Linear(D, 4)

    def forward(self, ids: Tensor) -> Tensor:
        """Ids (B, T) to the logits of the last color, (B, T, 4)."""
        x = self.positions.embed(self.embedding(ids))
        return self.output(self.layer(x, causal=True, positions=self.positions))


def color_loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> tuple:
    """Summed cross-entropy and number of places."""
    ids, target = batch
    return cross_entropy(model(ids), target, ignore_id=-1)


def train(kind: str, seed: int) -> Watcher:
    """A model with that kind of positions, trained on short sequences."""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(seed)
    model = Watcher(kind)
    sizes = SETTINGS["batch"], SETTINGS["length"]
    batches = [colors(g, *sizes) for _ in range(SETTINGS["max_steps"])]
    fields = {key: SETTINGS[key] for key in ("max_steps", "warmup", "learning_rate")}
    fit(model, batches, color_loss, config=FitConfig(**fields), verbose=False)
    return model


@torch.no_grad()
def accuracy(model: nn.Module, n: int = 256) -> Tensor:
    """Share of right answers at each place, (longest,), over n long sequences."""
    ids, target = colors(torch.Generator().manual_seed(99), n, SETTINGS["longest"])
    return (model.eval()(ids).argmax(-1) == target).float().mean(0)


def main(arguments: list[str] | None = None) -> None:
    """Train and test every kind with every seed; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    start, metrics = time.perf_counter(), {}
    for kind in KINDS:
        for seed in range(options.seeds):
            found = accuracy(train(kind, seed))
            row = [found[a:b].mean().item() for a, b in BANDS]
            print(f"{kind:10} seed {seed}", *(f"{share:.3f}" for share in row))
            for (_, end), share in zip(BANDS, row, strict=True):
                metrics.setdefault(f"{kind}_{end}", []).append(share)
    if options.record:
        write(metrics, options.seeds, time.perf_counter() - start)


def write(metrics: dict[str, list[float]], seeds: int, wall_seconds: float) -> None:
    """Put the accuracies into the ledger."""
    ledger.record(
        NAME,
        task="positions",
        command=f"python -m benchmarks.extrapolation --seeds {seeds} --record",
        configuration=SETTINGS,
        seeds=range(seeds),
        metrics=metrics,
        versions={"torch": torch.__version__},
        sources=ledger.sources_of(__file__),
        wall_seconds=wall_seconds,
    )


if __name__ == "__main__":
    main()
