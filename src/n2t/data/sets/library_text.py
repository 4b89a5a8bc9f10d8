"""Source files of the course's own libraries: code, and the prose between it.

NumPy, Matplotlib and scikit-learn come with the course in pinned versions, and their
Python files are the same for every version of Python. A file is a document: imports,
functions, docstrings, comments. Whole modules go to one split.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from n2t._fields import Rate, Seed, Size
from n2t.data.sets.docstrings import by_module, source_files
from n2t.data.sets.splits import Splits, fold

LIBRARIES = ("numpy", "matplotlib", "sklearn")
#: Modules that the making of a wheel writes: they name a compiler and a machine.
MADE_BY_BUILDS = ("__config__", "version", "_version", "_distributor_init")
#: Copies of other projects' files, each under a license of its own.
VENDORED = "externals"


def library_text(
    packages: Sequence[str] = LIBRARIES,
    *,
    validation: Rate = 0.05,
    test: Rate = 0.05,
    max_file: Size = 60_000,
    seed: Seed = 0,
) -> Splits[str]:
    """Source files of installed packages: one document each, split by module.

    Args:
        packages: names of ``docstrings.DOCSTRING_PACKAGES``.
        validation: the share of modules for choices, about.
        test: the share of modules for the end, about.
        max_file: characters in a file; longer ones are left out, tables mostly.
        seed: equal seeds send a module to the same split, on every machine.

    Raises:
        ValueError: an unknown package, or shares that leave nothing for training.
        ImportError: a package is not installed.
    """
    examples = []
    for package in packages:
        for path, module in source_files(package):
            text = _source(path) if _is_theirs(module) else ""
            if 0 < len(text) <= max_file:
                examples.append((module, text))
    return by_module(examples, validation=validation, test=test, seed=seed, keys=_whole)


def _is_theirs(module: str) -> bool:
    """Whether a module was written by the package's authors, and is part of it."""
    parts = module.split(".")
    return VENDORED not in parts and parts[-1] not in MADE_BY_BUILDS


def _whole(document: str) -> list[str]:
    """The folded document: files may share a phrase, and may not be the same."""
    return [fold(document)]


def _source(path: Path) -> str:
    """The text of a source file; nothing for one that is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        return ""
