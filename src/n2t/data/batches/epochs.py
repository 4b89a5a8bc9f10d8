"""The order of batches: shuffled by epoch, and resumable.

Every order follows from the seed and the epoch alone, so a place in it is two
numbers, and a run that stopped goes on with the batch it would have had.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np


class Epochs(ABC):
    """Epochs of batches that depend on nothing but the seed and the epoch.

    Each pass is one epoch, in an order of its own. ``state_dict`` between two
    batches says where the pass is; a pass begun after ``load_state_dict`` goes
    on from there. Every process of a run has the whole plan, and
    ``n2t.training.stream`` deals its batches out.

    Args:
        seed: decides the order of every epoch.
        shuffle: False gives the same order in every epoch.
    """

    def __init__(self, seed: int, shuffle: bool):
        self.seed, self.shuffle = seed, shuffle
        self._epoch, self._position, self._resumed = -1, 0, False

    @abstractmethod
    def _plan(self, rng: np.random.Generator) -> list[np.ndarray]:
        """What each batch of an epoch holds, before shuffling."""

    @abstractmethod
    def _make(self, index: np.ndarray) -> Any:
        """Build one batch of the plan."""

    @abstractmethod
    def _identity(self) -> dict[str, int]:
        """What must be equal for a saved position to mean the same."""

    def _epoch_plan(self, epoch: int) -> list[np.ndarray]:
        """The batches of an epoch, in order."""
        rng = np.random.default_rng([self.seed, epoch])
        plan = self._plan(rng)
        if self.shuffle:
            plan = [plan[i] for i in rng.permutation(len(plan))]
        return plan

    def __iter__(self) -> Iterator[Any]:
        for build in self.builders():
            yield build()

    def builders(self) -> Iterator[Callable[[], Any]]:
        """A pass of functions that build the batches, called or not.

        One of several processes takes its turn in all of them, and builds its own.
        """
        if not self._resumed:
            self._epoch, self._position = self._epoch + 1, 0
        self._resumed = False
        epoch, start = self._epoch, self._position
        for position, index in enumerate(self._epoch_plan(epoch)[start:], start + 1):
            self._epoch, self._position = epoch, position
            yield partial(self._make, index)

    def __len__(self) -> int:
        """Batches an epoch."""
        return len(self._epoch_plan(max(self._epoch, 0)))

    def state_dict(self) -> dict[str, int]:
        """Where the pass is: epoch, batches given so far, and what they depend on."""
        place = {"epoch": max(self._epoch, 0), "position": self._position}
        return {**place, **self._fixed()}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Let the next pass go on where ``state_dict`` was called.

        Raises:
            ValueError: the state is from other data, or another batch size or
                seed, where it would mean another place.
        """
        for name, here in self._fixed().items():
            if state.get(name) != here:
                raise ValueError(
                    f"{name} ({here}) must be {state.get(name)}, as where the "
                    "position was saved"
                )
        self._epoch, self._position = state["epoch"], state["position"]
        self._resumed = True

    def _fixed(self) -> dict[str, int]:
        shared = {"seed": self.seed, "shuffle": int(self.shuffle)}
        return shared | self._identity()
