"""Five kinds of positions, trained at one length and tested at up to 8 times it.

    python -m benchmarks.extrapolation [--seeds 5] [--record]

A model with one causal layer reads letters, a few of them colors, and says at every
place which color came last. It trains on 32 places; accuracy is measured in bands of
places up to 256. Each kind gets its own learning rate, the one with the best mean
accuracy over seeds on other sequences of the training length. Beside the models stands
a rule without order: the color seen most often so far. `--record` writes
`positions/extrapolation` to the ledger, which chapter 13 draws beside a run of its own.
About 50 s a seed on one thread.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
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
}
RATES = (1e-3, 3e-3, 1e-2, 3e-2)
"""Learning rates that every kind is trained with."""
VALIDATION, TEST = 98, 99
"""Seeds of the sequences that a rate is chosen on, and of those it is tested on."""


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


def train(kind: str, seed: int, rate: float) -> Watcher:
    """A model with that kind of positions, trained on short sequences."""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(seed)
    model = Watcher(kind)
    sizes = SETTINGS["batch"], SETTINGS["length"]
    batches = [colors(g, *sizes) for _ in range(SETTINGS["max_steps"])]
    fields = {key: SETTINGS[key] for key in ("max_steps", "warmup")}
    config = FitConfig(**fields, learning_rate=rate)
    fit(model, batches, color_loss, config=config, verbose=False)
    return model.eval()


@torch.no_grad()
def accuracy(answer: Callable, seed: int, T: int, n: int = 1024) -> Tensor:
    """Share of right answers at each of T places, (T,), over n sequences."""
    ids, target = colors(torch.Generator().manual_seed(seed), n, T)
    said = torch.cat([answer(part).argmax(-1) for part in ids.split(128)])
    return (said == target).float().mean(0)


def most_often(ids: Tensor) -> Tensor:
    """How often each color was seen so far, (B, T, 4); a color counts most itself.

    The best that can be said without order: of a set of colors, all of one chance, the
    most frequent is the likeliest to have come last.
    """
    color = F.one_hot(ids, 12)[..., :4]
    return (color.cumsum(1) + ids.shape[1] * color).float()


def bands(shares: Tensor) -> list[float]:
    """The mean accuracy in each band of places."""
    return [shares[a:b].mean().item() for a, b in BANDS]


def compare(kind: str, seeds: int) -> tuple[float, dict[str, list[float]]]:
    """The rate of a kind that is best on short validation sequences, and its metrics.

    ``<kind>_<end>`` are test accuracies of a band, with that rate. For every rate,
    ``within_<kind>_<rate>`` is what it was chosen by, and ``beyond_<kind>_<rate>`` the
    last band's accuracy on validation sequences, which chose nothing.
    """
    short, longest = SETTINGS["length"], SETTINGS["longest"]
    models = {rate: [train(kind, s, rate) for s in range(seeds)] for rate in RATES}
    metrics, within = {}, {}
    for rate, some in models.items():
        shares = [accuracy(m, VALIDATION, short).mean().item() for m in some]
        far = [bands(accuracy(m, VALIDATION, longest))[-1] for m in some]
        metrics |= {f"within_{kind}_{rate:g}": shares, f"beyond_{kind}_{rate:g}": far}
        within[rate] = np.mean(shares)
    best = max(within, key=within.__getitem__)
    rows = [bands(accuracy(m, TEST, longest)) for m in models[best]]
    return best, named(kind, rows) | metrics


def main(arguments: list[str] | None = None) -> None:
    """Train and test every kind with every seed; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    start, metrics, rates = time.perf_counter(), {}, {}
    for kind in KINDS:
        rates[kind], found = compare(kind, options.seeds)
        metrics |= found
    rule = bands(accuracy(most_often, TEST, SETTINGS["longest"]))
    metrics |= named("most_often", [rule] * options.seeds)
    for name, values in metrics.items():
        print(f"{name:24}", *(f"{share:.4f}" for share in values))
    if options.record:
        write(metrics, rates, options.seeds, time.perf_counter() - start)


def named(kind: str, rows: list[list[float]]) -> dict[str, list[float]]:
    """A metric a band: its accuracies, one a row."""
    columns = zip(*rows, strict=True)
    return {
        f"{kind}_{end}": list(values)
        for (_, end), values in zip(BANDS, columns, strict=True)
    }


def write(
    metrics: dict[str, list[float]],
    rates: dict[str, float],
    seeds: int,
    wall_seconds: float,
) -> None:
    """Put the accuracies into the ledger."""
    ledger.record(
        NAME,
        task="positions",
        command=f"python -m benchmarks.extrapolation --seeds {seeds} --record",
        configuration=SETTINGS | {"learning_rate": rates},
        seeds=range(seeds),
        metrics=metrics,
        versions={"torch": torch.__version__},
        sources=ledger.sources_of(__file__),
        wall_seconds=wall_seconds,
    )


if __name__ == "__main__":
    main()
