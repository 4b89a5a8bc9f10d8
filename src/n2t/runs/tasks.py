"""From a preset to everything that ``fit`` needs: presets are data, in ``presets/``."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from n2t._fields import Seed, did_you_mean
from n2t.data.batches.buckets import Buckets
from n2t.data.batches.pairs import TokenBatches
from n2t.data.batches.resampled import ResampledBatches
from n2t.data.batches.windows import pack
from n2t.data.sets.splits import Splits
from n2t.data.sets.taught import with_taught
from n2t.data.text.specials import STANDARD
from n2t.data.text.vocabulary import Tokenizer
from n2t.runs import corpora
from n2t.runs.sections import (
    BATCHES,
    FOR_LEARNING,
    LOSSES,
    SECTIONS,
    TASKS,
    TOKENIZERS,
    Preset,
    check,
    classes_of,
    configure,
)
from n2t.runs.settings import checked_as, choose
from n2t.training.config import FitConfig
from n2t.training.losses import Loss
from n2t.training.safety import memory_advice

PRESETS = Path(__file__).with_name("presets")


@dataclass
class Job:
    """A task made ready to be trained.

    Attributes:
        task, preset: what it was made from.
        splits: the texts.
        tokenizer: one for both languages, where there are two.
        model: with fresh weights.
        train, validation: batches.
        loss: for training. Validation is measured without label smoothing by
            ``n2t evaluate``; the curve shows the training loss's own kind.
        config: for ``fit``.
        data: hashes of what is learned from.
    """

    task: str
    preset: Preset
    splits: Splits
    tokenizer: Tokenizer
    model: nn.Module
    train: Iterable
    validation: Iterable
    loss: Loss
    config: FitConfig
    data: dict[str, str] = field(default_factory=dict)


def preset_names(task: str) -> list[str]:
    """The presets that a task has."""
    return list(_presets(task))


def read_preset(task: str, name: str) -> Preset:
    """A preset as it stands in its file.

    Raises:
        ValueError: an unknown task or preset, with those that there are.
    """
    return choose("preset", name, _presets(task))


def change(preset: Preset, settings: Sequence[str]) -> Preset:
    """A copy with fields changed: ``["fit.max_steps=20", "model.d_model=64"]``.

    Values are JSON; what is no JSON is taken as text. ``check`` looks at them.

    Raises:
        ValueError: a setting without ``=``, or a section that is not there.
    """
    changed = json.loads(json.dumps(preset))
    for setting in settings:
        path, equals, text = setting.partition("=")
        section, dot, key = path.partition(".")
        if not (equals and dot and key) or section not in SECTIONS:
            raise ValueError(
                f"set ({setting!r}) must be section.field=value, with a section of "
                f"{', '.join(SECTIONS)}{did_you_mean(section, SECTIONS)}"
            )
        try:
            value = json.loads(text)
        except (json.JSONDecodeError, RecursionError):
            value = text
        changed.setdefault(section, {})[key] = value
    return changed


def build(task: str, preset: Preset, *, seed: int = 0) -> Job:
    """Load the texts, learn the tokenizer, make the model and the batches.

    Raises:
        ValueError: a setting that cannot be, before anything is loaded; examples that
            are too long for the model.
        n2t.data.sources.download.DataError: no files here and no network.
        TooLittleMemoryError: the model does not fit into memory.
    """
    preset = check(task, preset)
    checked_as("seed", seed, Seed)
    config = FitConfig(**preset["fit"], seed=seed)
    options = dict(preset["data"])
    name = options.pop("name")
    splits = corpora.load(name, **options)
    tokenizer = learn_tokenizer(preset["tokenizer"], texts_of(task, splits.train))
    torch.manual_seed(seed)
    with memory_advice():
        model = make_model(task, preset["model"], tokenizer, splits)
    batches = [
        make_batches(task, preset["batches"], tokenizer, part, seed, shuffle)
        for part, shuffle in ((splits.train, True), (splits.validation, False))
    ]
    _check_room(model, batches)
    loss, options = LOSSES[task], preset.get("loss", {})
    loss = loss(**options) if task == "translation" else partial(loss, **options)
    data = corpora.hashes(name, splits) | corpora.taught_hash(preset["batches"])
    return Job(task, preset, splits, tokenizer, model, *batches, loss, config, data)


def _check_room(model: nn.Module, batches: Iterable) -> None:
    """Refuse examples that the model has no positions for, before it meets them."""
    room = getattr(model.config, "max_length", None)
    lengths = [part.lengths.max() for part in batches if isinstance(part, Buckets)]
    if room is not None and lengths and max(lengths) > room:
        raise ValueError(
            f"model.max_length ({room}) must be at least {max(lengths)}, the length of "
            "the longest example"
        )


def texts_of(task: str, part: Sequence) -> list[str]:
    """What a tokenizer learns from: both sides of pairs, documents, or texts."""
    if task == "translation":
        return [text for pair in part for text in pair]
    return list(part) if task == "language-model" else [text for text, _ in part]


def learn_tokenizer(settings: dict[str, Any], texts: Sequence[str]) -> Tokenizer:
    """The tokenizer of that ``kind``, trained with the other settings.

    Byte pairs are cut as in the recorded runs, unless ``cut`` says "gpt2".

    Raises:
        ValueError: an unknown kind, or special ids that are not the standard ones,
            which a run's models, batches and losses count on.
    """
    options = dict(settings)
    kind = options.pop("kind", None)
    if kind not in TOKENIZERS:
        raise ValueError(f"kind ({kind!r}) must be one of {', '.join(TOKENIZERS)}")
    if kind == "byte_pair":
        options.setdefault("cut", "bounded")
    if not STANDARD.items() <= options.get("special_ids", STANDARD).items():
        raise ValueError(f"tokenizer.special_ids must hold {STANDARD}")
    return TOKENIZERS[kind].train(texts, **options)


def make_model(
    task: str, settings: dict[str, Any], tokenizer: Tokenizer, splits: Splits
) -> nn.Module:
    """A model of the task's kind, as large as the tokenizer's vocabulary wants.

    A translator's settings may name its ``family``: "transformer" or "recurrent".
    """
    n_class = None
    if task == "classification":
        n_class = 1 + max(label for _, label in splits.train)
    config = configure(task, settings, tokenizer.vocab_size, n_class)
    return classes_of(task, settings)[0](config)


def make_batches(
    task: str,
    settings: dict[str, Any],
    tokenizer: Tokenizer,
    part: Sequence,
    seed: int,
    shuffle: bool,
) -> Iterable:
    """Batches of encoded examples, of the task's kind.

    A translator's settings may have ``merge_dropout``: training texts are then cut
    anew in each epoch (``n2t.data.text.merge_dropout``). They may have ``taught``, the
    path of a file with further pairs to learn from, and ``references``, false to learn
    from those alone (``n2t.data.sets.taught``).
    """
    kind, order = BATCHES[task], dict(seed=seed, shuffle=shuffle)
    if task == "translation":
        return _batches_of_pairs(settings, tokenizer, part, **order)
    if task == "language-model":
        ids = pack(tokenizer.encode_batch(part))
        return kind(ids, **settings, **order)
    texts = tokenizer.encode_batch([text for text, _ in part])
    labels = [label for _, label in part]
    return kind(zip(texts, labels, strict=True), **settings, **order)


def _batches_of_pairs(settings, tokenizer, part, *, shuffle: bool, **order) -> Iterable:
    """Of a translator's pairs; those that are shuffled are learned from."""
    own = {name: value for name, value in settings.items() if name not in FOR_LEARNING}
    if shuffle and (path := settings.get("taught")):
        references = settings.get("references", True)
        part = with_taught(part, path, references=references)
    if shuffle and (dropout := settings.get("merge_dropout")):
        return ResampledBatches(part, tokenizer, dropout=dropout, **own, **order)
    sources = tokenizer.encode_batch([source for source, _ in part], eos=True)
    targets = tokenizer.encode_batch([target for _, target in part])
    pairs = zip(sources, targets, strict=True)
    return TokenBatches(pairs, shuffle=shuffle, **own, **order)


def batches_class(task: str, settings: dict[str, Any]) -> type:
    """The class of the batches that a task with these settings learns from."""
    resampled = task == "translation" and settings.get("merge_dropout")
    return ResampledBatches if resampled else BATCHES[task]


def _presets(task: str) -> dict[str, Preset]:
    choose("task", task, dict.fromkeys(TASKS))
    return json.loads((PRESETS / f"{task}.json").read_text(encoding="utf-8"))
