"""Exact match against source length, without attention and with it.

    python -m benchmarks.bottleneck [--seeds 2] [--record]

An LSTM reads a Chinese numeral below a hundred million and writes its digits.
Without attention the decoder has nothing but the last state, here 32, 64 or 128
wide; with attention it is 64 wide and also looks back. Every model gets the same
updates on numbers of the same seed, and each seed draws numbers of its own.
`--record` writes `numbers/bottleneck` to the ledger, which chapters 9 and 10 draw.
About a minute a seed on one thread of an idle machine.
"""

import argparse
import sys
import time

import numpy as np
import torch

from n2t.data.batches import TokenBatches, pad
from n2t.data.sets.numbers import number_pairs
from n2t.data.text import CharacterTokenizer
from n2t.decoding import decode
from n2t.models import RecurrentConfig, RecurrentSeq2Seq
from n2t.training import FitConfig, fit, translation_loss

NAME = "numbers/bottleneck"
MODELS = (
    ("none", 32),
    ("none", 64),
    ("none", 128),
    ("additive", 64),
    ("dot", 64),
)
EDGES = (1, 6, 8, 10, 12, 14, 16)
"""A bucket of source lengths runs from one edge to just below the next."""
SETTINGS = {
    "limit": 10**8,
    "size": 10_000,
    "held_out": 1_000,
    "d_model": 32,
    "max_tokens": 1600,
    "max_steps": 600,
    "learning_rate": 5e-3,
    "warmup": 20,
    "edges": list(EDGES),
}


def data(seed: int) -> tuple[list, list]:
    """Training and test pairs, numerals and digits, all digit counts alike."""
    splits = number_pairs(
        "digits",
        source="zh",
        size=SETTINGS["size"],
        held_out=SETTINGS["held_out"],
        limit=SETTINGS["limit"],
        even_lengths=True,
        seed=seed,
    )
    return list(splits.train), list(splits.test)


def train(
    pairs: list, attention: str, d_hidden: int, seed: int
) -> tuple[RecurrentSeq2Seq, CharacterTokenizer, CharacterTokenizer]:
    """A trained model and its two tokenizers."""
    reader, writer = (
        CharacterTokenizer.train([pair[side] for pair in pairs]) for side in (0, 1)
    )
    ids = [(reader.encode(source), writer.encode(target)) for source, target in pairs]
    torch.manual_seed(seed)
    model = RecurrentSeq2Seq(
        RecurrentConfig(
            reader.vocab_size,
            writer.vocab_size,
            cell="lstm",
            attention=attention,
            d_model=SETTINGS["d_model"],
            d_hidden=d_hidden,
            dropout=0.0,
        )
    )
    config = FitConfig(
        seed=seed, **{k: SETTINGS[k] for k in ("max_steps", "learning_rate", "warmup")}
    )
    batches = TokenBatches(ids, max_tokens=SETTINGS["max_tokens"], seed=seed)
    fit(model, batches, translation_loss(), config=config)
    return model, reader, writer


def right_by_length(
    model: RecurrentSeq2Seq,
    reader: CharacterTokenizer,
    writer: CharacterTokenizer,
    pairs: list,
) -> dict[str, int]:
    """For each bucket of source lengths, how many pairs and how many right."""
    source = pad([reader.encode(text) for text, _ in pairs])
    written = decode(model, source, max_new_tokens=10).lists()
    wanted = [text for _, text in pairs]
    right = np.array([writer.decode(ids) for ids in written]) == np.array(wanted)
    bucket = np.digitize([len(text) for text, _ in pairs], EDGES) - 1
    found = {}
    for number, low in enumerate(EDGES[:-1]):
        found[f"n_{low}"] = int((bucket == number).sum())
        found[f"right_{low}"] = int(right[bucket == number].sum())
    return found


def run(seed: int) -> dict[str, float]:
    """Everything measured with one seed: counts, and shares of exact matches."""
    pairs, held_out = data(seed)
    found = {}
    for attention, d_hidden in MODELS:
        name = f"{attention}_{d_hidden}"
        counts = right_by_length(*train(pairs, attention, d_hidden, seed), held_out)
        found |= {f"{name}_{key}": value for key, value in counts.items()}
        right = sum(v for key, v in counts.items() if key.startswith("right"))
        found[f"{name}_exact_match"] = right / len(held_out)
        print(seed, name, f"{right / len(held_out):.3f}", flush=True)
    return found


def main(arguments: list[str] | None = None) -> None:
    """Train, print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    start, seeds = time.perf_counter(), list(range(options.seeds))
    runs = [run(seed) for seed in seeds]
    if options.record:
        write({key: [r[key] for r in runs] for key in runs[0]}, seeds, start)


def write(metrics: dict[str, list[float]], seeds: list[int], start: float) -> None:
    """Put the counts into the ledger."""
    from n2t import ledger

    path = ledger.record(
        NAME,
        task="numbers",
        command=f"python -m benchmarks.bottleneck --seeds {len(seeds)} --record",
        configuration=SETTINGS,
        seeds=seeds,
        metrics=metrics,
        sources=ledger.sources_of(__file__),
        versions={"torch": torch.__version__},
        wall_seconds=time.perf_counter() - start,
    )
    print(f"recorded in {path.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
