"""SciTLDR: abstracts of papers with one-sentence summaries (a full-size set)."""

from __future__ import annotations

import json
from pathlib import Path

from n2t.data.sets.splits import Splits, fold, published
from n2t.data.sources.reading import read_lines
from n2t.data.sources.registry import fetch


def scitldr() -> Splits[tuple[str, tuple[str, ...]]]:
    """Pairs of an abstract and its summaries, one or more: ``(text, summaries)``.

    The first summary is the authors' own. Training papers have one; most held-out
    papers have more, written by students from peer reviews. Score a prediction
    against each and keep the best, as the paper does.

    The published split, less what leaks: some papers were submitted twice. Test is
    untouched; validation loses what test contains, training what either contains.

    Raises:
        ValueError: a line that is not a paper.
        n2t.data.sources.download.DataError: no files here and no network.
    """
    folder = fetch("scitldr")
    parts = (_papers(folder / f"{part}.jsonl") for part in ("train", "dev", "test"))
    return published(*parts, keys=texts)


def texts(paper: tuple[str, tuple[str, ...]]) -> list[str]:
    """The folded abstract and summaries: what papers may not share."""
    abstract, summaries = paper
    return [fold(abstract), *map(fold, summaries)]


def _papers(path: Path) -> list[tuple[str, tuple[str, ...]]]:
    papers = []
    for number, line in enumerate(read_lines(path), 1):
        try:
            entry = json.loads(line)
            abstract = _tidy(" ".join(entry["source"]))
            summaries = tuple(_tidy(summary) for summary in entry["target"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"{path.name}, line {number} is no paper: {error}"
            ) from None
        papers.append((abstract, summaries))
    return papers


def _tidy(text: str) -> str:
    return " ".join(text.split())
