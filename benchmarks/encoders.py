"""Small encoders for `benchmarks.sentiment`: filling in hidden words, then classes.

Texts are lower case, cut by byte-pair encoding that was learned from the training texts
alone, with `<bos>` in front (the token that "first" pools) and at most `LENGTH` tokens.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from n2t.data.batches import pad
from n2t.data.text import FastBytePairTokenizer, Tokenizer
from n2t.models.encoder_only import EncoderOnly, EncoderOnlyConfig, mask_tokens
from n2t.models.pooling import PooledClassifier

SPECIAL = {"<pad>": 0, "<bos>": 1, "<eos>": 2, "<unk>": 3, "<mask>": 4}
MASK = SPECIAL["<mask>"]
PROTECTED = (SPECIAL["<pad>"], SPECIAL["<bos>"])
VOCAB, LENGTH = 4000, 64
SIZES = {"d_model": 96, "n_head": 4, "n_layer": 2, "d_ff": 192, "dropout": 0.1}
BATCH = {"masked": 64, "classes": 32}
WARMUP = 0.1  # of the updates
CHUNK = 20  # batches that are sorted by length together


@dataclass(frozen=True)
class Labeled:
    """Ids of texts, and their classes (0, 1, ...)."""

    rows: list[list[int]]
    labels: list[int]

    def first(self, n: int) -> Labeled:
        """The first n of them."""
        return Labeled(self.rows[:n], self.labels[:n])


def learn_tokenizer(texts: Sequence[str]) -> FastBytePairTokenizer:
    """Byte pairs of lower-case texts, with `<mask>` among the special tokens."""
    lower = [text.lower() for text in texts]
    return FastBytePairTokenizer.train(lower, VOCAB, special_ids=SPECIAL)


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    """`<bos>` and the first tokens of a text."""
    return tokenizer.encode(text.lower(), bos=True)[:LENGTH]


def new_encoder(vocab_size: int) -> EncoderOnly:
    """An encoder that has learned nothing, with the head that fills in words."""
    config = EncoderOnlyConfig(vocab_size, max_length=LENGTH, **SIZES)
    return EncoderOnly(config)


def batches(
    rows: Sequence[Sequence[int]], size: int, generator: torch.Generator
) -> Iterator[list[int]]:
    """Places of the rows of one epoch, in batches of rows that are alike in length."""
    order = torch.randperm(len(rows), generator=generator).tolist()
    found = []
    for start in range(0, len(order), size * CHUNK):
        some = sorted(order[start : start + size * CHUNK], key=lambda i: len(rows[i]))
        found += [some[i : i + size] for i in range(0, len(some), size)]
    for place in torch.randperm(len(found), generator=generator).tolist():
        yield found[place]


class Updates:
    """AdamW whose rate rises, and falls to 0; gradients are clipped."""

    def __init__(self, model: torch.nn.Module, rate: float, total: int):
        self.model, self.rate, self.total, self.done = model, rate, total, 0
        self.optimizer = torch.optim.AdamW(
            model.parameters(), betas=(0.9, 0.98), weight_decay=0.01
        )

    def step(self, loss: Tensor) -> None:
        """One update."""
        self.done += 1
        rising = max(1.0, WARMUP * self.total)
        falling = (self.total - self.done + 1) / (self.total - rising + 1)
        share = min(self.done / rising, falling)
        self.optimizer.param_groups[0]["lr"] = self.rate * share
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()


def pretrain(
    parts: dict[str, Labeled], vocab_size: int, *, epochs: int, rate: float, seed: int
) -> tuple[EncoderOnly, dict[str, list[float]]]:
    """An encoder that fills in hidden tokens; mean losses of each epoch, in nats.

    It learns from the training texts; those of validation are only looked at.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    rows, size = parts["train"].rows, BATCH["masked"]
    model = new_encoder(vocab_size)
    updates = Updates(model, rate, epochs * math.ceil(len(rows) / size))
    losses = {"train": [], "validation": []}
    for _ in range(epochs):
        model.train()
        found = [
            _masked_update(model, updates, [rows[i] for i in batch], generator)
            for batch in batches(rows, size, generator)
        ]
        losses["train"].append(float(np.mean(found)))
        losses["validation"].append(masked_loss(model, parts["validation"].rows))
    return model.eval(), losses


@torch.no_grad()
def masked_loss(model: EncoderOnly, rows: Sequence[list[int]]) -> float:
    """Nats for each hidden token, the same tokens hidden at every call."""
    model.eval()
    generator = torch.Generator().manual_seed(0)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    total = count = 0
    for start in range(0, len(order), 256):
        ids = pad([rows[i] for i in order[start : start + 256]])
        inputs, chosen = hide(ids, model.config.vocab_size, generator)
        logits = model.output(model.features(inputs)[chosen])
        total += F.cross_entropy(logits, ids[chosen], reduction="sum").item()
        count += int(chosen.sum())
    return total / count


def counted_loss(
    train: Sequence[list[int]], rows: Sequence[list[int]], V: int
) -> float:
    """Nats for each token of one who knows how often each occurs, and nothing else."""
    counts = np.ones(V)
    for row in train:
        np.add.at(counts, row[1:], 1)
    asked = np.concatenate([row[1:] for row in rows])
    return float(-np.log(counts[asked] / counts.sum()).mean())


def hide(ids: Tensor, vocab_size: int, generator: torch.Generator):
    """BERT's recipe: the ids as they are given, and where they are asked for."""
    return mask_tokens(
        ids,
        mask_id=MASK,
        vocab_size=vocab_size,
        special_ids=PROTECTED,
        generator=generator,
    )


def _masked_update(
    model: EncoderOnly, updates: Updates, rows: list, generator: torch.Generator
) -> float:
    ids = pad(rows)
    inputs, chosen = hide(ids, model.config.vocab_size, generator)
    if not chosen.any():  # a small batch of short texts
        chosen[0, 1] = True
    loss = F.cross_entropy(model.output(model.features(inputs)[chosen]), ids[chosen])
    updates.step(loss)
    return loss.item()


def finetune(
    start: EncoderOnly | None,
    vocab_size: int,
    train: Labeled,
    validation: Labeled,
    *,
    rate: float,
    seed: int,
    pooling: str = "mean",
    epochs: int = 3,
    least: int = 0,
    classes: int = 2,
) -> tuple[PooledClassifier, float]:
    """A classifier after its best epoch by validation, and its accuracy there.

    It begins with a copy of `start`, or with nothing. Few examples are read in more
    epochs, until there were `least` updates.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    encoder = new_encoder(vocab_size)
    if start is not None:
        encoder.load_state_dict(start.state_dict())
    model = PooledClassifier(encoder, classes, pooling)
    each = math.ceil(len(train.rows) / BATCH["classes"])
    epochs = max(epochs, math.ceil(least / each))
    updates, best, kept = Updates(model, rate, epochs * each), -1.0, {}
    labels = torch.tensor(train.labels)
    look = max(1, epochs // 4)  # four looks at validation, however many epochs
    for epoch in range(1, epochs + 1):
        model.train()
        for batch in batches(train.rows, BATCH["classes"], generator):
            logits = model(pad([train.rows[i] for i in batch]))
            updates.step(F.cross_entropy(logits, labels[batch]))
        if epoch % look == 0 or epoch == epochs:
            found = accuracy(scores(model, validation.rows), validation.labels)
            if found > best:
                best = found
                kept = {k: v.clone() for k, v in model.state_dict().items()}
    model.load_state_dict(kept)
    return model.eval(), best


@torch.no_grad()
def logits(model: torch.nn.Module, rows: Sequence[list[int]]) -> np.ndarray:
    """What a classifier says of each text, (N, classes)."""
    model.eval()
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    found: list[np.ndarray] = [np.empty(0)] * len(rows)
    for start in range(0, len(order), 256):
        some = order[start : start + 256]
        said = model(pad([rows[i] for i in some])).numpy()
        for place, row in zip(some, said, strict=True):
            found[place] = row
    return np.stack(found)


def log_odds(model: torch.nn.Module, rows: Sequence[list[int]]) -> np.ndarray:
    """The logit of class 1 less that of class 0, (N,)."""
    said = logits(model, rows)
    return (said[:, 1] - said[:, 0]).astype(float)


def scores(model: torch.nn.Module, rows: Sequence[list[int]]) -> np.ndarray:
    """Log-odds (N,) where there are two classes, else logits (N, classes)."""
    said = logits(model, rows)
    return said[:, 1] - said[:, 0] if said.shape[1] == 2 else said


def chosen(scores: np.ndarray) -> np.ndarray:
    """The class of each text, (N,), from log-odds (N,) or logits (N, classes)."""
    return (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(1)


def accuracy(scores: np.ndarray, labels: Sequence[int]) -> float:
    """The share of texts whose class is chosen."""
    return float((chosen(scores) == np.asarray(labels)).mean())
