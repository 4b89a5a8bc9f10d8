"""From a preset to everything that ``fit`` needs: presets are data, in ``presets/``."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from n2t._special_ids import BOS, EOS, PAD
from n2t.data.batches.labels import LabeledBatches
from n2t.data.batches.pairs import TokenBatches
from n2t.data.batches.resampled import ResampledBatches
from n2t.data.batches.windows import LanguageModelBatches, pack
from n2t.data.sets.splits import Splits
from n2t.data.text.fast_byte_pair import FastBytePairTokenizer
from n2t.data.text.specials import STANDARD
from n2t.data.text.tokenizers import CharacterTokenizer, WordTokenizer
from n2t.data.text.vocabulary import Tokenizer
from n2t.models import (
    DecoderOnly,
    DecoderOnlyConfig,
    EncoderOnly,
    EncoderOnlyConfig,
    RecurrentConfig,
    RecurrentSeq2Seq,
    Transformer,
    TransformerConfig,
)
from n2t.runs import corpora
from n2t.training.config import FitConfig
from n2t.training.losses import (
    Loss,
    classification_loss,
    language_model_loss,
    translation_loss,
)

PRESETS = Path(__file__).with_name("presets")
TASKS = ("translation", "language-model", "classification")
TOKENIZERS = {
    "character": CharacterTokenizer,
    "word": WordTokenizer,
    "byte_pair": FastBytePairTokenizer,
}
FAMILIES = {
    "transformer": (Transformer, TransformerConfig),
    "recurrent": (RecurrentSeq2Seq, RecurrentConfig),
}
LOSSES = {
    "translation": translation_loss,
    "language-model": language_model_loss,
    "classification": classification_loss,
}
BATCHES = {
    "translation": TokenBatches,
    "language-model": LanguageModelBatches,
    "classification": LabeledBatches,
}
Preset = dict[str, Any]


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
    presets = _presets(task)
    if name not in presets:
        raise ValueError(f"preset ({name!r}) must be one of {', '.join(presets)}")
    return presets[name]


def change(preset: Preset, settings: Sequence[str]) -> Preset:
    """A copy with fields changed: ``["fit.max_steps=20", "model.d_model=64"]``.

    Values are JSON; what is no JSON is taken as text.

    Raises:
        ValueError: a setting without ``=``, or a section that is not there.
    """
    changed = json.loads(json.dumps(preset))
    for setting in settings:
        path, equals, text = setting.partition("=")
        section, dot, key = path.partition(".")
        if not (equals and dot) or not isinstance(changed.get(section), dict):
            raise ValueError(
                f"set ({setting!r}) must be section.field=value, with a section of "
                f"{', '.join(name for name in changed if name != 'about')}"
            )
        try:
            changed[section][key] = json.loads(text)
        except json.JSONDecodeError:
            changed[section][key] = text
    return changed


def build(task: str, preset: Preset, *, seed: int = 0) -> Job:
    """Load the texts, learn the tokenizer, make the model and the batches."""
    options = dict(preset["data"])
    name = options.pop("name")
    splits = corpora.load(name, **options)
    tokenizer = learn_tokenizer(preset["tokenizer"], texts_of(task, splits.train))
    torch.manual_seed(seed)
    model = make_model(task, preset["model"], tokenizer, splits)
    batches = [
        make_batches(task, preset["batches"], tokenizer, part, seed, shuffle)
        for part, shuffle in ((splits.train, True), (splits.validation, False))
    ]
    if "seed" in preset["fit"]:
        raise ValueError("fit.seed: the seed is given by itself (--seed), not in fit")
    loss, options = LOSSES[task], preset.get("loss", {})
    loss = loss(**options) if task == "translation" else partial(loss, **options)
    config = FitConfig(**preset["fit"] | {"seed": seed})
    data = corpora.hashes(name, splits)
    return Job(task, preset, splits, tokenizer, model, *batches, loss, config, data)


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
    size = tokenizer.vocab_size
    if task == "translation":
        ids = dict(pad_id=PAD, bos_id=BOS, eos_id=EOS)
        own = {key: value for key, value in settings.items() if key != "family"}
        model, config = FAMILIES[family_of(settings)]
        return model(config(size, size, **ids | own))
    if task == "language-model":
        ids = dict(pad_id=PAD, bos_id=BOS, eos_id=EOS)
        return DecoderOnly(DecoderOnlyConfig(size, **ids | settings))
    n_class = 1 + max(label for _, label in splits.train)
    return EncoderOnly(EncoderOnlyConfig(size, n_class=n_class, **settings))


def family_of(settings: dict[str, Any]) -> str:
    """The family of models that a translator's settings name: "transformer" if none.

    Raises:
        ValueError: an unknown family, with those that there are.
    """
    family = settings.get("family", "transformer")
    if family not in FAMILIES:
        raise ValueError(f"family ({family!r}) must be one of {', '.join(FAMILIES)}")
    return family


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
    anew in each epoch (``n2t.data.text.merge_dropout``).
    """
    kind, order = BATCHES[task], dict(seed=seed, shuffle=shuffle)
    if shuffle:  # what is learned from, not what is validated on
        kind = batches_class(task, settings)
    if task == "translation":
        dropout = (settings := dict(settings)).pop("merge_dropout", None)
        if kind is ResampledBatches:
            return kind(part, tokenizer, dropout=dropout, **settings, **order)
        sources = tokenizer.encode_batch([source for source, _ in part], eos=True)
        targets = tokenizer.encode_batch([target for _, target in part])
        return kind(zip(sources, targets, strict=True), **settings, **order)
    if task == "language-model":
        ids = pack(tokenizer.encode_batch(part))
        return kind(ids, **settings, **order)
    texts = tokenizer.encode_batch([text for text, _ in part])
    labels = [label for _, label in part]
    return kind(zip(texts, labels, strict=True), **settings, **order)


def batches_class(task: str, settings: dict[str, Any]) -> type:
    """The class of the batches that a task with these settings learns from."""
    resampled = task == "translation" and settings.get("merge_dropout")
    return ResampledBatches if resampled else BATCHES[task]


def _presets(task: str) -> dict[str, Preset]:
    if task not in TASKS:
        raise ValueError(f"task ({task!r}) must be one of {', '.join(TASKS)}")
    return json.loads((PRESETS / f"{task}.json").read_text(encoding="utf-8"))
