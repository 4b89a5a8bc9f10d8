"""How fast text becomes batches, beside the ``tokenizers`` library itself.

    N2T_DATA=... python benchmarks/data.py [--record]

Full size: Multi30k (English and German) and the plays of Shakespeare, about a
megabyte. Prints one line a measurement; ``--record`` writes them to the ledger.
Each time is processor time, the best of several runs in turn, since other
programs on the machine only ever add to it.
"""

import argparse
import sys
import time
from collections.abc import Callable

from n2t.data.batches import TokenBatches
from n2t.data.sources.reading import read_parallel, read_text
from n2t.data.sources.registry import REGISTRY, fetch
from n2t.data.text import BytePairTokenizer, FastBytePairTokenizer

VOCAB_SIZE = 10_260  # 10,000 merges, 256 bytes, 4 special ids
MAX_TOKENS = 4096


def seconds(*actions: Callable[[], object], repeat: int = 5) -> list[float]:
    """Least processor time of each action, the actions taking turns."""
    best = [float("inf")] * len(actions)
    for _ in range(repeat):
        for number, action in enumerate(actions):
            start = time.process_time()
            action()
            best[number] = min(best[number], time.process_time() - start)
    return best


def training(
    texts: list[str], plays: str
) -> tuple[dict[str, float], BytePairTokenizer]:
    """Training times, and the tokenizer that came of it."""
    found = []
    (fast,) = seconds(
        lambda: found.append(FastBytePairTokenizer.train(texts, VOCAB_SIZE)), repeat=2
    )
    (own,) = seconds(lambda: BytePairTokenizer.train([plays], VOCAB_SIZE), repeat=2)
    times = {"train_fast_multi30k_s": fast, "train_own_shakespeare_s": own}
    return times, found[-1]


def encoding(texts: list[str], fast: FastBytePairTokenizer) -> dict[str, float]:
    """Megabytes of text a second, and our wrapper's time over the library's."""
    library = fast.library
    own = BytePairTokenizer(fast.merges)
    theirs, wrapped, ours = seconds(
        lambda: [row.ids for row in library.encode_batch_fast(texts)],
        lambda: fast.encode_batch(texts),
        lambda: own.encode_batch(texts),
    )
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    return {
        "encode_library_mb_per_s": megabytes / theirs,
        "encode_fast_mb_per_s": megabytes / wrapped,
        "encode_own_mb_per_s": megabytes / ours,
        "encode_fast_over_library": wrapped / theirs,
    }


def batching(texts: list[str], fast: FastBytePairTokenizer) -> dict[str, float]:
    """Padding, number of batches, and how fast they come."""
    ids = fast.encode_batch(texts)
    half = len(texts) // 2
    pairs = list(zip(ids[:half], ids[half:], strict=True))
    batches = TokenBatches(pairs, max_tokens=MAX_TOKENS)
    (epoch,) = seconds(lambda: list(batches), repeat=2)
    tokens = int(batches.lengths.sum())
    return {
        "padding_waste": batches.waste,
        "batches": float(len(batches)),
        "batch_tokens_per_s": tokens / epoch,
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--record", action="store_true", help="write to results/")
    record = parser.parse_args(arguments).record
    start = time.perf_counter()
    multi30k, plays = fetch("multi30k"), fetch("tinyshakespeare")
    pairs = read_parallel(multi30k / "train.en.gz", multi30k / "train.de.gz")
    texts = [pair[side] for side in (0, 1) for pair in pairs]
    times, fast = training(texts, read_text(plays / "input.txt"))
    found = {**times, **encoding(texts, fast), **batching(texts, fast)}
    for name, value in found.items():
        print(f"{name:28} {value:14,.3f}")
    if record:
        write(found, time.perf_counter() - start)


def write(found: dict[str, float], wall_seconds: float) -> None:
    """Put the measurements into the ledger, as ``data/speed``."""
    from n2t import ledger

    files = {
        f"{name}/{file.name}": file.sha256
        for name in ("multi30k", "tinyshakespeare")
        for file in REGISTRY[name].files
        if file.name in ("train.en.gz", "train.de.gz", "input.txt")
    }
    path = ledger.record(
        "data/speed",
        task="data",
        command="python benchmarks/data.py --record",
        configuration={"vocab_size": VOCAB_SIZE, "max_tokens": MAX_TOKENS},
        seeds=[0],
        metrics={name: [value] for name, value in found.items()},
        data=files,
        sources=ledger.sources_of(__file__),
        wall_seconds=wall_seconds,
    )
    print(f"recorded in {path.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
