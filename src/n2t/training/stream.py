"""Batches: an endless run of them that can be taken up again, and those held out."""

import contextlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import torch

from n2t.training.state import (
    RandomState,
    random_state,
    seeded_random_state,
    set_random_state,
)

END = object()  # what an iterator gives that has nothing more


class Stream:
    """Batches of one epoch after the other, dealt to processes in turn.

    Args:
        batches: anything that gives batches when iterated over, once an epoch. If it
            has ``state_dict`` and ``load_state_dict`` it is resumed through them;
            otherwise by iterating from the epoch's start and dropping what was used.
        rank, size: this process and the number of them. Batch number i of the run
            goes to process i mod size, so all processes together see each one once.
        seed: of several processes: batches that are drawn (a shuffling
            ``DataLoader``) must come in the same order in all of them, and so are
            drawn by generators of their own.
    """

    def __init__(
        self, batches: Iterable, rank: int = 0, size: int = 1, seed: int = 0
    ) -> None:
        if not isinstance(batches, Iterable):
            raise TypeError(f"train ({type(batches).__name__}) must be iterable")
        self.batches, self.rank, self.size = batches, rank, size
        self.epoch, self.position = 0, 0
        self._iterator: Iterator | None = None
        self._at_start: RandomState | None = None
        alone = size == 1 or self._stateful
        self._draws = None if alone else seeded_random_state(seed)

    def deal(self, count: int) -> list[Any]:
        """Take the run's next ``count`` batches; give back this process's share."""
        taken = [self._next() for _ in range(count)]
        return taken[self.rank :: self.size]

    def _next(self) -> Any:
        for _ in range(2):  # a second time, if the epoch is over
            if self._iterator is None:
                self._begin()
            with self._shared_draws():
                batch = next(self._iterator, END)
            if batch is not END:
                self.position += 1
                return batch
            if self.position:
                self.epoch += 1
            self._iterator, self.position = None, 0
        raise ValueError("train must give at least one batch an epoch, got none")

    def _begin(self) -> None:
        """A new epoch."""
        with self._shared_draws():
            self._at_start = None if self._stateful else random_state()
            self._iterator = iter(self.batches)

    @contextlib.contextmanager
    def _shared_draws(self) -> Iterator[None]:
        """Inside, the generators are those that all processes have alike."""
        if self._draws is None:
            yield
            return
        own = random_state()
        set_random_state(self._draws)
        try:
            yield
        finally:
            self._draws = random_state()
            set_random_state(own)

    @property
    def _stateful(self) -> bool:
        return hasattr(self.batches, "state_dict") and hasattr(
            self.batches, "load_state_dict"
        )

    def state_dict(self) -> dict[str, Any]:
        """Epoch, batches taken of it, and what is needed to take it up there."""
        return {
            "epoch": self.epoch,
            "position": self.position,
            "batches": self.batches.state_dict() if self._stateful else None,
            "at_start": self._at_start,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where ``state_dict`` was called. May change the random generators."""
        self.epoch, self.position = state["epoch"], state["position"]
        self._iterator, self._at_start = None, state["at_start"]
        if self._stateful:
            self.batches.load_state_dict(state["batches"])
            self._iterator = iter(self.batches) if self.position else None
        elif self._at_start is not None:
            if self._draws is not None:
                self._draws = self._at_start
            else:
                set_random_state(self._at_start)
            with self._shared_draws():
                self._iterator = iter(self.batches)
                for _ in islice(self._iterator, self.position):  # used already
                    pass


class HeldOut:
    """Validation batches: the same ones in every pass, dealt to processes in turn.

    Every process gets equally many, for a model that is shared out must be called
    everywhere at once; those that have no last batch of their own repeat one.
    Iterating gives each batch, and whether it is to be counted.

    Args:
        batches: anything that gives batches when iterated over. If it has
            ``state_dict`` and ``load_state_dict``, every pass begins where it is now.
        rank, size: this process and the number of them.
    """

    def __init__(self, batches: Iterable, rank: int = 0, size: int = 1) -> None:
        self.batches, self.rank, self.size = batches, rank, size
        again = getattr(batches, "state_dict", None)  # whoever read them before
        self._start = {**again(), "position": 0} if again else None

    def __iter__(self) -> Iterator[tuple[Any, bool]]:
        if self._start is not None:
            self.batches.load_state_dict(self._start)
        group = []
        for batch in self.batches:
            group.append(batch)
            if len(group) == self.size:
                yield group[self.rank], True
                group = []
        if group:
            yield group[self.rank % len(group)], self.rank < len(group)


def describe(stream: Stream, batches: list[Any]) -> str:
    """Where in its epoch the stream is, and which examples ``batches`` hold.

    Examples are known by the attribute ``index`` of a batch, if it has one.
    """
    place = f"epoch {stream.epoch + 1}, up to batch {stream.position}"
    found = [getattr(batch, "index", None) for batch in batches]
    rows = [index.tolist() for index in found if isinstance(index, torch.Tensor)]
    return f"{place}, examples {rows}" if rows else place


def to_device(batch: Any, device: torch.device) -> Any:
    """The batch with every tensor on ``device``; tuples, lists and dicts are entered.

    An object with its own ``to`` is moved by that.
    """
    if hasattr(batch, "to"):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: to_device(value, device) for key, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(to_device(value, device) for value in batch))
    if isinstance(batch, list | tuple):
        return type(batch)(to_device(value, device) for value in batch)
    return batch
