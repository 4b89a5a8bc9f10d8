"""Scores of finished runs, on any split, and their way into the ledger."""

import math
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import nn

from n2t import ledger
from n2t._fields import Size, check_value
from n2t._special_ids import PAD
from n2t.data.text.vocabulary import Tokenizer, check_texts
from n2t.decoding import Beam, Greedy, decode
from n2t.ledger import places
from n2t.metrics import accuracy, bits_per_byte, bleu, chrf, exact_match, perplexity
from n2t.modes import in_eval_mode
from n2t.runs import corpora, folders, lineage
from n2t.runs.sections import SEARCHES, check_part
from n2t.runs.tasks import make_batches, read_preset
from n2t.training import checkpoints, history
from n2t.training.losses import language_model_loss
from n2t.training.state import set_weights
from n2t.training.stream import to_device

SPLITS = ("train", "validation", "test")
WEIGHTS = ("kept", "last")
COUNTED = (
    "3 times the matrix products of a forward pass: linear maps, attention in full and "
    "read-out, on every token of source and target, padding too; counted on the "
    "batches of an epoch, for each target token that counts, times the run's tokens"
)
ROWS = 64  # sentences that are translated at once


def evaluate(
    run_dir: Path | str,
    *,
    split: str = "test",
    device: torch.device | str = "cpu",
    weights: str = "kept",
    dtype: torch.dtype | None = None,
    decode: dict[str, Any] | None = None,
) -> dict[str, float]:
    """The scores of a finished run on a split, by the names that the ledger uses.

    Args:
        run_dir: the run's folder.
        split: "train", "validation" or "test".
        device: where the model runs.
        weights: "kept" for the finished model's, the mean of the last ones if the
            run averaged; "last" for those of the last update, before any mean.
        dtype: first store the weights so, and read them back: ``torch.int8``.
        decode: fields to change in the preset's search, such as ``{"beam": 5}``.

    Raises:
        ValueError: an unknown split, one that the data does not have, or unknown
            weights.
    """
    if split not in SPLITS:
        raise ValueError(f"split ({split!r}) must be one of {', '.join(SPLITS)}")
    model, tokenizer, facts = load(run_dir, device, weights=weights, dtype=dtype)
    task, preset = facts["task"], facts["configuration"]
    if decode:
        preset = preset | {"decode": preset.get("decode", {}) | decode}
    names = ("data", "batches", *(["decode"] if task in SEARCHES else ()))
    preset = preset | {name: check_part(task, preset, name) for name in names}
    options = dict(preset["data"])
    part = getattr(corpora.load(options.pop("name"), **options), split)
    if not part:
        raise ValueError(f"split ({split!r}) is empty: this data has none")
    score = {
        "translation": score_translation,
        "language-model": score_language_model,
        "classification": score_classification,
    }[task]
    return score(model, tokenizer, part, preset)


def load(
    run_dir: Path | str,
    device: torch.device | str = "cpu",
    *,
    weights: str = "kept",
    dtype: torch.dtype | None = None,
) -> tuple[nn.Module, Tokenizer, dict[str, Any]]:
    """The model, tokenizer and description of a finished run; see ``evaluate``.

    Raises:
        ValueError: unknown weights.
        CheckpointError: the last weights are wanted, and no checkpoint is there.
    """
    if weights not in WEIGHTS:
        raise ValueError(f"weights ({weights!r}) must be one of {', '.join(WEIGHTS)}")
    model, tokenizer, facts = folders.load_model(run_dir, device)
    if weights == "last":
        last = checkpoints.latest(run_dir)
        if last is None:
            raise checkpoints.CheckpointError(f"{run_dir} has no checkpoint")
        set_weights(model, checkpoints.load(last)[0])
    if dtype is not None:
        with TemporaryDirectory() as folder:
            model.save_pretrained(folder, dtype=dtype)
            model = type(model).from_pretrained(folder, device=device)
    return model, tokenizer, facts


def translate(
    model: nn.Module,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    *,
    beam: Size = 1,
    length_penalty: float = 0.6,
    max_new_tokens: Size = 100,
) -> list[str]:
    """Translate texts; those of like length together, the order of texts kept.

    A text of nothing but blanks has the answer "". No answer is longer than the
    model's ``max_length`` allows, if it has one.

    Raises:
        TypeError, ValueError: an option that cannot be, or a text that cannot be
            translated; its place is named.
    """
    check_value("beam", beam, Size)
    texts = list(check_texts(texts))
    for number, text in enumerate(texts):
        if wrong := fault(model, tokenizer, text):
            raise ValueError(f"texts[{number}] has {wrong}")
    longest = getattr(model.config, "max_length", max_new_tokens + 1)
    max_new_tokens = min(max_new_tokens, longest - 1)
    strategy = Beam(beam, length_penalty=length_penalty) if beam > 1 else Greedy()
    rows = tokenizer.encode_batch(texts, eos=True)
    answers = {i: "" for i, text in enumerate(texts) if not text.strip()}
    asked = (i for i in range(len(rows)) if i not in answers)
    order = sorted(asked, key=lambda i: len(rows[i]))
    device = next(model.parameters()).device
    for start in range(0, len(order), ROWS):
        some = order[start : start + ROWS]
        source = nn.utils.rnn.pad_sequence(
            [torch.tensor(rows[i]) for i in some],
            batch_first=True,
            padding_value=getattr(model.config, "pad_id", PAD),
        )
        decoded = decode(
            model, source.to(device), max_new_tokens=max_new_tokens, strategy=strategy
        )
        best = decoded.ids[:, 0] if decoded.ids.dim() == 3 else decoded.ids
        for i, ids in zip(some, best.tolist(), strict=True):
            answers[i] = tokenizer.decode(ids)
    return [answers[i] for i in range(len(rows))]


def fault(model: nn.Module, tokenizer: Tokenizer, text: str) -> str:
    """Why a text cannot be translated, in words that follow its place; "" if it can.

    Raises:
        TypeError, ValueError: it is no text; see ``Tokenizer.encode``.
    """
    longest = getattr(model.config, "max_length", None)
    if longest is None or getattr(model.config, "position", "") == "none":
        return ""
    length = len(tokenizer.encode(text, eos=True))
    return f"{length:,} tokens, wanted at most {longest:,}" if length > longest else ""


def score_translation(
    model: nn.Module, tokenizer: Tokenizer, part: Sequence, preset: dict[str, Any]
) -> dict[str, float]:
    """BLEU, cased and in lower case, chrF and exact match, of the preset's search."""
    sources, references = zip(*part, strict=True)
    answers = translate(model, tokenizer, sources, **preset["decode"])
    return score_texts(answers, references, corpora.target_language(**preset["data"]))


def score_texts(
    answers: Sequence[str], references: Sequence[str], language: str = ""
) -> dict[str, float]:
    """The scores of translations, whoever made them; BLEU and chrF with signatures.

    ``language`` is the code of the one that was translated into, for BLEU's sake.
    """
    return {
        "bleu_cased": bleu(answers, references, language=language),
        "bleu_lower": bleu(answers, references, lowercase=True, language=language),
        "chrf": chrf(answers, references),
        "exact_match": exact_match(answers, references),
    }


@torch.no_grad()
@in_eval_mode
def score_language_model(
    model: nn.Module, tokenizer: Tokenizer, part: Sequence, preset: dict[str, Any]
) -> dict[str, float]:
    """Loss a token, perplexity, and bits a byte, over the whole part.

    The loss is the training's own, in chunks if that was.
    """
    chunk = preset.get("loss", {}).get("chunk")
    batches = make_batches(
        "language-model", preset["batches"], tokenizer, part, seed=0, shuffle=False
    )
    device, nats, count = next(model.parameters()).device, 0.0, 0
    for batch in batches:
        total, tokens = language_model_loss(model, to_device(batch, device), chunk)
        nats, count = nats + total.item(), count + int(tokens)
    size = sum(len(text.encode()) for text in part)
    n_token = sum(map(len, tokenizer.encode_batch(part)))
    return {
        "loss": nats / count,
        "perplexity": perplexity(nats, count),
        "bits_per_byte": bits_per_byte(nats * n_token / count, size),
    }


@torch.no_grad()
@in_eval_mode
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
    name: str,
    run_dirs: Sequence[Path | str],
    *,
    split: str = "test",
    facts: dict[str, Any] | None = None,
    **options: Any,
) -> Path:
    """Score runs that differ in their seed alone, and record them in the ledger.

    Args:
        name: the record's.
        run_dirs: a folder for each seed.
        split: what is scored.
        facts: more fields of the record, or others, such as a note.
        options: how to score, as in ``evaluate``; recorded under "scored".

    Raises:
        ValueError: no name of a record; the runs differ in more than their seed, or
            their code is not what it was when they began.
    """
    places.path_of(name, places.checkout())  # before minutes of scoring
    found = [folders.read(run_dir) for run_dir in run_dirs]
    first = found[0]
    for other in found[1:]:
        wrong = ledger.differences(first["configuration"], other["configuration"])
        if wrong:
            raise ValueError(f"runs differ in more than their seed: {'; '.join(wrong)}")
    lineage.check_unchanged(found)
    scores = [evaluate(run_dir, split=split, **options) for run_dir in run_dirs]
    fields = facts_of(first, [history.last_point(run_dir) for run_dir in run_dirs])
    fields["flops"] = flops_per_token(run_dirs[0]) * fields["tokens"]
    options.pop("device", None)
    scored = {key: v if key == "decode" else str(v) for key, v in options.items()}
    return ledger.record(
        name,
        seeds=[run["seed"] for run in found],
        metrics={key: [float(s[key]) for s in scores] for key in scores[0]},
        signatures=signatures(scores[0], split),
        scored={"split": split} | scored,
        **fields | (facts or {}),
    )


def flops_per_token(run_dir: Path | str) -> float:
    """Operations of training a run's model, for each target token; see ``COUNTED``."""
    model, tokenizer, facts = folders.load_model(run_dir)
    task, preset = facts["task"], facts["configuration"]
    options = dict(preset["data"])
    part = corpora.load(options.pop("name"), **options).train
    settings = preset["batches"]
    flops, tokens = 0, 0
    for batch in make_batches(task, settings, tokenizer, part, facts["seed"], True):
        if task == "translation":
            flops += model.forward_flops(*batch.source.shape, batch.target_in.shape[1])
            tokens += batch.n_token
        else:
            inputs, targets = batch
            flops += model.forward_flops(*inputs.shape)
            tokens += targets.numel()
    return 3.0 * flops / tokens


def signatures(scores: dict[str, float], split: str) -> dict[str, str]:
    """How each score was made: on which split, and the scoring program's own words."""
    return {
        key: f"{split}; {getattr(value, 'signature', '')}".strip("; ")
        for key, value in scores.items()
    }


def facts_of(run: dict[str, Any], last: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The fields of a record that do not come from scoring.

    Args:
        run: the description of one of the runs.
        last: the last row of the curves of each run.
    """
    preset, processor = run["preset"], f"{run['processor']}, {run['threads']} threads"
    if run.get("processes", 1) > 1:
        processor = f"{run['processor']}, {run['processes']} processes"
    file = f"src/n2t/runs/presets/{run['task']}.json"
    settled = {"configuration_source": {"file": file, "key": preset}}
    if run["configuration"] != read_preset(run["task"], preset):  # --set was used
        settled = {}
    noted = ("weights", "precision", "begun_with", "resumed")
    settled |= {key: run[key] for key in noted if key in run}
    same = "task preset command configuration commit versions data parameters"
    return {key: run[key] for key in same.split()} | {
        **settled,
        "device": f"{run['device']}: {processor}",
        "tokens": last[0]["tokens"],
        "updates": last[0]["step"],
        "flops_counted": COUNTED,
        "sources": lineage.sources_of(run),
        **times_of(last),
    }


def times_of(last: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Mean seconds of runs, by the clock and, where all counted them, of processors."""
    fields = {"wall_seconds": "seconds", "processor_seconds": "processor_seconds"}
    return {
        name: math.fsum(row[key] for row in last) / len(last)
        for name, key in fields.items()
        if all(key in row for row in last)
    }
