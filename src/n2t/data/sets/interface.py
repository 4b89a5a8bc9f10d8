"""JupyterLab's interface in two languages: real sentences, translated by people.

The language packs that install beside JupyterLab hold gettext catalogs. Reading
them gives English strings with their Chinese or French translation, on any machine
that has the packs, without a network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from n2t._extras import optional
from n2t._fields import Count, OneOf, Rate, Seed
from n2t.data.sets.splits import Splits, distinct, split

INTERFACE_LANGUAGES = {"fr": "fr_FR", "zh": "zh_CN"}

_FORMAT = re.compile(r"%\w|%\(|[{}$]|</?\w+>|&\w+;")


def interface_pairs(
    language: Annotated[str, OneOf(tuple(INTERFACE_LANGUAGES))] = "zh",
    *,
    validation: Count | Rate = 200,
    test: Count | Rate = 200,
    seed: Seed = 0,
) -> Splits[tuple[str, str]]:
    """Pairs of an English interface string and its translation.

    Left out are format strings (``%1``, ``{name}``), plural forms, strings of more
    than one line, and those that are the same in both languages (names, mostly).

    Args:
        language: a key of ``INTERFACE_LANGUAGES``.
        validation: how many pairs to hold out for choices (or a share, as a float).
        test: how many to hold out for the end (likewise).
        seed: equal seeds give equal splits, for one version of the packs.

    Raises:
        ValueError: an unknown language, or more held out than there is.
        ImportError: the language pack is not installed.
    """
    if language not in INTERFACE_LANGUAGES:
        known = ", ".join(INTERFACE_LANGUAGES)
        raise ValueError(f"language ({language!r}) must be one of {known}")
    pairs = [
        (english, other)
        for path in _catalogs(INTERFACE_LANGUAGES[language])
        for english, other in _messages(path)
        if _translates(english, other)
    ]
    return split(distinct(pairs), validation=validation, test=test, seed=seed)


def _catalogs(locale: str) -> list[Path]:
    name = f"jupyterlab_language_pack_{locale}"
    pack = optional(name, package=name.replace("_", "-"))
    folder = Path(pack.__file__).parent / "locale" / locale / "LC_MESSAGES"
    return sorted(folder.glob("*.mo"))


def _messages(path: Path) -> Iterator[tuple[str, str]]:
    """English and translation of each entry that has no plural, spaces trimmed."""
    mofile = optional("babel.messages.mofile", package="babel")
    with path.open("rb") as file:
        catalog = mofile.read_mo(file)
    for message in catalog:
        if isinstance(message.id, str):  # a plural's is a tuple
            yield message.id.strip(), message.string.strip()


def _translates(english: str, other: str) -> bool:
    if not english or not other or english == other:
        return False
    return not any("\n" in text or _FORMAT.search(text) for text in (english, other))
