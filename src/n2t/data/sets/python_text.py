"""Text and code that is already on your machine, as documents for language models.

Three corpora, none downloaded: the topics of Python's ``help()``, the docstrings of
installed packages, and their source code. What they hold depends on the versions of
Python and of the packages, so numbers from them compare on one machine only.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Sequence
from pathlib import Path

from n2t._fields import Count, Rate, Seed
from n2t.data.sets.docstrings import (
    DOCSTRING_PACKAGES,
    by_module,
    docstrings,
    source_files,
)
from n2t.data.sets.splits import Splits, fold, split

LONG_PARAGRAPH = 8  # words; shorter ones ("See also:") may recur anywhere


def topics(
    *, validation: Count | Rate = 6, test: Count | Rate = 6, seed: Seed = 0
) -> Splits[str]:
    """The language reference in Python's ``help()``: one document a topic.

    Some topics contain others word for word (``compound`` holds ``if``, ``while``,
    ``with``). Topics that share a paragraph of eight words or more go together.

    Args:
        validation: how many topics to hold out for choices (or a share, as a float).
        test: how many to hold out for the end (likewise).
        seed: equal seeds give equal splits, for one version of Python.

    Raises:
        ValueError: more held out than the groups of topics allow.
    """
    found = importlib.import_module("pydoc_data.topics").topics
    documents = [text.strip() for _, text in sorted(found.items())]
    return split(
        documents, validation=validation, test=test, seed=seed, keys=paragraphs
    )


def paragraphs(document: str) -> list[str]:
    """The folded paragraphs of a document, short ones left out."""
    folded = (fold(paragraph) for paragraph in document.split("\n\n"))
    return [text for text in folded if len(text.split()) >= LONG_PARAGRAPH]


def prose(
    packages: Sequence[str] = DOCSTRING_PACKAGES,
    *,
    validation: float = 0.05,
    test: float = 0.05,
    min_words: int = 8,
    seed: int = 0,
) -> Splits[str]:
    """Docstrings of installed packages: one document each, split by module.

    Args:
        packages: names of ``docstrings.DOCSTRING_PACKAGES``.
        validation: the share of modules for choices, about.
        test: the share of modules for the end, about.
        min_words: shorter docstrings are left out.
        seed: equal seeds send a module to the same split, on every machine.

    Raises:
        ValueError: an unknown package, or shares that leave nothing for training.
        ImportError: a package is not installed.
    """
    examples = [
        (found.module, found.text)
        for package in packages
        for found in docstrings(package)
        if len(found.text.split()) >= min_words
    ]
    return by_module(examples, validation=validation, test=test, seed=seed, keys=whole)


def code(
    packages: Sequence[str] = ("stdlib",),
    *,
    validation: float = 0.1,
    test: float = 0.1,
    max_characters: int = 2_000_000,
    max_file: int = 60_000,
    seed: int = 0,
) -> Splits[str]:
    """Source code of installed packages: one document a file, split by module.

    Args:
        packages: names of ``docstrings.DOCSTRING_PACKAGES``.
        validation: the share of modules for choices, about.
        test: the share of modules for the end, about.
        max_characters: of all documents together; files come in an order that
            depends on the seed, until the next one does not fit.
        max_file: characters in a file; longer ones are left out, tables mostly.
        seed: equal seeds send a module to the same split, on every machine.

    Raises:
        ValueError: an unknown package, or shares that leave nothing for training.
        ImportError: a package is not installed.
    """
    files = [found for package in packages for found in source_files(package)]
    files.sort(key=lambda found: _digest(found[1], seed))
    examples, left = [], max_characters
    for path, module in files:
        text = _source(path)
        if not 0 < len(text) <= max_file:
            continue
        if len(text) > left:
            break
        left -= len(text)
        examples.append((module, text))
    return by_module(examples, validation=validation, test=test, seed=seed, keys=whole)


def whole(document: str) -> list[str]:
    """The folded document: for texts that may share a phrase, but not be the same."""
    return [fold(document)]


def _source(path: Path) -> str:
    """The text of a source file; nothing for one that is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        return ""


def _digest(module: str, seed: int) -> bytes:
    return hashlib.sha256(f"order {seed}:{module}".encode()).digest()
