"""How fast text becomes batches, beside the ``tokenizers`` library and a DataLoader.

    N2T_DATA=... python -m benchmarks.data [--record]

Full size: Multi30k (English and German) and the plays of Shakespeare, about a
megabyte. Prints one line a measurement; ``--record`` writes them to the ledger.
Each time is processor time, the best of several runs in turn, since other
programs on the machine only ever add to it. Whole epochs, from text and from ids, are
ratios within a round: their median, with quartiles. The peer's DataLoader is used
plainly: as many pairs a batch as ours has on average, in the process that asks.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

from benchmarks.compare import interleaved, quartiles
from n2t._special_ids import BOS, EOS, PAD
from n2t.data.batches import TokenBatches
from n2t.data.sources.reading import read_parallel, read_text
from n2t.data.sources.registry import REGISTRY, fetch
from n2t.data.text import BytePairTokenizer, FastBytePairTokenizer

VOCAB_SIZE = 10_260  # 10,000 merges, 256 bytes, 4 special ids
MAX_TOKENS = 4096
ROUNDS = 5
Pair = tuple[Sequence[int], Sequence[int]]


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


def collate(pairs: Iterable[Pair]) -> tuple[Tensor, Tensor, Tensor]:
    """Source, what the decoder is given and what it should answer, padded."""
    sources, targets = zip(*pairs, strict=True)
    sides = (
        [torch.tensor(ids) for ids in sources],
        [torch.tensor([BOS, *ids]) for ids in targets],
        [torch.tensor([*ids, EOS]) for ids in targets],
    )
    return tuple(pad_sequence(side, True, PAD) for side in sides)


def preparing(texts: list[str], fast: FastBytePairTokenizer) -> dict[str, float]:
    """Tokens a second from text, and from ids, and our time over each peer's."""
    half, library = len(texts) // 2, fast.library
    lines = list(zip(texts[:half], texts[half:], strict=True))

    def ids_of(some: list[str]) -> list[list[int]]:
        return [row.ids for row in library.encode_batch_fast(some)]

    def from_text(pairs: list[tuple[str, str]]) -> tuple[Tensor, Tensor, Tensor]:
        sources, targets = (list(side) for side in zip(*pairs, strict=True))
        return collate(zip(ids_of(sources), ids_of(targets), strict=True))

    def halves(ids: list[list[int]]) -> list[Pair]:
        return list(zip(ids[:half], ids[half:], strict=True))

    pairs = halves(fast.encode_batch(texts))
    ours = TokenBatches(pairs, max_tokens=MAX_TOKENS)
    plain = {"batch_size": -(-half // len(ours)), "shuffle": True}
    plain["generator"] = torch.Generator().manual_seed(0)
    loader = DataLoader(pairs, collate_fn=collate, **plain)
    whole = DataLoader(lines, collate_fn=from_text, **plain)
    runs = {
        "text": lambda: list(
            TokenBatches(halves(fast.encode_batch(texts)), max_tokens=MAX_TOKENS)
        ),
        "text_library": lambda: ids_of(texts),
        "text_loader": lambda: list(whole),
        "ids": lambda: list(ours),
        "ids_loader": lambda: list(loader),
    }
    times = interleaved(runs, ROUNDS, "cpu")
    return rates(times, pairs) | {"loader_padding_waste": waste(loader)}


def rates(times: dict[str, list[float]], pairs: list[Pair]) -> dict[str, float]:
    """Target tokens a second, as training counts them, and ratios to each peer."""
    n_token, found = sum(len(target) + 1 for _, target in pairs), {}
    for name, own in times.items():
        found[f"epoch_{name}_tokens_per_s"] = n_token / statistics.median(own)
        kind, _, peer = name.partition("_")
        if peer:
            low, middle, high = quartiles(times[kind], own)
            row = f"epoch_{kind}_over_{peer}"
            found |= {row: middle, f"{row}_low": low, f"{row}_high": high}
    return found


def waste(batches: Iterable[tuple[Tensor, ...]]) -> float:
    """The share of ids that is padding, of source and of what should be answered."""
    counts = torch.zeros(2)
    for source, _, target in batches:
        for side in (source, target):
            counts += torch.tensor([(side == PAD).sum(), side.numel()])
    return float(counts[0] / counts[1])


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
    found |= preparing(texts, fast)
    for name, value in found.items():
        print(f"{name:28} {value:14,.3f}")
    if record:
        write(found, time.perf_counter() - start)


def write(found: dict[str, float], wall_seconds: float) -> None:
    """Put the measurements into the ledger, as ``data/speed``."""
    from importlib.metadata import version

    from n2t import ledger
    from n2t.runs.folders import processor

    files = {
        f"{name}/{file.name}": file.sha256
        for name in ("multi30k", "tinyshakespeare")
        for file in REGISTRY[name].files
        if file.name in ("train.en.gz", "train.de.gz", "input.txt")
    }
    path = ledger.record(
        "data/speed",
        task="data",
        command="python -m benchmarks.data --record",
        configuration={
            "vocab_size": VOCAB_SIZE, "max_tokens": MAX_TOKENS, "rounds": ROUNDS
        },
        seeds=[0],
        metrics={name: [value] for name, value in found.items()},
        data=files,
        sources=ledger.sources_of(__file__),
        device=f"cpu: {processor()}, {torch.get_num_threads()} threads",
        versions={"torch": torch.__version__, "tokenizers": version("tokenizers")},
        wall_seconds=wall_seconds,
    )  # fmt: skip
    print(f"recorded in {path.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
