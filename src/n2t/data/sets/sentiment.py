"""Sentences with a sentiment: SST in two or five classes, VADER's human ratings.

All are full-size sets. Beware of mixing them: the movie snippets of VADER and the
sentences of SST were drawn from the same collection of reviews, so most test
sentences of SST stand among VADER's movies. That is why movies are not among the
default sources here.
"""

from __future__ import annotations

import html
import re
import tarfile
from collections.abc import Sequence

from n2t.data.sets.splits import Splits, first_side, published, split
from n2t.data.sources.reading import read_lines
from n2t.data.sources.registry import fetch

SST_CLASSES = {
    "binary": ("negative", "positive"),
    "fine": ("very negative", "negative", "neutral", "positive", "very positive"),
}
VADER_SOURCES = {
    "movies": "movieReviewSnippets",
    "news": "nytEditorialSnippets",
    "products": "amazonReviewSnippets",
    "tweets": "tweets",
}

_SST_LINE = re.compile(r"([0-4]) (.+)")


def sst(kind: str = "binary") -> Splits[tuple[str, int]]:
    """Movie-review sentences with their class: ``(text, label)``.

    The published split, whole sentences only. Test is untouched; validation loses
    what test contains, and training what either contains (a few very short ones).
    Text is lower case and tokenised, brackets are ``-lrb-`` and ``-rrb-``.

    Args:
        kind: ``"binary"`` (SST-2: no neutral sentences; labels 0, 1) or ``"fine"``
            (SST-5: labels 0 to 4). ``SST_CLASSES[kind][label]`` names a class.

    Raises:
        ValueError: an unknown kind, or a line that is not a label and a text.
        n2t.data.sources.registry.DataError: no files here and no network.
    """
    if kind not in SST_CLASSES:
        raise ValueError(f"kind ({kind!r}) must be one of {', '.join(SST_CLASSES)}")
    folder = fetch("sst")
    parts = (
        [
            _labelled(line, f"stsa.{kind}.{part}, line {number}")
            for number, line in enumerate(read_lines(folder / f"stsa.{kind}.{part}"), 1)
        ]
        for part in ("train", "dev", "test")
    )
    return published(*parts, keys=first_side)


def vader(
    sources: Sequence[str] = ("tweets", "products", "news"),
    *,
    validation: int | float = 0.1,
    test: int | float = 0.1,
    seed: int = 0,
) -> Splits[tuple[str, float]]:
    """Snippets with the mean of their human ratings, from -4 to 4: ``(text, rating)``.

    HTML escapes (``&amp;``) are undone.

    Args:
        sources: keys of ``VADER_SOURCES``. Do not test on SST what learned from
            ``"movies"``.
        validation: how many snippets to hold out for choices (or a share).
        test: how many to hold out for the end (likewise).
        seed: equal seeds give equal splits.

    Raises:
        ValueError: an unknown source, or more held out than there is.
        n2t.data.sources.registry.DataError: no file here and no network.
    """
    unknown = sorted(set(sources) - set(VADER_SOURCES))
    if unknown or not sources:
        known = ", ".join(VADER_SOURCES)
        raise ValueError(f"sources ({tuple(sources)}) must be some of {known}")
    with tarfile.open(fetch("vader") / "hutto_ICWSM_2014.tar.gz") as archive:
        snippets = [
            snippet
            for source in sources
            for snippet in _snippets(archive, VADER_SOURCES[source])
        ]
    return split(snippets, validation=validation, test=test, seed=seed, keys=first_side)


def _labelled(line: str, place: str) -> tuple[str, int]:
    match = _SST_LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"{place} must be a label and a text, not {line[:40]!r}")
    return match[2], int(match[1])


def _snippets(archive: tarfile.TarFile, name: str) -> list[tuple[str, float]]:
    """Text and rating of every line ``number TAB rating TAB text``."""
    member = archive.extractfile(f"hutto_ICWSM_2014/{name}_GroundTruth.txt")
    lines = member.read().decode("utf-8").replace("\r\n", "\n").strip("\n").split("\n")
    rows = (line.split("\t") for line in lines)
    return [(_unescape(text), float(rating)) for _, rating, text in rows]


def _unescape(text: str) -> str:
    """Some snippets were escaped twice: ``&amp;amp;``."""
    return html.unescape(html.unescape(text)).strip()
