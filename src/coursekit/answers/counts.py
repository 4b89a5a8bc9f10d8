"""On how many draws each answer is judged: on many where its judgement is quick."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """Seeds for one answer: from `fewest` to `most`, as many as begin in `seconds`.

    So an answer that is judged in 5 ms meets 200 draws, and one that trains 5, however
    slow the reference beside it is. Wrong answers get a `share` of all three.
    """

    seconds: float = 1.0
    fewest: int = 5
    most: int = 200
    share: float = 0.1

    def right(self) -> Iterator[int]:
        """Seeds for a right answer."""
        return _seeds(self.seconds, self.fewest, self.most)

    def wrong(self) -> Iterator[int]:
        """Seeds for a wrong answer."""
        fewest, most = (round(n * self.share) for n in (self.fewest, self.most))
        return _seeds(self.seconds * self.share, max(2, fewest), max(2, most))


def _seeds(seconds: float, fewest: int, most: int) -> Iterator[int]:
    began = time.monotonic()
    for seed in range(most):
        if seed >= fewest and time.monotonic() - began > seconds:
            return
        yield seed


FULL = Counts(seconds=60.0, share=1.0)  #: what `make mutants` runs
FEW = Counts(fewest=2, most=5, seconds=0.1)  #: for a page that shows the table
