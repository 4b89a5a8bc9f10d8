"""VADER: snippets with the mean of their human ratings (a full-size set).

Beware of mixing it with SST (:mod:`n2t.data.sets.sst`): the movie snippets and the
sentences of SST were drawn from the same collection of reviews, so most test
sentences of SST stand among the movies. That is why movies are not among the
default sources here.
"""

from __future__ import annotations

import html
import tarfile
from collections.abc import Sequence

from n2t.data.sets.splits import Splits, first_side, split
from n2t.data.sources.reading import split_lines
from n2t.data.sources.registry import fetch

VADER_SOURCES = {
    "movies": "movieReviewSnippets",
    "news": "nytEditorialSnippets",
    "products": "amazonReviewSnippets",
    "tweets": "tweets",
}


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
        ValueError: an unknown source, more held out than there is, or a broken line.
        n2t.data.sources.download.DataError: no file here and no network.
    """
    sources = tuple(sources)
    unknown = sorted(set(sources) - set(VADER_SOURCES))
    if unknown or not sources:
        known = ", ".join(VADER_SOURCES)
        raise ValueError(f"sources ({sources}) must be some of {known}")
    with tarfile.open(fetch("vader") / "hutto_ICWSM_2014.tar.gz") as archive:
        snippets = [
            snippet
            for source in sources
            for snippet in _snippets(archive, VADER_SOURCES[source])
        ]
    return split(snippets, validation=validation, test=test, seed=seed, keys=first_side)


def _snippets(archive: tarfile.TarFile, name: str) -> list[tuple[str, float]]:
    """Text and rating of every line ``number TAB rating TAB text``."""
    member = archive.extractfile(f"hutto_ICWSM_2014/{name}_GroundTruth.txt")
    lines = split_lines(member.read().decode("utf-8"))
    return [_snippet(line, f"{name}, line {n}") for n, line in enumerate(lines, 1)]


def _snippet(line: str, place: str) -> tuple[str, float]:
    try:
        _, rating, text = line.split("\t")
        return _unescape(text), float(rating)
    except ValueError:
        raise ValueError(
            f"{place} must be a number, a rating and a text, not {line[:40]!r}"
        ) from None


def _unescape(text: str) -> str:
    """Some snippets were escaped twice: ``&amp;amp;``."""
    return html.unescape(html.unescape(text)).strip()
