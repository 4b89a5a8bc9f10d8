"""Multi30k: image captions in English, German and French (a full-size set).

The published sets are used as they are: 1,014 validation and 1,000 test captions
(test_2016_flickr). Training loses the captions that either of them contains.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from n2t._fields import Count, OneOf
from n2t.data.sets.splits import Splits, published
from n2t.data.sources.reading import read_parallel
from n2t.data.sources.registry import fetch

MULTI30K_LANGUAGES = ("de", "en", "fr")
Language = Annotated[str, OneOf(MULTI30K_LANGUAGES)]

_SPACES = re.compile(r" {2,}")


def multi30k(
    source: Language = "en",
    target: Language = "de",
    held_out: Count = 0,
    lowercase: bool = False,
) -> Splits[tuple[str, str]]:
    """Pairs of captions of one image in two languages.

    Spaces at the ends of a line are dropped and doubled ones merged: the German and
    French files have some, and a tokenizer would learn them. A training caption is
    left out where its text, in any of the three languages, is one of the held-out
    captions after folding; so every pair of languages has the same training images.

    Args:
        source: ``"en"``, ``"de"`` or ``"fr"``.
        target: another of the three.
        held_out: so many training captions, evenly spaced, are validated on instead,
            after the published ones: a thousand are few to choose a setting by.
        lowercase: every caption in lower case.

    Raises:
        ValueError: an unknown language, or the same one twice; as many held out as
            there are, or more.
        n2t.data.sources.download.DataError: no files here and no network.
    """
    for name, value in (("source", source), ("target", target)):
        if value not in MULTI30K_LANGUAGES:
            known = ", ".join(MULTI30K_LANGUAGES)
            raise ValueError(f"{name} ({value!r}) must be one of {known}")
    if source == target:
        raise ValueError(f"target ({target!r}) must differ from source")
    first, second = (MULTI30K_LANGUAGES.index(name) for name in (source, target))
    read = str.lower if lowercase else str
    return Splits(
        *(
            [(read(triple[first]), read(triple[second])) for triple in part]
            for part in multi30k_triples(held_out)
        )
    )


def multi30k_triples(held_out: Count = 0) -> Splits[tuple[str, str, str]]:
    """Captions in German, English, French: in that order, cleaned as above.

    Raises:
        ValueError: as many held out as there are, or more.
        n2t.data.sources.download.DataError: no files here and no network.
    """
    folder = fetch("multi30k")
    parts = (
        read_parallel(*(folder / f"{part}.{code}.gz" for code in MULTI30K_LANGUAGES))
        for part in ("train", "val", "test_2016_flickr")
    )
    clean = published(*([_tidy(line) for line in part] for part in parts))
    return _hold_out(clean, held_out) if held_out else clean


def _hold_out(parts: Splits, n_held: int) -> Splits:
    """Some training captions validated on; what shares a text with one is left out."""
    n_train = len(parts.train)
    if not 0 < n_held < n_train:
        raise ValueError(f"held_out ({n_held}) must be from 0 to {n_train - 1}")
    taken = {n_train * i // n_held for i in range(n_held)}
    rest = [caption for i, caption in enumerate(parts.train) if i not in taken]
    held = [parts.train[i] for i in sorted(taken)]
    return published(rest, [*parts.validation, *held], parts.test)


def _tidy(captions: Sequence[str]) -> tuple[str, ...]:
    return tuple(_SPACES.sub(" ", caption.strip()) for caption in captions)
