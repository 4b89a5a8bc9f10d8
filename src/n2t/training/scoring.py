"""Scores of finished runs, on any split, and their way into the ledger."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from n2t import ledger
from n2t.data.tokenizers import PAD, Tokenizer
from n2t.decoding import Beam, Greedy, decode
from n2t.metrics import accuracy, bits_per_byte, bleu, chrf, exact_match, perplexity
from n2t.training import corpora, history, runs
from n2t.training.losses import cross_entropy
from n2t.training.stream import to_device
from n2t.training.tasks import make_batches

SPLITS = ("train", "validation", "test")
ROWS = 64  # sentences that are translated at once


def evaluate(
    run_dir: Path | str, *, split: str = "test", device: torch.device | str = "cpu"
) -> dict[str, float]:
    """The scores of a finished run on a split, by the names that the ledger uses.

    Raises:
        ValueError: an unknown split, or one that the data does not have.
    """
    if split not in SPLITS:
        raise ValueError(f"split ({split!r}) must be one of {', '.join(SPLITS)}")
    model, tokenizer, facts = runs.load_model(run_dir, device)
    options = dict(facts["configuration"]["data"])
    part = getattr(corpora.load(options.pop("name"), **options), split)
    if not part:
        raise ValueError(f"split ({split!r}) is empty: this data has none")
    score = {
        "translation": score_translation,
        "language-model": score_language_model,
        "classification": score_classification,
    }[facts["task"]]
    return score(model, tokenizer, part, facts["configuration"])


def translate(
    model: nn.Module,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    *,
    beam: int = 1,
    length_penalty: float = 0.6,
    max_new_tokens: int = 100,
) -> list[str]:
    """Translate texts; those of like length together, the order of texts kept.

    No answer is longer than the model's ``max_length`` allows, if it has one.
    """
    longest = getattr(model.config, "max_length", max_new_tokens + 1)
    max_new_tokens = min(max_new_tokens, longest - 1)
    strategy = Beam(beam, length_penalty=length_penalty) if beam > 1 else Greedy()
    rows = tokenizer.encode_batch(texts, eos=True)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    device = next(model.parameters()).device
    answers: dict[int, str] = {}
    for start in range(0, len(order), ROWS):
        some = order[start : start + ROWS]
        source = nn.utils.rnn.pad_sequence(
            [torch.tensor(rows[i]) for i in some], batch_first=True, padding_value=PAD
        )
        decoded = decode(
            model, source.to(device), max_new_tokens=max_new_tokens, strategy=strategy
        )
        best = decoded.ids[:, 0] if decoded.ids.dim() == 3 else decoded.ids
        for i, ids in zip(some, best.tolist(), strict=True):
            answers[i] = tokenizer.decode(ids)
    return [answers[i] for i in range(len(rows))]


def score_translation(
    model: nn.Module, tokenizer: Tokenizer, part: Sequence, preset: dict[str, Any]
) -> dict[str, float]:
    """BLEU, cased and in lower case, chrF and exact match, of the preset's search."""
    sources, references = zip(*part, strict=True)
    answers = translate(model, tokenizer, sources, **preset["decode"])
    return {
        "bleu_cased": bleu(answers, references),
        "bleu_lower": bleu(answers, references, lowercase=True),
        "chrf": chrf(answers, references),
        "exact_match": exact_match(answers, references),
    }


@torch.no_grad()
def score_language_model(
    model: nn.Module, tokenizer: Tokenizer, part: Sequence, preset: dict[str, Any]
) -> dict[str, float]:
    """Loss a token, perplexity, and bits a byte, over the whole part."""
    batches = make_batches(
        "language-model", preset["batches"], tokenizer, part, seed=0, shuffle=False
    )
    device, nats, count = next(model.parameters()).device, 0.0, 0
    for batch in batches:
        inputs, targets = to_device(batch, device)
        total, tokens = cross_entropy(model(inputs), targets)
        nats, count = nats + total.item(), count + int(tokens)
    size = sum(len(text.encode()) for text in part)
    n_token = sum(map(len, tokenizer.encode_batch(part)))
    return {
        "loss": nats / count,
        "perplexity": perplexity(nats, count),
        "bits_per_byte": bits_per_byte(nats * n_token / count, size),
    }


@torch.no_grad()
def score_classification(
    model: nn.Module, tokenizer: Tokenizer, part: Sequence, preset: dict[str, Any]
) -> dict[str, float]:
    """The share of right classes."""
    batches = make_batches(
        "classification", preset["batches"], tokenizer, part, seed=0, shuffle=False
    )
    device = next(model.parameters()).device
    given, wanted = [], []
    for batch in batches:
        inputs, labels = to_device(batch, device)
        given += model(inputs).argmax(-1).tolist()
        wanted += labels.tolist()
    return {"accuracy": accuracy(given, wanted)}


def enter(
    name: str, run_dirs: Sequence[Path | str], *, split: str = "test", **options: Any
) -> Path:
    """Score runs that differ in their seed alone, and record them in the ledger.

    Raises:
        ValueError: the runs differ in more than their seed.
    """
    found = [runs.read(run_dir) for run_dir in run_dirs]
    first = found[0]
    for facts in found[1:]:
        wrong = ledger.differences(first["configuration"], facts["configuration"])
        if wrong:
            raise ValueError(f"runs differ in more than their seed: {'; '.join(wrong)}")
    scores = [evaluate(run_dir, split=split, **options) for run_dir in run_dirs]
    curves = [history.read_rows(Path(d) / history.METRICS_FILE) for d in run_dirs]
    last = [max((row for row in rows if "tokens" in row), key=_step) for rows in curves]
    preset = first["preset"]
    listed = f"src/n2t/training/presets/{first['task']}.json"
    return ledger.record(
        name,
        task=first["task"],
        preset=preset,
        command=first["command"],
        configuration=first["configuration"],
        configuration_source={"file": listed, "key": preset},
        seeds=[facts["seed"] for facts in found],
        metrics={key: [float(s[key]) for s in scores] for key in scores[0]},
        signatures={
            key: f"{split}; {getattr(value, 'signature', '')}".strip("; ")
            for key, value in scores[0].items()
        },
        device=f"{first['device']}: {first['processor']}, {first['threads']} threads",
        wall_seconds=math.fsum(row["seconds"] for row in last) / len(last),
        tokens=last[0]["tokens"],
        flops=6.0 * first["parameters"] * last[0]["tokens"],
        commit=first["commit"],
        versions=first["versions"],
        data=first["data"],
        sources=SOURCES[first["task"]],
    )


def _step(row: dict[str, Any]) -> int:
    return row["step"]


_COMMON = ["attention.py", "blocks.py", "positions.py", "training/losses.py"]
_COMMON += ["training/optimizers.py", "training/schedules.py", "data/batching.py"]
_OWN = {
    "translation": ["models/transformer.py", "decoding/strategies.py"],
    "language-model": ["models/decoder_only.py"],
    "classification": ["models/encoder_only.py"],
}
SOURCES = {task: [f"src/n2t/{p}" for p in _COMMON + own] for task, own in _OWN.items()}
