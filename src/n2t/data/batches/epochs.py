"""The order of batches: shuffled by epoch, resumable, shared among processes.

Every order follows from the seed and the epoch alone, so a place in it is two
numbers, and a run that stopped goes on with the batch it would have had.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np

ENOUGH = 0.4  # a batch this full may end early where the next row is longer


class Epochs(ABC):
    """Epochs of batches that depend on nothing but the seed and the epoch.

    Each pass is one epoch, in an order of its own. ``state_dict`` between two
    batches says where the pass is; a pass begun after ``load_state_dict`` goes
    on from there.

    Args:
        seed: decides the order of every epoch.
        shuffle: False gives the same order in every epoch.
        rank, world_size: this process and how many there are.

    Raises:
        ValueError: ``rank`` is not from 0 to ``world_size - 1``.
    """

    def __init__(self, seed: int, shuffle: bool, rank: int, world_size: int):
        if not 0 <= rank < world_size:
            raise ValueError(f"rank ({rank}) must be from 0 to {world_size - 1}")
        self.seed, self.shuffle = seed, shuffle
        self.rank, self.world_size = rank, world_size
        self._epoch, self._position, self._resumed = -1, 0, False

    @abstractmethod
    def _plan(self, rng: np.random.Generator) -> list[np.ndarray]:
        """What each batch of an epoch holds, before shuffling and sharding."""

    @abstractmethod
    def _make(self, index: np.ndarray) -> Any:
        """Build one batch of the plan."""

    @abstractmethod
    def _identity(self) -> dict[str, int]:
        """What must be equal for a saved position to mean the same."""

    def _epoch_plan(self, epoch: int) -> list[np.ndarray]:
        """This process's batches of an epoch, in order."""
        rng = np.random.default_rng([self.seed, epoch])
        plan = self._plan(rng)
        if self.shuffle:
            even = len(plan) - len(plan) % self.world_size  # equal shares for all
            plan = [plan[i] for i in rng.permutation(len(plan))[:even]]
        return plan[self.rank :: self.world_size]

    def __iter__(self) -> Iterator[Any]:
        if not self._resumed:
            self._epoch, self._position = self._epoch + 1, 0
        self._resumed = False
        epoch, start = self._epoch, self._position
        for position, index in enumerate(self._epoch_plan(epoch)[start:], start + 1):
            self._epoch, self._position = epoch, position
            yield self._make(index)

    def __len__(self) -> int:
        """Batches an epoch, for this process."""
        return len(self._epoch_plan(max(self._epoch, 0)))

    def state_dict(self) -> dict[str, int]:
        """Where the pass is: epoch, batches given so far, and what they depend on."""
        place = {"epoch": max(self._epoch, 0), "position": self._position}
        return {**place, **self._fixed()}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Let the next pass go on where ``state_dict`` was called.

        Raises:
            ValueError: the state is from other data, or another batch size,
                seed or number of processes, where it would mean another place.
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
        shared = {"seed": self.seed, "world_size": self.world_size}
        return {**shared, "shuffle": int(self.shuffle), **self._identity()}


class Buckets(Epochs):
    """Batches of rows with like lengths, each at most ``max_tokens`` large.

    Where batches end depends on the lengths alone. Each epoch deals rows of
    equal lengths anew, and puts the batches in another order.

    Args:
        lengths: (N, K): how long example n is on each of its K sides.
        max_tokens: rows × longest row of a batch, at most, on every side.
        order: seed, shuffle, rank and world_size, as ``Epochs`` takes them.

    Raises:
        ValueError: no example, or one that is longer than ``max_tokens``.
    """

    def __init__(self, lengths: np.ndarray, max_tokens: int, **order):
        super().__init__(**order)
        self.lengths, self.max_tokens = lengths, max_tokens
        if not len(lengths):
            raise ValueError("the data set must hold at least one example, got none")
        if lengths.max() > max_tokens:
            longest = int(lengths.max(1).argmax())
            raise ValueError(
                f"max_tokens ({max_tokens}) must be at least {lengths.max()}, the "
                f"length of example {longest}"
            )
        by_length = lengths[self._sorted(np.arange(len(lengths)))]
        self._cuts = self._cut(by_length)
        self._cells = sum(
            int(part.max(0).sum()) * len(part)
            for part in np.split(by_length, self._cuts)
        )

    def _sorted(self, order: np.ndarray) -> np.ndarray:
        """Rows by length. Ties keep their order, so shuffled rows stay shuffled.

        First by the longest side. Within it by the first side, once upwards
        and once downwards, so that neighbors are alike on every side.
        """
        longest, first = self.lengths[order].max(1), self.lengths[order, 0]
        second = self.lengths[order, -1]
        slope = np.where(longest % 2, 1, -1)
        return order[np.lexsort((slope * (second - first), longest))]

    def _cut(self, lengths: np.ndarray) -> list[int]:
        """Where batches end: when full, or nearly so and the next row is longer."""
        cuts, start, largest = [], 0, lengths[0]
        for i, row in enumerate(lengths):
            grown = np.maximum(largest, row)
            full = grown.max() * (i + 1 - start) > self.max_tokens
            enough = largest.max() * (i - start) >= ENOUGH * self.max_tokens
            if full or (enough and (grown != largest).any()):
                cuts.append(i)
                start, grown = i, row
            largest = grown
        return cuts

    def _plan(self, rng: np.random.Generator) -> list[np.ndarray]:
        n = len(self.lengths)
        order = rng.permutation(n) if self.shuffle else np.arange(n)
        return np.split(self._sorted(order), self._cuts)

    def _identity(self) -> dict[str, int]:
        return {"examples": len(self.lengths), "max_tokens": self.max_tokens}

    @property
    def waste(self) -> float:
        """Share of an epoch's cells that hold padding, all sides together."""
        return 1.0 - float(self.lengths.sum()) / self._cells
