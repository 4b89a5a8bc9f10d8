"""SST: movie-review sentences in two or five classes of sentiment (a full-size set).

Beware of VADER's movie snippets (:mod:`n2t.data.sets.vader`): both were drawn from
the same collection of reviews, so most test sentences of SST stand among them.
"""

from __future__ import annotations

import re
from typing import Annotated

from n2t._fields import OneOf
from n2t.data.sets.splits import Splits, first_side, published
from n2t.data.sources.reading import read_lines
from n2t.data.sources.registry import fetch

SST_CLASSES = {
    "binary": ("negative", "positive"),
    "fine": ("very negative", "negative", "neutral", "positive", "very positive"),
}

Kind = Annotated[str, OneOf(tuple(SST_CLASSES))]
_SST_LINE = re.compile(r"([0-4]) (.+)")


def sst(kind: Kind = "binary") -> Splits[tuple[str, int]]:
    """Movie-review sentences with their class: ``(text, label)``.

    The published split, whole sentences only. Test is untouched; validation loses
    what test contains, and training what either contains (a few very short ones).
    Text is lower case and tokenised, brackets are ``-lrb-`` and ``-rrb-``.

    Args:
        kind: ``"binary"`` (SST-2: no neutral sentences; labels 0, 1) or ``"fine"``
            (SST-5: labels 0 to 4). ``SST_CLASSES[kind][label]`` names a class.

    Raises:
        ValueError: an unknown kind, or a line that is not a label and a text.
        n2t.data.sources.download.DataError: no files here and no network.
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


def _labelled(line: str, place: str) -> tuple[str, int]:
    match = _SST_LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"{place} must be a label and a text, not {line[:40]!r}")
    return match[2], int(match[1])
