"""Docstrings and their first lines: real text with human summaries, no download.

Python's style guide (PEP 257) asks for a summary line, a blank line, then the rest.
So every long docstring on your machine is a (text, summary) pair. The files are
read and parsed, never imported: nothing runs, and nothing is skipped because some
optional part is not installed.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import inspect
import sysconfig
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from n2t.data.sets.splits import Example, Keys, Splits, distinct, published, sides

DOCSTRING_PACKAGES = ("stdlib", "numpy", "torch", "sklearn", "matplotlib")

_NOT_PUBLIC = {
    "conftest",
    "dist-packages",
    "ensurepip",
    "idlelib",
    "lib-dynload",
    "lib2to3",
    "site-packages",
    "test",
    "testing",
    "tests",
    "turtledemo",
}


class Docstring(NamedTuple):
    """One docstring: ``name`` as in ``numpy.lib.scimath.sqrt``, ``text`` dedented."""

    module: str
    name: str
    text: str


def docstring_pairs(
    packages: Sequence[str] = DOCSTRING_PACKAGES,
    *,
    validation: float = 0.08,
    test: float = 0.08,
    words: tuple[int, int] = (12, 400),
    seed: int = 0,
) -> Splits[tuple[str, str]]:
    """Pairs of a docstring's body and its first line.

    Kept are summaries of at least three words that end in a full stop (torch has
    many that are cut off by the line's end) and are followed by a blank line. Whole
    modules go to one split; then training loses every body or summary that a
    held-out set contains, and validation those of test.

    Args:
        packages: names of ``DOCSTRING_PACKAGES``; one that is not installed raises.
        validation: the share of modules for choices, about.
        test: the share of modules for the end, about.
        words: fewest and most words that a body may have.
        seed: equal seeds send a module to the same split, on every machine.

    Raises:
        ValueError: an unknown package, or shares that leave nothing for training.
        ImportError: a package is not installed.
    """
    documents = [d for package in packages for d in docstrings(package)]
    pairs = [(d.module, summary_pair(d.text, words)) for d in documents]
    return by_module(
        [(module, pair) for module, pair in pairs if pair is not None],
        validation=validation,
        test=test,
        seed=seed,
    )


def by_module(
    examples: Sequence[tuple[str, Example]],
    *,
    validation: float,
    test: float,
    seed: int = 0,
    keys: Keys = sides,
) -> Splits[Example]:
    """Split ``(module, example)`` pairs so that a module's examples stay together.

    The split of a module follows from its name and the seed alone, so it does not
    change when another module, or a new release, comes or goes.

    Args:
        examples: each example with its module's name.
        validation: the share of modules for choices, about.
        test: the share of modules for the end, about.
        seed: other seeds, other splits.
        keys: what an example may not share with another split: training loses
            what validation or test contains, validation what test contains.

    Raises:
        ValueError: shares that leave nothing for training.
    """
    if not (validation >= 0 and test >= 0 and validation + test < 1):
        raise ValueError(
            f"validation ({validation}) + test ({test}) must be shares below 1 in sum"
        )
    parts: dict[str, list[Example]] = {"train": [], "validation": [], "test": []}
    for module, example in examples:
        parts[_part(module, validation, test, seed)].append(example)
    train, held_out, final = (distinct(part, keys=keys) for part in parts.values())
    return published(train, held_out, final, keys=keys)


def summary_pair(
    docstring: str, words: tuple[int, int] = (12, 400)
) -> tuple[str, str] | None:
    """``(body, summary)``, or None where the docstring is not built that way."""
    summary, _, rest = docstring.partition("\n")
    body, summary = rest.strip(), summary.strip()
    if not summary.endswith(".") or summary.endswith("..") or not rest.startswith("\n"):
        return None
    fewest, most = words
    if len(summary.split()) < 3 or not fewest <= len(body.split()) <= most:
        return None
    return body, summary


@lru_cache(maxsize=len(DOCSTRING_PACKAGES))
def docstrings(package: str) -> tuple[Docstring, ...]:
    """Every docstring in a package's public modules, in the order of its files.

    Args:
        package: a name of ``DOCSTRING_PACKAGES``.

    Raises:
        ValueError: an unknown package.
        ImportError: the package is not installed.
    """
    return tuple(
        document
        for path, module in source_files(package)
        for document in _documents(path, module)
    )


def source_files(package: str) -> list[tuple[Path, str]]:
    """The Python files of a package's public folders, each with its module's name.

    NumPy's ``_core`` counts as public: it holds the functions that ``np.`` shows.
    """
    root = _root(package)
    found = []
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        hidden = any(part[0] == "_" and part != "_core" for part in parts[:-1])
        if hidden or _NOT_PUBLIC.intersection(parts) or parts[-1].startswith("test_"):
            continue
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        names = parts if package == "stdlib" else (package, *parts)
        found.append((path, ".".join(names)))
    return found


def _root(package: str) -> Path:
    if package not in DOCSTRING_PACKAGES:
        known = ", ".join(DOCSTRING_PACKAGES)
        raise ValueError(f"package ({package!r}) must be one of {known}")
    if package == "stdlib":
        return Path(sysconfig.get_paths()["stdlib"])
    spec = importlib.util.find_spec(package)  # finds, does not import
    if spec is None or spec.origin is None:
        raise ImportError(
            f'package ({package!r}) is not installed: pip install "n2t[all]" brings it',
            name=package,
        )
    return Path(spec.origin).parent


def _documents(path: Path, module: str) -> Iterator[Docstring]:
    source = path.read_bytes()
    if b'"""' not in source and b"'''" not in source:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of stray backslashes in others' code
            tree = ast.parse(source)
    except (SyntaxError, ValueError):  # templates that only look like Python
        return
    yield from _walk(tree, module, module)


def _walk(node: ast.AST, name: str, module: str) -> Iterator[Docstring]:
    """Docstrings of a module or class and what it defines; bodies are not entered."""
    text = ast.get_docstring(node, clean=False)
    if text:
        yield Docstring(module, name, inspect.cleandoc(text))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _walk(child, f"{name}.{child.name}", module)


def _part(module: str, validation: float, test: float, seed: int) -> str:
    digest = hashlib.sha256(f"{seed}:{module}".encode()).digest()
    place = int.from_bytes(digest[:6], "big") / 2**48  # evenly from 0 to 1
    if place < validation:
        return "validation"
    return "test" if place < validation + test else "train"
