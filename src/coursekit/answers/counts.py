"""On how many draws each answer is judged: many where a judgement is quick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

QUICK, SLOW = 0.02, 0.5  #: seconds of one judgement: below, above


@dataclass(frozen=True)
class Counts:
    """Seeds for right and for wrong answers, by how long one judgement takes.

    `quick` seeds where it takes under 20 ms, `slow` where it trains (over half a
    second), `middle` between; wrong answers get a tenth of the first two.
    """

    quick: int = 200
    middle: int = 40
    slow: int = 5
    share: float = 0.1

    def seeds(self, seconds: float) -> tuple[Sequence[int], Sequence[int]]:
        """(seeds for right answers, seeds for wrong ones)."""
        if seconds > SLOW:
            return range(self.slow), range(max(1, self.slow // 2))
        count = self.quick if seconds < QUICK else self.middle
        return range(count), range(max(1, round(count * self.share)))


FULL = Counts(middle=200, share=1.0)  #: what `make mutants` runs
FEW = Counts(quick=5, middle=3, slow=1)  #: for a page that shows the table
