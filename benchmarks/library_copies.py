"""What the study of the small GPT asks of a text: copies, repeats, continuations."""

import numpy as np
import torch

from n2t.decoding import Sample, decode
from n2t.models import DecoderOnly
from n2t.scratch.n_grams import KneserNey

PROMPT, NEW, DRAWS, SEGMENT, SKIP = 32, 64, 48, 64, 8
FIRST_MERGE = 260  # ids from here on stand for more than one byte


class Index:
    """Where each token stands in a text, to find the longest stretch of another."""

    def __init__(self, line: np.ndarray, vocab_size: int):
        self.line = line
        self.order = np.argsort(line, kind="stable")
        self.edges = np.searchsorted(line[self.order], np.arange(vocab_size + 1))

    def longest(self, ids: np.ndarray) -> tuple[int, int]:
        """Start and length of the longest run of ``ids`` that the text has too."""
        best = (0, 0)
        for start in range(len(ids)):
            length = self._length(ids[start:])
            best = (start, length) if length > best[1] else best
        return best

    def _length(self, ids: np.ndarray) -> int:
        """How many of the first ids stand together somewhere in the text."""
        low, high = self.edges[ids[0]], self.edges[ids[0] + 1]
        places = self.order[low:high]
        for length, i in enumerate(ids[1:].tolist(), 1):
            if not len(places):
                return length - 1
            places = places[places + length < len(self.line)]
            places = places[self.line[places + length] == i]
        return len(ids) if len(places) else len(ids) - 1


def copied(index: Index, tokenizer, rows: list[np.ndarray]) -> list[int]:
    """Bytes of the longest stretch of the text in each row of ids."""
    found = []
    for row in rows:
        start, length = index.longest(row)
        kept = row[start : start + length].tolist()
        found.append(sum(len(tokenizer.token_bytes(i)) for i in kept))
    return found


def prompts(line: np.ndarray, eos: int) -> tuple[np.ndarray, np.ndarray]:
    """Prompts within documents of a line, (DRAWS, PROMPT), and what really follows."""
    rng, rows = np.random.default_rng(0), []
    while len(rows) < DRAWS:
        start = int(rng.integers(len(line) - PROMPT - NEW))
        row = line[start : start + PROMPT + NEW]
        if eos not in row:
            rows.append(row)
    both = np.stack(rows)
    return both[:, :PROMPT], both[:, PROMPT:]


def written_by_gpt(
    model: DecoderOnly, given: np.ndarray, **options
) -> list[np.ndarray]:
    """Continuations, drawn with a seed; ``options`` are those of ``Sample``."""
    found = decode(
        model,
        prompt=torch.from_numpy(given),
        max_new_tokens=NEW,
        strategy=Sample(**options),
        generator=torch.Generator().manual_seed(0),
    )
    return [np.array(row) for row in found.lists() if row]


def written_by_counts(model: KneserNey, given: np.ndarray) -> list[np.ndarray]:
    """Continuations from counts, drawn with a seed."""
    rng, rows = np.random.default_rng(0), []
    for prompt in given:
        ids = prompt.tolist()
        for _ in range(NEW):
            p = model.distribution(np.array(ids))
            ids.append(int(rng.choice(model.V, p=p / p.sum())))
        rows.append(np.array(ids[len(prompt) :]))
    return rows


def segments(
    line: np.ndarray, vocab_size: int, kind: str, number: int = 64
) -> np.ndarray:
    """Runs of SEGMENT ids: drawn evenly from the merged ones ("random"), or text."""
    rng = np.random.default_rng(1)
    if kind == "random":
        return rng.integers(FIRST_MERGE, vocab_size, (number, SEGMENT))
    starts = rng.integers(len(line) - SEGMENT, size=number)
    return np.stack([line[s : s + SEGMENT] for s in starts])


@torch.no_grad()
def by_position(model: DecoderOnly, runs: np.ndarray) -> np.ndarray:
    """Mean nats at each position of runs (N, T) that come twice: (2T - 1,)."""
    ids = torch.from_numpy(np.concatenate([runs, runs], 1))
    log_p = model(ids)[:, :-1].log_softmax(-1)
    return -log_p.gather(-1, ids[:, 1:, None])[..., 0].mean(0).numpy()


def gain(curve: np.ndarray) -> float:
    """Nats a token that the second time saves; the first SKIP of each are left out."""
    return float(curve[SKIP : SEGMENT - 1].mean() - curve[SEGMENT + SKIP :].mean())


def head_scores(model: DecoderOnly, runs: np.ndarray) -> list[list[float]]:
    """Each head's mean weight, the second time, on what followed the first time."""
    maps = model.attention_maps(torch.from_numpy(np.concatenate([runs, runs], 1)))
    at = torch.arange(SEGMENT + SKIP, 2 * SEGMENT)
    return [
        weights[:, :, at, at - SEGMENT + 1].mean((0, 2)).tolist()
        for weights in maps.values()
    ]
