"""What the sections of a run's settings hold, for each task, and whether it can be.

Checking loads nothing and makes nothing: a wrong field is found before any data set is
read.
"""

from pkgutil import resolve_name
from typing import Any

from n2t._fields import Share
from n2t._special_ids import BOS, EOS, PAD
from n2t.data.batches.labels import LabeledBatches
from n2t.data.batches.pairs import TokenBatches
from n2t.data.batches.windows import LanguageModelBatches
from n2t.data.text.fast_byte_pair import FastBytePairTokenizer
from n2t.data.text.tokenizers import CharacterTokenizer, WordTokenizer
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
from n2t.models.configuration import Configuration
from n2t.runs import corpora
from n2t.runs.settings import Section, check_section, choose, unknown
from n2t.training.config import FitConfig
from n2t.training.losses import (
    classification_loss,
    language_model_loss,
    translation_loss,
)

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
MODELS = {
    "language-model": (DecoderOnly, DecoderOnlyConfig),
    "classification": (EncoderOnly, EncoderOnlyConfig),
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
SEARCHES = {"translation": "n2t.runs.scoring:translate"}  # by name: it imports us
NEEDED = ("data", "tokenizer", "model", "batches", "fit")
SECTIONS = (*NEEDED, "loss", "decode")
IDS = ("pad_id", "bos_id", "eos_id")
SIZES = ("source_vocab_size", "target_vocab_size", "vocab_size", "n_class")
BATCHED = ("pairs", "ids", "examples", "seed", "shuffle")
FOR_LEARNING = {"merge_dropout": Share | None, "taught": str | None, "references": bool}
"""Of a translator's batches: what is said of those that it learns from alone."""
ANY_SIZE = 2**31 - 1  # stands for a vocabulary that is not learned yet
Preset = dict[str, Any]


def check(task: str, preset: Preset) -> Preset:
    """A copy of the settings, every field checked: nothing is loaded or made yet.

    Raises:
        ValueError: a section or a field that is unknown, missing, of another type or
            out of range, or two that do not go together.
    """
    choose("task", task, dict.fromkeys(TASKS))
    checked = {name: check_part(task, preset, name) for name in NEEDED}
    for name, values in preset.items():
        if name in ("loss", "decode"):
            checked[name] = check_part(task, preset, name)
        elif name not in NEEDED:
            known = ("about", *SECTIONS)
            if name not in known:
                raise ValueError(unknown(name, name, known))
            checked[name] = values
    _check_together(task, checked)
    return {name: checked[name] for name in preset}


def check_part(task: str, preset: Preset, name: str) -> dict[str, Any]:
    """One section of the settings, checked; empty where it may be left out and is.

    Raises:
        ValueError: it is missing, no object, or holds a wrong field.
    """
    if name not in preset and name in NEEDED:
        raise ValueError(f"the settings have no section {name!r}")
    values = preset.get(name, {})
    if not isinstance(values, dict):
        raise ValueError(f"{name} ({values!r}) must be a section: fields with values")
    return check_section(name, values, section_of(task, name, values))


def check_run(facts: Any) -> None:
    """Refuse a run's description that says too little to read the run again.

    Raises:
        ValueError: no task that is known, or a field or section that is missing.
    """
    if not isinstance(facts, dict) or not isinstance(facts.get("configuration"), dict):
        raise ValueError("it has no configuration")
    choose("task", facts.get("task"), dict.fromkeys(TASKS))
    lacking = [name for name in ("command", "seed", "data") if name not in facts]
    if lacking:
        raise ValueError(f"it lacks {', '.join(lacking)}")
    settings = facts["configuration"]
    for name in NEEDED:
        if not isinstance(settings.get(name), dict):
            raise ValueError(f"its configuration has no section {name!r}")
    if "name" not in settings["data"]:
        raise ValueError("data.name is missing")
    choose("tokenizer.kind", settings["tokenizer"].get("kind"), TOKENIZERS)
    classes_of(facts["task"], settings["model"])


def section_of(task: str, name: str, values: dict[str, Any]) -> Section:
    """What a section may hold, where it may depend on what it holds already.

    Raises:
        ValueError: a data set, tokenizer or family that is not known; a section that
            the task has not.
    """
    if name == "data":
        corpus = choose("data.name", values.get("name"), corpora.CORPORA)
        return Section(corpus, own={"name": str})
    if name == "tokenizer":
        kind = choose("tokenizer.kind", values.get("kind"), TOKENIZERS)
        return Section(kind.train, own={"kind": str}, given=("texts",))
    if name == "model":
        own = {"family": str} if task == "translation" else {}
        return Section(classes_of(task, values)[1], own, given=(*IDS, *SIZES))
    if name == "batches":
        own = FOR_LEARNING if task == "translation" else {}
        return Section(BATCHES[task], own, given=(*IDS, *BATCHED))
    if name == "loss":
        return Section(LOSSES[task], given=("model", "batch", "ignore_id"))
    if name == "fit":
        return Section(FitConfig, given=("seed",))
    if task not in SEARCHES:
        raise ValueError(f"{name}: a {task} run has no such section")
    return Section(resolve_name(SEARCHES[task]), given=("model", "tokenizer", "texts"))


def _check_together(task: str, settings: Preset) -> None:
    """Refuse fields that are each right, and not with one another."""
    FitConfig(**settings["fit"])
    config = configure(task, settings["model"], ANY_SIZE, n_class=2)
    batches, kind = settings["batches"], settings["tokenizer"]["kind"]
    if batches.get("merge_dropout") and kind != "byte_pair":
        raise ValueError(
            f"batches.merge_dropout ({batches['merge_dropout']}) needs tokenizer.kind "
            f"'byte_pair', not {kind!r}: others have no merges"
        )
    if not batches.get("references", True) and not batches.get("taught"):
        raise ValueError(
            "batches.references (False) needs batches.taught: without either there is "
            "nothing to learn from"
        )
    if task == "language-model" and batches["length"] > config.max_length:
        raise ValueError(
            f"batches.length ({batches['length']}) must be at most model.max_length "
            f"({config.max_length})"
        )


def configure(
    task: str, settings: dict[str, Any], size: int, n_class: int | None
) -> Configuration:
    """The model's configuration, for a vocabulary of that size."""
    own = {key: value for key, value in settings.items() if key != "family"}
    config = classes_of(task, settings)[1]
    if task == "classification":
        return config(size, n_class=n_class, **own)
    sizes = (size, size) if task == "translation" else (size,)
    return config(*sizes, pad_id=PAD, bos_id=BOS, eos_id=EOS, **own)


def classes_of(task: str, settings: dict[str, Any]) -> tuple[type, type]:
    """The class of a task's model and that of its configuration."""
    return FAMILIES[family_of(settings)] if task == "translation" else MODELS[task]


def family_of(settings: dict[str, Any]) -> str:
    """The family of models that a translator's settings name: "transformer" if none.

    Raises:
        ValueError: an unknown family, with those that there are.
    """
    family = settings.get("family", "transformer")
    choose("model.family", family, FAMILIES)
    return family
