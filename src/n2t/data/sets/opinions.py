"""Opinions in two classes: VADER's rated snippets as a task, split by document.

The snippets of :mod:`n2t.data.sets.vader` are sentences of tweets, product reviews
and newspaper editorials, each with the mean of its human ratings. Here they are
negative (below 0) or positive (above 0), and sentences of one review or editorial are
never divided between the sets: they speak of the same thing in the same words, so a
model that has read some of them knows the others a little.
"""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path

from n2t._fields import Count, Rate, Seed
from n2t.data.sets.splits import Splits, fold, split
from n2t.data.sets.vader import VADER_SOURCES, _snippet
from n2t.data.sources.reading import split_lines
from n2t.data.sources.registry import fetch

SOURCES = ("tweets", "products", "news")
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
        for source in SOURCES:
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
