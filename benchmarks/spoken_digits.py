"""Spoken digits split by speaker and at random: what a known voice is worth.

    python -m benchmarks.spoken_digits [--seeds 3] [--record]

Needs the recordings of `n2t.data.sets.fsdd` under `N2T_DATA`. Six times 2,000
recordings train, 500 choose and 500 test: once with a speaker held out for each part
(each speaker is tested once), once drawn at random, so that only *which* differs. Four
readers of 20 mel bands: nearest neighbors and logistic regression on a recording
stretched to 8 slices; nearest neighbors under dynamic time warping; a Transformer
encoder, its mean read out. Bands are centered and scaled by the training set, or each
recording's by its own mean; this, k, the penalty and the rate are what has the lowest
mean error (the Transformer: loss) on validation, over the six splits. The chosen
Transformer is trained with further seeds; the others draw nothing. Last, logistic
regression once more, its bands centered and scaled by *all* recordings: a leak that is
often named.
`--record` writes `fsdd/speakers` to the ledger: the share of test digits misread.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from n2t import ledger
from n2t.data.sets import fsdd
from n2t.models.audio import AudioTransformer, AudioTransformerConfig, log_mel

NAME = "fsdd/speakers"
BANDS = {"rate": fsdd.RATE, "size": 256, "hop": 80, "n_mel": 20, "low": 60.0}
SLICES, WARPED = 8, 20
NORMALIZED = ("training", "own mean")
NEIGHBORS, PENALTIES, RATES = (1, 3, 5, 9), (0.01, 0.1, 1.0, 10.0), (1e-3, 3e-3)
SIZES = {"d_model": 64, "n_head": 4, "n_layer": 2, "d_ff": 128, "dropout": 0.1}
UPDATES, BATCH, WARMUP, DECAY = 400, 32, 40, 0.05
SPLITS = ("random", "speaker")


def bands_of(recording) -> np.ndarray:
    """The log-mel bands (T, 20) of a recording."""
    return log_mel(torch.tensor(recording.sound), **BANDS).numpy()


def stretched(bands: np.ndarray, count: int) -> np.ndarray:
    """As many frames, evenly spaced, by linear interpolation: (count, 20)."""
    places = np.linspace(0, len(bands) - 1, count)
    before = np.floor(places).astype(int)
    after = np.minimum(before + 1, len(bands) - 1)
    share = (places - before)[:, None]
    return (1 - share) * bands[before] + share * bands[after]


def divided(everything: list, kind: str, fold: int) -> list[np.ndarray]:
    """Indices of training, validation and test."""
    places = {each[1:]: i for i, each in enumerate(everything)}
    if kind == "random":
        options = {"validation": 500, "test": 500, "seed": fold}
        parts = fsdd.at_random(everything, **options)
    else:
        names = fsdd.SPEAKERS
        test, validation = names[fold], names[(fold + 1) % len(names)]
        parts = fsdd.by_speaker(everything, validation=validation, test=test)
    return [np.array([places[each[1:]] for each in part]) for part in parts]


def normalized(bands: list, how: str, rows: np.ndarray) -> list[np.ndarray]:
    """Bands centered and scaled by those of `rows`, or by their own mean first."""
    if how == "own mean":
        bands = [each - each.mean(0) for each in bands]
    known = np.concatenate([bands[i] for i in rows])
    mean, deviation = known.mean(0), known.std(0)
    return [((each - mean) / deviation).astype(np.float32) for each in bands]


def shares(reader, x: np.ndarray, t: np.ndarray, parts: list) -> list[float]:
    """Fit on training; shares misread of validation and test."""
    reader.fit(x[parts[0]], t[parts[0]])
    return [float(np.mean(reader.predict(x[rows]) != t[rows])) for rows in parts[1:]]


def flat(bands: list) -> np.ndarray:
    """Each recording as one vector of slices."""
    return np.stack([stretched(each, SLICES).ravel() for each in bands])


def warped(bands: list, t: np.ndarray, parts: list, k: int) -> list[float]:
    """Nearest neighbors under dynamic time warping; shares misread as `shares`."""
    x = np.stack([stretched(each, WARPED) for each in bands]).astype(np.float32)
    known, digits = x[parts[0]], t[parts[0]]
    found = []
    for rows in parts[1:]:
        near = [np.argsort(costs(x[i], known))[:k] for i in rows]
        votes = [np.bincount(digits[n], minlength=10).argmax() for n in near]
        found.append(float(np.mean(np.array(votes) != t[rows])))
    return found


def costs(one: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The cheapest way to pair the frames of `one` and of each of `known`: (N,).

    Both have as many frames; places differ by at most four.
    """
    length, width = len(one), 4
    total = np.full((length + 1, length + 1, len(known)), np.inf, dtype=np.float32)
    total[0, 0] = 0
    gaps = (known**2).sum(-1)[None] - 2 * np.tensordot(one, known, ((1,), (2,)))
    gaps += (one**2).sum(-1)[:, None, None]  # (T, N, T)
    for i in range(1, length + 1):
        for j in range(max(1, i - width), min(length, i + width) + 1):
            before = np.minimum(total[i - 1, j], total[i, j - 1])
            np.minimum(before, total[i - 1, j - 1], out=before)
            total[i, j] = before + gaps[i - 1, :, j - 1]
    return total[length, length]


class Reader(nn.Module):
    """The encoder of an `AudioTransformer`, its mean over time read out."""

    def __init__(self):
        super().__init__()
        config = AudioTransformerConfig(BANDS["n_mel"], 10, n_decoder_layer=0, **SIZES)
        self.model = AudioTransformer(config)

    def forward(self, bands: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Scores (B, 10)."""
        x, n = self.model.encode(bands, lengths)
        real = (torch.arange(x.shape[1]) < n[:, None])[..., None]
        return self.model.speak((x * real).sum(1) / n[:, None])


def batch(bands: list, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Padded bands, and their lengths."""
    chosen = [torch.from_numpy(bands[i]) for i in rows]
    lengths = torch.tensor([len(each) for each in chosen])
    return nn.utils.rnn.pad_sequence(chosen, batch_first=True), lengths


def trained(bands: list, t: np.ndarray, rows: np.ndarray, rate: float, seed: int):
    """A reader after all updates: AdamW, a warm-up, half a cosine down to 0."""
    torch.manual_seed(seed)
    draws = np.random.default_rng(seed)
    model = Reader()
    adam = torch.optim.AdamW(model.parameters(), weight_decay=DECAY)
    for step in range(1, UPDATES + 1):
        drawn = rows[draws.integers(len(rows), size=BATCH)]
        share = 0.5 + 0.5 * np.cos(np.pi * step / UPDATES)
        adam.param_groups[0]["lr"] = rate * min(step / WARMUP, share)
        scores = model(*batch(bands, drawn))
        adam.zero_grad()
        F.cross_entropy(scores, torch.tensor(t[drawn])).backward()
        adam.step()
    return model.eval()


@torch.no_grad()
def loss_and_error(model, bands: list, t: np.ndarray, rows: np.ndarray):
    """Mean cross-entropy, and the share misread."""
    scores, wanted = model(*batch(bands, rows)), torch.tensor(t[rows])
    wrong = (scores.argmax(-1) != wanted).float().mean().item()
    return F.cross_entropy(scores, wanted).item(), wrong


def run(arm: str, how: str, choice: float, data: tuple, parts: list, seed: int = 0):
    """What chooses (lower is better), and the share of test digits misread."""
    bands, t = data
    given = normalized(bands, how, parts[0])
    if arm == "transformer":
        model = trained(given, t, parts[0], choice, seed)
        chooses = loss_and_error(model, given, t, parts[1])[0]
        return chooses, loss_and_error(model, given, t, parts[2])[1]
    if arm == "warping":
        return warped(given, t, parts, choice)
    reader = (
        KNeighborsClassifier(choice)
        if arm == "neighbors"
        else LogisticRegression(C=choice, max_iter=500)
    )
    return shares(reader, flat(given), t, parts)


ARMS = {
    "neighbors": NEIGHBORS,
    "logistic": PENALTIES,
    "warping": (1,),
    "transformer": RATES,
}


def compare(arm: str, kind: str, seeds: int, data: tuple, splits: list):
    """The best choice of an arm for a kind of split, and its shares by fold."""
    found = {}
    for how in NORMALIZED:
        for choice in ARMS[arm]:
            rows = [run(arm, how, choice, data, parts) for parts in splits]
            found[how, choice] = np.array(rows)
            print(f"{arm} {kind} {how} {choice:g}", *rows, flush=True)
    best = min(found, key=lambda key: found[key][:, 0].mean())
    more = [
        [run(arm, *best, data, parts, seed)[1] for parts in splits]
        for seed in (range(1, seeds) if arm == "transformer" else ())
    ]
    return best, [found[best][:, 1].tolist(), *more]


def leaked(choice: float, how: str, data: tuple, splits: list) -> list[float]:
    """Logistic regression's shares where all recordings center and scale."""
    bands, t = data
    x = flat(normalized(bands, how, np.arange(len(bands))))
    reader = partial(LogisticRegression, C=choice, max_iter=500)
    return [shares(reader(), x, t, parts)[1] for parts in splits]


def of_kind(kind: str, seeds: int, folds: int) -> tuple[dict, dict]:
    """Shares misread by arm and fold, for one kind of split; and what was chosen."""
    torch.set_num_threads(1)
    everything = fsdd.recordings()
    data = (
        [bands_of(each) for each in everything],
        np.array([each.digit for each in everything]),
    )
    names = fsdd.SPEAKERS[:folds] if kind == "speaker" else range(folds)
    splits = [divided(everything, kind, fold) for fold in range(folds)]
    metrics, chosen = {}, {}
    for arm in ARMS:
        best, rows = compare(arm, kind, seeds, data, splits)
        chosen[f"{arm}_{kind}"] = list(best)
        for fold, name in enumerate(names):
            values = [row[fold] for row in rows]
            metrics[f"{arm}_{kind}_{name}"] = values * (seeds // len(values))
        print(arm, kind, best, np.round(100 * np.mean(rows, 0), 1), flush=True)
    how, choice = chosen[f"logistic_{kind}"]
    for name, share in zip(names, leaked(choice, how, data, splits), strict=True):
        metrics[f"leaked_{kind}_{name}"] = [share] * seeds
    return metrics, chosen


def measure(seeds: int, folds: int) -> tuple[dict, dict]:
    """Shares misread by arm, split and fold; and what was chosen."""
    task = partial(of_kind, seeds=seeds, folds=folds)
    with ProcessPoolExecutor(len(SPLITS), get_context("spawn")) as pool:
        found = list(pool.map(task, SPLITS))
    metrics, chosen = (found[0][i] | found[1][i] for i in (0, 1))
    return metrics, chosen


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--folds", type=int, default=6, help="fewer, to try it out")
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    began = time.perf_counter()
    metrics, chosen = measure(options.seeds, options.folds)
    if options.record:
        ledger.record(
            NAME,
            task="fsdd",
            command=f"python -m benchmarks.spoken_digits --seeds {options.seeds} "
            "--record",
            configuration={
                "bands": BANDS,
                "slices": SLICES,
                "warped": WARPED,
                "choices": {arm: list(values) for arm, values in ARMS.items()},
                "normalized": list(NORMALIZED),
                "transformer": SIZES,
                "updates": UPDATES,
                "batch": BATCH,
                "decay": DECAY,
                "speakers": list(fsdd.SPEAKERS),
                "chosen": chosen,
            },
            seeds=range(options.seeds),
            metrics=metrics,
            data={"fsdd/recordings": fsdd.CHECKSUM},
            versions={"torch": torch.__version__, "scikit-learn": sklearn.__version__},
            sources=ledger.sources_of(__file__),
            wall_seconds=time.perf_counter() - began,
        )


if __name__ == "__main__":
    main()
