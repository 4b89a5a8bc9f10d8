"""Pairs whose targets are what a trained model answers, to learn from beside the given.

Sequence-level knowledge distillation (Kim and Rush, "Sequence-Level Knowledge
Distillation", 2016, section 3.2): a person's translation is one of many, and often not
the one that the source suggests; a model's own is likelier, and so easier to learn.
Its answers are a text file with a line for each pair (`python -m benchmarks.taught`
writes one from the weights that chapter 17 ships).
"""

from collections.abc import Iterable
from pathlib import Path

from n2t.data.sources.reading import read_lines


def with_taught(
    pairs: Iterable[tuple[str, str]], path: Path | str, *, references: bool = True
) -> list[tuple[str, str]]:
    """The pairs, and after them each source once more with its line of a file.

    A blank line is no target: its source is not repeated.

    Args:
        pairs: sources with their given targets.
        path: the file; line i is a target for the source of ``pairs[i]``.
        references: False leaves the given pairs out.

    Raises:
        OSError: no such file.
        ValueError: it has not as many lines as there are pairs, or cannot be read as
            text.
    """
    pairs, lines = list(pairs), read_lines(path)
    if len(lines) != len(pairs):
        raise ValueError(
            f"{path} has {len(lines):,} lines, wanted one for each of the "
            f"{len(pairs):,} pairs"
        )
    answered = zip(pairs, lines, strict=True)
    taught = [(source, line) for (source, _), line in answered if line.strip()]
    return [*pairs, *taught] if references else taught
