"""Opinions in two classes: VADER's rated snippets as a task, split by document.

The snippets of :mod:`n2t.data.sets.vader` are sentences of tweets, product reviews
and newspaper editorials, each with the mean of its human ratings. Here they are
negative (below 0) or positive (above 0), and sentences of one review or editorial are
never divided between the sets: they speak of the same thing in the same words, so a
model that has read some of them knows the others a little.

Where the set is not here, :func:`made_up_opinions` has sentences of the same form, for
programs that must run. What a model learns from them is worth nothing.
"""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from n2t._fields import Count, Rate, Seed
from n2t.data.sets.splits import Splits, fold, split
from n2t.data.sets.vader import VADER_SOURCES, _snippet
from n2t.data.sources.reading import split_lines
from n2t.data.sources.registry import fetch

ORIGINS = ("tweets", "products", "news")
CLASSES = ("negative", "positive")


@dataclass(frozen=True)
class Opinion:
    """One snippet.

    text: what was written. rating: the mean of its ratings, from -4 to 4, never 0.
    source: a key of `VADER_SOURCES`. document: the tweet, review or editorial it is of.
    """

    text: str
    rating: float
    source: str
    document: str

    @property
    def label(self) -> int:
        """Its place in `CLASSES`: 1 if the rating is above 0."""
        return int(self.rating > 0)


def opinions(
    *,
    validation: Count | Rate = 0.15,
    test: Count | Rate = 0.2,
    seed: Seed = 0,
    folder: Path | None = None,
) -> Splits[Opinion]:
    """Snippets of tweets, products and news that were not rated exactly 0.

    Movie snippets are left out: most test sentences of SST stand among them.

    Args:
        validation: how many snippets to hold out for choices (or a share).
        test: how many to hold out for the end (likewise).
        seed: equal seeds give equal splits.
        folder: where the set lies; by default it is fetched.

    Raises:
        ValueError: more held out than there is, or a broken line.
        n2t.data.sources.download.DataError: no file here and no network.
    """
    found = []
    path = (folder or fetch("vader")) / "hutto_ICWSM_2014.tar.gz"
    with tarfile.open(path) as archive:
        for source in ORIGINS:
            found += _opinions(archive, source)
    return split(found, validation=validation, test=test, seed=seed, keys=linked)


def linked(opinion: Opinion) -> list[tuple[str, str]]:
    """What two snippets in different sets may not share: document, or folded text."""
    return [("document", opinion.document), ("text", fold(opinion.text))]


def _opinions(archive: tarfile.TarFile, source: str) -> list[Opinion]:
    """The snippets of one source; a line is ``document_sentence TAB rating TAB text``.

    A tweet's number has no sentence.
    """
    name = VADER_SOURCES[source]
    member = archive.extractfile(f"hutto_ICWSM_2014/{name}_GroundTruth.txt")
    rows = []
    for number, line in enumerate(split_lines(member.read().decode("utf-8")), 1):
        text, rating = _snippet(line, f"{name}, line {number}")
        document = line.split("\t")[0].split("_")[0]
        if rating:
            rows.append(Opinion(text, rating, source, f"{source} {document}"))
    return rows


_THINGS = [
    "camera",
    "phone",
    "hotel",
    "room",
    "book",
    "editor",
    "plan",
    "law",
    "tool",
    "song",
    "garden",
    "bridge",
]
_STARTS = ["the", "this", "my new", "their old", "that other", "a friend's"]
_WORDS = {
    2.0: ["good", "great", "fine", "lovely", "useful", "honest", "clear", "fast"],
    -2.0: ["bad", "awful", "poor", "ugly", "useless", "dishonest", "dull", "slow"],
}


def made_up_opinions(
    *, train: Count = 600, validation: Count = 200, test: Count = 200, seed: Seed = 0
) -> Splits[Opinion]:
    """Sentences like "the camera is not good", each of a document of its own.

    They need no file. No sentence stands twice.

    Args:
        train, validation, test: how many sentences.
        seed: equal seeds give equal sentences.

    Raises:
        ValueError: more sentences than there are.
    """
    rated = [(rating, word) for rating, words in _WORDS.items() for word in words]
    every = list(product(_STARTS, _THINGS, ("is", "is not"), rated))
    wanted = train + validation + test
    if wanted > len(every):
        raise ValueError(f"{wanted} sentences are more than there are ({len(every)})")
    order = np.random.default_rng(seed).permutation(len(every))[:wanted]
    found = []
    for n, place in enumerate(order):
        start, thing, verb, (rating, word) = every[place]
        rating = rating if verb == "is" else -rating / 2
        text = f"{start} {thing} {verb} {word}"
        found.append(Opinion(text, rating, ORIGINS[n % 3], f"made up {n}"))
    middle = train + validation
    return Splits(found[:train], found[train:middle], found[middle:])
