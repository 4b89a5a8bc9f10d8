"""The texts that a preset may name, as train, validation and test."""

import json
from collections.abc import Callable, Sequence
from inspect import signature
from typing import Annotated, Any

from n2t._fields import PassedTo, Rate, did_you_mean
from n2t.data.sets.dates import date_pairs
from n2t.data.sets.interface import interface_pairs
from n2t.data.sets.library_text import library_text
from n2t.data.sets.multi30k import multi30k
from n2t.data.sets.numbers import Written, number_pairs
from n2t.data.sets.python_text import topics
from n2t.data.sets.splits import Splits
from n2t.data.sets.sst import sst
from n2t.data.sources.reading import read_text
from n2t.data.sources.registry import REGISTRY, fetch
from n2t.files import file_hash, text_hash
from n2t.ledger import MADE_HERE

REGISTERED = {"multi30k": "multi30k", "shakespeare_text": "tinyshakespeare"}
REGISTERED |= {"sst": "sst"}


def load(name: str, **options: Any) -> Splits:
    """The corpus of that name.

    Pairs of texts to translate, documents for a language model, or texts with the
    number of their class.

    Raises:
        ValueError: an unknown name.
        n2t.data.sources.download.DataError: files that are neither here nor to be had.
    """
    if name not in CORPORA:
        known = sorted(CORPORA)
        raise ValueError(
            f"data ({name!r}) must be one of {', '.join(known)}"
            f"{did_you_mean(name, known)}"
        )
    return CORPORA[name](**options)


def target_language(name: str, **options: Any) -> str:
    """Code of the language that a corpus of pairs leads to; "" if it has none.

    Args:
        name, options: as ``load`` takes them.
    """
    found = signature(CORPORA[name]).bind_partial(**options)
    found.apply_defaults()
    return found.arguments.get("target", found.arguments.get("language", ""))


def hashes(name: str, splits: Splits) -> dict[str, str]:
    """SHA-256 of what a run learns from: of published files, or of the examples."""
    if name in REGISTERED:
        dataset = REGISTRY[REGISTERED[name]]
        return {f"{dataset.name}/{file.name}": file.sha256 for file in dataset.files}
    text = json.dumps([list(part) for part in splits], ensure_ascii=False)
    return {f"{name} {MADE_HERE}": text_hash(text)}


def taught_hash(batches: dict[str, Any]) -> dict[str, str]:
    """SHA-256 of the file that a run's batches take further pairs from, if any."""
    path = batches.get("taught")
    return {f"taught {MADE_HERE}": file_hash(path)} if path else {}


def shakespeare_text(validation: Rate = 0.1) -> Splits[str]:
    """Tiny Shakespeare as one text: 90% to learn from, the last 10% to validate.

    This is the split of the published character-level results; there is no test set.
    """
    text = read_text(fetch("tinyshakespeare") / "input.txt")
    cut = int(len(text) * (1 - validation))
    return Splits([text[:cut]], [text[cut:]], [])


def number_languages(
    languages: Sequence[Written],
    **options: Annotated[Any, PassedTo(number_pairs, ("language", "source"))],
) -> Splits:
    """Number words, each with the number of its language in ``languages``."""
    if not languages:
        raise ValueError("languages ([]) must name at least one")
    found = [
        number_pairs(language, source="digits", **options) for language in languages
    ]
    return Splits(
        *(
            [(text, label) for label, pairs in enumerate(parts) for _, text in pairs]
            for parts in zip(*found, strict=True)
        )
    )


CORPORA: dict[str, Callable[..., Splits]] = {
    "dates": date_pairs,
    "interface": interface_pairs,
    "library_text": library_text,
    "multi30k": multi30k,
    "number_languages": number_languages,
    "numbers": number_pairs,
    "shakespeare_text": shakespeare_text,
    "sst": sst,
    "topics": topics,
}
