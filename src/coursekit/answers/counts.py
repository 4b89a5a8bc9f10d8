"""On how many draws each answer is judged: on many where its judgement is quick."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """Seeds for one answer: from `fewest` to `most`, as many as begin in `seconds`.

    So an answer that is judged in 5 ms meets 200 draws, and one that trains 5, however
    slow the reference beside it is: no further one begins once it has taken `enough`
    seconds. Wrong answers get a `share` of draws and `seconds`.
    """

    seconds: float = 1.0
    fewest: int = 5
    most: int = 200
    share: float = 0.1
    enough: float = math.inf

    def right(self) -> Iterator[int]:
        """Seeds for a right answer."""
        return _seeds(self.seconds, self.fewest, self.most, self.enough)

    def wrong(self) -> Iterator[int]:
        """Seeds for a wrong answer."""
        fewest, most = (round(n * self.share) for n in (self.fewest, self.most))
        seconds = self.seconds * self.share
        return _seeds(seconds, max(2, fewest), max(2, most), self.enough)


def _seeds(seconds: float, fewest: int, most: int, enough: float) -> Iterator[int]:
    began = time.monotonic()
    for seed in range(most):
        taken = time.monotonic() - began
        if (seed >= fewest and taken > seconds) or taken > enough:
            return
        yield seed


FULL = Counts(seconds=60.0, share=1.0)  #: what `make mutants` runs
FEW = Counts(fewest=2, most=5, seconds=0.1)  #: for a page that shows the table
