"""How much of Multi30k's batches is padding.

    N2T_DATA=... python -m benchmarks.padding [--record]

English and German, full size, in byte pairs, in batches of 4,096 tokens, as
`benchmarks.data` makes them. `--record` writes `bench/padding`, for README's table.
"""

from __future__ import annotations

import argparse
import time

from benchmarks import data, recording
from benchmarks.recording import Row
from n2t.data.batches import TokenBatches
from n2t.data.sources.reading import read_parallel
from n2t.data.sources.registry import REGISTRY, fetch
from n2t.data.text import FastBytePairTokenizer

FILES = ("train.en.gz", "train.de.gz")
ROWS = {
    "padding": Row(
        "padding in Multi30k's batches of 4,096 tokens", "", 0.05,
        "Sentences of one batch differ in length on one of the two sides", share=True,
    )
}  # fmt: skip


def waste() -> float:
    """The share of padding among all ids of all batches of an epoch."""
    folder = fetch("multi30k")
    pairs = read_parallel(*(folder / name for name in FILES))
    texts = [pair[side] for side in (0, 1) for pair in pairs]
    fast = FastBytePairTokenizer.train(texts, data.VOCAB_SIZE, cut="bounded")
    ids = fast.encode_batch(texts)
    sides = zip(ids[: len(pairs)], ids[len(pairs) :], strict=True)
    return TokenBatches(list(sides), max_tokens=data.MAX_TOKENS).waste


def main() -> None:
    """Measure, print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    recording.add_options(parser, rounds=1)
    options, start = parser.parse_args(), time.perf_counter()
    recording.use_threads(options.threads)
    found = {"padding": waste()}
    print(f"{found['padding']:.2%}")
    if options.record:
        hashes = {file.name: file.sha256 for file in REGISTRY["multi30k"].files}
        recording.write(
            "padding", ROWS, found, options, start=start, program=__file__,
            data={f"multi30k/{name}": hashes[name] for name in FILES},
        )  # fmt: skip


if __name__ == "__main__":
    main()
