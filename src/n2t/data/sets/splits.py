"""Train, validation and test sets that share nothing.

A model that saw a test example in training is not tested by it. Corpora repeat
themselves, and the copies differ in a capital or a full stop, so equality of
strings is too weak a check. Everything here compares *folded* text, in which
such copies are equal.

Two ways to a clean split:

- :func:`split` divides one list. Examples that share a folded side stay together.
- :func:`published` keeps a published test set as it is, and takes out of the other
  sets whatever it contains.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

Example = TypeVar("Example")
Keys = Callable[[Example], Iterable[Hashable]]

_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Splits(Generic[Example]):
    """Three disjoint sets of examples; unpacks as ``train, validation, test``.

    A set that comes from a generator is read into a list.

    An example is plain data: a pair of strings, or a ``(text, label)`` pair. For
    images and sounds each set is one pair of NumPy arrays, ``(inputs, labels)``.

    Attributes:
        train: what a model learns from.
        validation: what choices are made by.
        test: what is looked at once, at the end.
    """

    train: Sequence[Example]
    validation: Sequence[Example]
    test: Sequence[Example]

    def __post_init__(self) -> None:
        for name in ("train", "validation", "test"):
            object.__setattr__(self, name, kept(getattr(self, name)))

    def __iter__(self) -> Iterator[Sequence[Example]]:
        return iter((self.train, self.validation, self.test))


def kept(examples: Iterable[Example]) -> Iterable[Example]:
    """``examples``, as a list if they can be read only once."""
    return list(examples) if isinstance(examples, Iterator) else examples


def fold(text: str) -> str:
    """``text`` without case, punctuation, accents' encoding and spacing.

    Compatibility forms are merged (NFKC), case is folded, and every run of
    characters that are neither letters nor digits becomes one space. Text without
    a letter or digit folds to itself, so that ``"+"`` and ``"-"`` stay different.

    >>> fold("Save  the File…") == fold("save the file")
    True
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _NOT_WORD.sub(" ", plain).strip() or text.strip()


def sides(example: Sequence[str]) -> list[tuple[int, str]]:
    """The folded sides of a pair (or triple), each with its position."""
    return [(i, fold(side)) for i, side in enumerate(example)]


def first_side(example: Sequence) -> list[str]:
    """The folded first side alone: for ``(text, label)`` examples."""
    return [fold(example[0])]


def split(
    examples: Sequence[Example],
    *,
    validation: int | float,
    test: int | float,
    seed: int = 0,
    keys: Keys = sides,
) -> Splits[Example]:
    """Divide ``examples`` so that no key occurs in two of the three sets.

    Args:
        examples: what to divide; the result holds the same objects.
        validation: how many examples (an int), or which share (a float below 1).
        test: likewise.
        seed: equal seeds give equal splits.
        keys: what an example may not share with another set; by default each
            folded side of a pair. Examples linked by a key, even through a third,
            go together.

    Raises:
        ValueError: the groups do not allow the sizes asked for.
    """
    examples = kept(examples)
    sizes = [
        _count(s, len(examples), n)
        for s, n in ((validation, "validation"), (test, "test"))
    ]
    groups = _linked(examples, keys)
    order = np.random.default_rng(seed).permutation(len(groups))
    shuffled = [groups[i] for i in order]
    held_out, rest = [], shuffled
    for size, name in zip(sizes, ("validation", "test"), strict=True):
        taken, rest = _take(rest, size, name)
        held_out.append([examples[i] for group in taken for i in group])
    return Splits([examples[i] for group in rest for i in group], *held_out)


def split_images(
    images: np.ndarray, labels: np.ndarray, validation: int, test: int, seed: int
) -> Splits:
    """Shuffle and divide images (N, height, width) and labels (N,), as `split` does.

    Each set is one pair of arrays, float32 and int64. Images that are equal pixel by
    pixel go together.
    """
    images = images.astype(np.float32)
    labels = labels.astype(np.int64)
    parts = split(
        range(len(images)),
        validation=validation,
        test=test,
        seed=seed,
        keys=lambda i: [images[i].tobytes()],
    )
    return Splits(*((images[list(part)], labels[list(part)]) for part in parts))


def without_leaks(
    train: Sequence[Example], *held_out: Sequence[Example], keys: Keys = sides
) -> list[Example]:
    """``train`` without the examples that share a key with any of ``held_out``."""
    seen = {key for part in held_out for example in part for key in keys(example)}
    return [example for example in train if seen.isdisjoint(keys(example))]


def published(
    train: Sequence[Example],
    validation: Sequence[Example],
    test: Sequence[Example],
    *,
    keys: Keys = sides,
) -> Splits[Example]:
    """Given sets, cleaned: test is kept whole, then validation, and train gives way.

    Validation loses what it shares with test, train what it shares with either, so
    that scores on the test set stay comparable with everybody else's.
    """
    test = kept(test)
    validation = without_leaks(validation, test, keys=keys)
    return Splits(without_leaks(train, validation, test, keys=keys), validation, test)


def leaks(splits: Splits[Example], *, keys: Keys = sides) -> set[Hashable]:
    """The keys that occur in more than one of the three sets: empty if all is well."""
    train, validation, test = (
        {key for example in part for key in keys(example)} for part in splits
    )
    return (train & validation) | (train & test) | (validation & test)


def distinct(examples: Iterable[Example], *, keys: Keys = sides) -> list[Example]:
    """``examples`` less those whose keys all equal an earlier one's, in order."""
    first = {}
    for example in examples:
        first.setdefault(tuple(keys(example)), example)
    return list(first.values())


def _count(size: int | float, total: int, name: str) -> int:
    if isinstance(size, float) and 0 <= size < 1:
        return round(size * total)
    if isinstance(size, int | np.integer) and 0 <= size <= total:
        return int(size)
    raise ValueError(
        f"{name} ({size!r}) must be a share from 0 to 1 (a float), "
        f"or a number of examples from 0 to {total}"
    )


def _linked(examples: Sequence[Example], keys: Keys) -> list[list[int]]:
    """Indices grouped by shared keys (union-find), in order of first appearance."""
    parent = list(range(len(examples)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    owner: dict[Hashable, int] = {}
    for i, example in enumerate(examples):
        for key in keys(example):
            first, other = sorted((root(owner.setdefault(key, i)), root(i)))
            parent[other] = first
    groups: dict[int, list[int]] = {}
    for i in range(len(examples)):
        groups.setdefault(root(i), []).append(i)
    return list(groups.values())


def _take(groups: list[list[int]], size: int, name: str):
    """The first groups that fill ``size`` exactly, and the others."""
    taken, rest, missing = [], [], size
    for group in groups:
        fits = len(group) <= missing
        (taken if fits else rest).append(group)
        missing -= len(group) if fits else 0
    if missing:
        raise ValueError(
            f"{name} ({size}) cannot be filled: {missing} examples are missing, and "
            f"the groups left share their text with more examples than that"
        )
    return taken, rest
