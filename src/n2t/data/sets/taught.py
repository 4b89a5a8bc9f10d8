"""Further pairs to learn from beside the given ones: what trained models answer.

Two ways to make them, and a run may learn from both at once:

- sequence-level knowledge distillation (Kim and Rush, "Sequence-Level Knowledge
  Distillation", 2016, section 3.2): each source with a model's own translation. A
  person's translation is one of many, and often not the one that the source suggests;
  a model's own is likelier, and so easier to learn;
- back-translation (Sennrich, Haddow and Birch, "Improving Neural Machine Translation
  Models with Monolingual Data", 2016, section 3): each given target with the source
  that a model of the other direction writes for it. The target stays a person's.

Nguyen et al., "Data Diversification" (2020), put both together. The pairs are a text
file, ``python -m benchmarks.taught`` writes one.
"""

from collections.abc import Iterable
from pathlib import Path

from n2t.data.sources.reading import read_lines


def with_taught(
    pairs: Iterable[tuple[str, str]], path: Path | str, *, references: bool = True
) -> list[tuple[str, str]]:
    """The pairs, and after them those of a file.

    A line of the file is a source, a tab, and a target. Where either is blank there is
    nothing to learn, and the line is left out.

    Args:
        pairs: sources with their given targets.
        path: the file; files of several models may be joined into one.
        references: False leaves the given pairs out.

    Raises:
        OSError: no such file.
        ValueError: a line that is no pair, with its number; a file without pairs, or
            one that cannot be read as text.
    """
    found = []
    for number, line in enumerate(read_lines(path), 1):
        sides = [side.strip() for side in line.split("\t")]
        if len(sides) != 2:
            raise ValueError(
                f"{path} line {number} ({line!r:.60}) must be a source, a tab and a "
                f"target; it has {len(sides) - 1} tabs"
            )
        if all(sides):
            found.append(tuple(sides))
    if not found:
        raise ValueError(f"{path} has no pairs to learn from")
    return [*pairs, *found] if references else found
