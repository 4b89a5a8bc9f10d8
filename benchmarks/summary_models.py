"""The summarizers of `benchmarks.summaries` that are trained from nothing.

Two arms of one size. `plain` writes words of a list; `pointer` may also copy words of
its source. Each job (a data set, an arm, a rate, a seed) is kept below
`runs/summaries`, so a benchmark that stopped goes on where it was.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from n2t.data.batches import TokenBatches, pad
from n2t.data.sets.docstrings import docstring_pairs
from n2t.data.sets.scitldr import scitldr
from n2t.data.text import (
    Tokenizer,
    WordTokenizer,
    source_ids,
    split_words,
    target_ids,
    words_of,
)
from n2t.decoding import Beam, decode
from n2t.ledger import places
from n2t.models import (
    PointerConfig,
    PointerTransformer,
    Transformer,
    TransformerConfig,
)

FOLDER = places.ROOT / "runs" / "summaries"
ARMS = ("plain", "pointer")
VOCABULARY, BEAM, WARMUP, DECAY, CLIP = 3000, 4, 100, 0.01, 1.0
MODEL = {
    "d_model": 96,
    "n_head": 4,
    "n_layer": 2,
    "d_ff": 384,
    "dropout": 0.2,
    "tie_embeddings": "all",
    "norm_first": True,
}


@dataclass(frozen=True)
class Task:
    """A data set, and what is done with it.

    rates: at which each arm is trained. source, target: words that a text and a summary
    may have. max_tokens: of a batch. epochs: of training. asked: whether SmolLM2 is.
    """

    name: str
    load: Callable
    rates: tuple[float, ...]
    source: int
    target: int
    max_tokens: int
    epochs: int
    asked: bool


TASKS = {
    "docstrings": Task(
        "docstrings", docstring_pairs, (4e-3, 8e-3), 60, 30, 2048, 6, True
    ),
    "scitldr": Task("scitldr", scitldr, (1e-3, 2e-3, 4e-3), 120, 40, 4096, 8, False),
}


class Reader:
    """Text to ids and back, for one arm: it knows whether words can be copied."""

    def __init__(self, task: Task, arm: str, tokenizer: Tokenizer):
        self.task, self.arm, self.tokenizer = task, arm, tokenizer
        self.source, self.target = task.source, task.target

    @classmethod
    def learn(cls, task: Task, arm: str, pairs: list) -> "Reader":
        """With a vocabulary from training texts and summaries."""
        texts = [side for pair in pairs for side in pair]
        words = WordTokenizer.train(texts, max_size=VOCABULARY, lowercase=True)
        return cls(task, arm, words)

    def text(self, text: str) -> tuple[list[int], list[str]]:
        """Ids of a source, and the words that only it knows."""
        ids, unknown = source_ids(self.tokenizer, text, self.source)
        if self.arm == "pointer":
            return ids, unknown
        unk, size = self.tokenizer.special_ids["<unk>"], self.tokenizer.vocab_size
        return [i if i < size else unk for i in ids], []

    def summary(self, text: str, unknown: list[str]) -> list[int]:
        """Ids of a summary."""
        return target_ids(self.tokenizer, text, unknown)[: self.target]

    def write(self, ids: list[int], unknown: list[str]) -> str:
        """The text of a summary's ids."""
        return " ".join(words_of(self.tokenizer, ids, unknown))

    def batches(self, pairs: list, seed: int, shuffle: bool = True) -> TokenBatches:
        """Batches of encoded pairs."""
        rows = []
        for text, summary in pairs:
            ids, unknown = self.text(text)
            rows.append((ids, self.summary(summary, unknown)))
        most = self.task.max_tokens
        return TokenBatches(rows, max_tokens=most, seed=seed, shuffle=shuffle)


def names(reader: Reader, text: str, references: list[str]) -> set[str]:
    """Words of references that the vocabulary lacks and what is read of a text has."""
    _, unknown = source_ids(reader.tokenizer, text, reader.source)
    return {w for r in references for w in split_words(r, True)} & set(unknown)


def first_summaries(papers: list) -> list[tuple[str, str]]:
    """Pairs of a text and one summary: of several, the first."""
    return [(a, b if isinstance(b, str) else b[0]) for a, b in papers]


def make(arm: str, length: int) -> nn.Module:
    """A model of an arm, untrained."""
    if arm == "pointer":
        config = PointerConfig(VOCABULARY, VOCABULARY, max_length=length, **MODEL)
        return PointerTransformer(config)
    config = TransformerConfig(VOCABULARY, VOCABULARY, max_length=length, **MODEL)
    return Transformer(config)


def loss_of(model: nn.Module, batch, reduction: str = "mean") -> torch.Tensor:
    """Cross-entropy of the next token, padding left out."""
    logits = model(batch.source, batch.target_in)
    return F.cross_entropy(
        logits.transpose(1, 2), batch.target_out, ignore_index=0, reduction=reduction
    )


def train(model: nn.Module, batches: TokenBatches, rate: float, epochs: int) -> None:
    """AdamW: the rate rises for `WARMUP` updates, then falls to 0 by a cosine."""
    adam = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=DECAY)
    total, step = epochs * len(batches), 0
    for _ in range(epochs):
        for batch in batches:
            step += 1
            share = 0.5 + 0.5 * np.cos(np.pi * step / total)
            adam.param_groups[0]["lr"] = rate * min(step / WARMUP, share)
            adam.zero_grad()
            loss_of(model, batch).backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            adam.step()
    model.eval()


@torch.no_grad()
def mean_loss(model: nn.Module, batches: TokenBatches) -> float:
    """Nats a target token."""
    nats, count = 0.0, 0
    for batch in batches:
        nats += loss_of(model, batch, "sum").item()
        count += batch.n_token
    return nats / count


class Known(nn.Module):
    """A model that may not write `<unk>`: the next best word comes in its place."""

    def __init__(self, model: nn.Module, unk: int):
        super().__init__()
        self.model, self.config, self.unk = model, model.config, unk
        self.start = model.start

    def step(self, ids: torch.Tensor, state) -> torch.Tensor:
        """The model's logits, that of `<unk>` as low as can be."""
        logits = self.model.step(ids, state).clone()
        logits[:, self.unk] = -torch.inf
        return logits


def summarize(
    model: nn.Module, reader: Reader, texts: list[str], banned: bool = False
) -> list[str]:
    """A summary of each text, by beam search; `banned`: without `<unk>`."""
    if banned:
        model = Known(model, reader.tokenizer.special_ids["<unk>"])
    encoded = [reader.text(text) for text in texts]
    order, found = np.argsort([len(ids) for ids, _ in encoded]), [""] * len(texts)
    for start in range(0, len(order), 32):
        some = order[start : start + 32].tolist()
        source = pad([encoded[i][0] for i in some])
        options = {"max_new_tokens": reader.target, "strategy": Beam(BEAM)}
        for i, ids in zip(some, decode(model, source, **options).lists(), strict=True):
            found[i] = reader.write(ids, encoded[i][1])
    return found


def job(task: Task, arm: str, rate: float, seed: int, log=print) -> dict:
    """Train one model, or read what an earlier call left; its loss, time and folder."""
    folder = FOLDER / task.name / f"{arm}-{rate:g}-{seed}"
    if (folder / "job.json").is_file():
        return json.loads((folder / "job.json").read_text("utf-8"))
    splits, began = task.load(), time.process_time()
    reader = Reader.learn(task, arm, first_summaries(splits.train))
    torch.manual_seed(seed)
    model = make(arm, max(reader.source, reader.target + 1))
    batches = reader.batches(first_summaries(splits.train), seed)
    train(model, batches, rate, task.epochs)
    held_out = reader.batches(first_summaries(splits.validation), 0, shuffle=False)
    facts = {
        "validation_loss": mean_loss(model, held_out),
        "seconds": time.process_time() - began,
        "updates": task.epochs * len(batches),
        "parameters": model.n_parameters(),
        "folder": str(folder.relative_to(places.ROOT)),
    }
    model.save_pretrained(folder)
    reader.tokenizer.save(folder / "tokenizer.json")
    (folder / "job.json").write_text(json.dumps(facts), "utf-8")
    log(task.name, arm, rate, seed, facts, flush=True)
    return facts


def load(task: Task, arm: str, folder: Path | str) -> tuple[nn.Module, Reader]:
    """A model of a job, and its reader."""
    kind = PointerTransformer if arm == "pointer" else Transformer
    tokenizer = Tokenizer.load(Path(folder) / "tokenizer.json")
    return kind.from_pretrained(folder), Reader(task, arm, tokenizer)
