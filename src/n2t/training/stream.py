"""Batches: an endless run of them that can be taken up again, and those held out."""

import contextlib
import copy
import functools
import hashlib
import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from n2t.training import generators, loaders
from n2t.training.state import (
    RandomState,
    random_state,
    seeded_random_state,
    set_random_state,
)

END = object()  # what an iterator gives that has nothing more
DEEP = 8  # how far into a batch a fingerprint looks
OTHER_BATCHES = (
    "train gives other batches than where the run was saved: its data have changed, or "
    "it draws from something that cannot be set back; the run goes on with them"
)


class Stream:
    """Batches of one epoch after the other, dealt to processes in turn.

    Args:
        batches: anything that gives batches when iterated over, once an epoch. If it
            has ``state_dict`` and ``load_state_dict`` it is resumed through them;
            otherwise by iterating from the epoch's start and dropping what was used,
            after its own generators, and the global ones, were set back. If it has
            ``builders``, which gives functions that build the batches, each process
            builds its own alone; so it does if it is a ``DataLoader`` without workers
            and with a data set that is read by number, and then what a batch draws
            (augmentation) follows from its number. A loader with workers, one of an
            iterable data set, and all other iterables are read whole in every process.
        rank, size: this process and the number of them. Batch number i of the run
            goes to process i mod size, so all processes together see each one once.
        seed: of several processes: batches that are drawn (a shuffling
            ``DataLoader``) must come in the same order in all of them, and so are
            drawn by generators of their own.

    Raises:
        TypeError: batches that cannot be iterated over, or only once.
    """

    def __init__(
        self, batches: Iterable, rank: int = 0, size: int = 1, seed: int = 0
    ) -> None:
        check_batches("train", batches)
        self.batches, self.rank, self.size, self.seed = batches, rank, size, seed
        self.epoch, self.position = 0, 0
        self._iterator: Iterator[Callable[[], Any]] | None = None
        self._at_start: RandomState | None = None
        self._own = [] if self._stateful else generators.held_by(batches)
        self._own_at_start = generators.saved(self._own)
        self._last: Callable[[], Any] = _nothing  # gives the batch that was taken last
        self._apart = False  # whether this epoch's are built where they are used alone
        alone = size == 1 or self._stateful
        self._draws = None if alone else seeded_random_state(seed)

    def deal(self, count: int) -> list[Any]:
        """Take the run's next ``count`` batches; give back this process's share."""
        return [
            self._next(build=number % self.size == self.rank) for number in range(count)
        ][self.rank :: self.size]

    def _next(self, build: bool) -> Any:
        """The next batch, made only if it is to be built."""
        for _ in range(2):  # a second time, if the epoch is over
            if self._iterator is None:
                self._begin()
            with self._shared_draws():
                builder = next(self._iterator, END)
            if builder is not END:
                self.position += 1
                return self._take(builder, build)
            if self.position:
                self.epoch += 1
            self._iterator, self.position = None, 0
        raise ValueError("train must give at least one batch an epoch, got none")

    def _take(self, builder: Callable[[], Any], build: bool) -> Any:
        """The next batch; None if it is not to be built, and need not be."""
        if self._apart:
            self._last = builder
            return builder() if build else None
        batch = builder() if build or not self._stateful else None
        self._last = functools.partial(_itself, batch)
        return batch

    def _begin(self) -> None:
        """A new epoch."""
        self._apart = self._draws is not None and loaders.built_apart(self.batches)
        with self._shared_draws():
            self._at_start = None if self._stateful else random_state()
            self._own_at_start = generators.saved(self._own)
            self._iterator = self._builders()

    def _builders(self) -> Iterator[Callable[[], Any]]:
        """This epoch's batches, from its start."""
        if self._apart:
            key = f"train {self.seed} {self.epoch} {self._own_at_start}"
            return loaders.builders(self.batches, self._own, key)
        return _builders(self.batches)

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
            "own_at_start": self._own_at_start,
            "own": generators.saved(self._own),
            "last": None if self._stateful else fingerprint(self._last()),
            "apart": self._apart,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where ``state_dict`` was called. May change the random generators.

        Warns where the batches are not those that were there.
        """
        self.epoch, self.position = state["epoch"], state["position"]
        self._iterator, self._at_start = None, state["at_start"]
        if self._stateful:
            self.batches.load_state_dict(state["batches"])
            self._iterator = _builders(self.batches) if self.position else None
        elif self._at_start is not None:  # an epoch goes on in the way it began
            apart = state.get("apart", False)
            self._apart = apart and loaders.built_apart(self.batches)
            self._repeat(state.get("own_at_start"), state.get("last"))
        if "own" in state:  # older checkpoints have none of the four
            generators.restore(self._own, state["own"])

    def _repeat(self, own: str | None, last: str | None) -> None:
        """Begin the epoch as it began before, and take what was used of it already."""
        if self._draws is not None:
            self._draws = self._at_start
        else:
            set_random_state(self._at_start)
        if own is not None:
            generators.restore(self._own, own)
            self._own_at_start = own
        with self._shared_draws():
            self._iterator, self._last = self._builders(), _nothing
            for builder in islice(self._iterator, self.position):
                self._take(builder, build=False)
        if last is not None and fingerprint(self._last()) != last:
            warnings.warn(OTHER_BATCHES, stacklevel=2)


def check_batches(name: str, batches: Any) -> None:
    """Raise TypeError unless batches can be iterated over again and again."""
    if not isinstance(batches, Iterable):
        raise TypeError(f"{name} ({type(batches).__name__}) must be iterable")
    if isinstance(batches, Iterator) and not hasattr(batches, "load_state_dict"):
        raise TypeError(
            f"{name} ({type(batches).__name__}) gives its batches only once: give a "
            "list, a DataLoader, or an object whose __iter__ begins anew"
        )


def _builders(batches: Iterable) -> Iterator[Callable[[], Any]]:
    """A function for each batch that builds it, or, where it is built, gives it."""
    if hasattr(batches, "builders"):
        return batches.builders()
    return (functools.partial(_itself, batch) for batch in batches)


def _itself(batch: Any) -> Any:
    return batch


def _nothing() -> None:
    """Stands for a batch before the first."""


class HeldOut:
    """Validation batches: the same ones in every pass, dealt to processes in turn.

    Every process gets equally many, for a model that is shared out must be called
    everywhere at once; those that have no last batch of their own repeat one.
    Iterating gives each batch, and whether it is to be counted.

    Args:
        batches: anything that gives batches when iterated over. If it has
            ``state_dict`` and ``load_state_dict``, every pass begins where it is now;
            otherwise with its own generators as they are now, which afterwards are
            what they were: they may be those of the training batches. Each process
            builds its own batches alone where ``Stream`` does.
        rank, size: this process and the number of them.
        beside: the training batches. If they are the same object, a copy of it keeps
            its own place in them.

    Raises:
        TypeError: batches that cannot be iterated over, or only once.
    """

    def __init__(
        self, batches: Iterable, rank: int = 0, size: int = 1, beside: Any = None
    ) -> None:
        check_batches("validation", batches)
        self.batches = copy.copy(batches) if batches is beside else batches
        self.rank, self.size = rank, size
        again = getattr(batches, "state_dict", None)  # whoever read them before
        self._start = {**again(), "position": 0} if again else None
        self._own = [] if again else generators.held_by(batches)
        self._own_start = generators.saved(self._own)

    def __iter__(self) -> Iterator[tuple[Any, bool]]:
        before = generators.saved(self._own)
        generators.restore(self._own, self._own_start)
        if self._start is not None:
            self.batches.load_state_dict(self._start)
        try:
            yield from self._dealt()
        finally:
            generators.restore(self._own, before)

    def _dealt(self) -> Iterator[tuple[Any, bool]]:
        """This process's batches, and whether each counts."""
        group: list[Callable[[], Any]] = []
        for builder in self._builders():
            group.append(builder)
            if len(group) == self.size:
                yield group[self.rank](), True
                group = []
        if group:
            yield group[self.rank % len(group)](), self.rank < len(group)

    def _builders(self) -> Iterator[Callable[[], Any]]:
        """The batches of a pass."""
        if self.size > 1 and self._start is None and loaders.built_apart(self.batches):
            key = f"validation {self._own_start}"
            return loaders.builders(self.batches, self._own, key)
        return _builders(self.batches)

    def state_dict(self) -> dict[str, Any]:
        """Where every pass begins."""
        return {"start": self._start, "own": self._own_start}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Begin every pass where those began before ``state_dict`` was called.

        Raises:
            ValueError: these are other batches than those that were saved.
        """
        try:
            if state["start"] is not None:
                self.batches.load_state_dict(state["start"])
            generators.check(self._own, state["own"])
        except ValueError as error:
            raise ValueError(f"validation: {error}") from None
        self._start, self._own_start = state["start"], state["own"]


def fingerprint(value: Any) -> str:
    """A hash of a batch: of its tensors' numbers, and of what else can be written."""
    digest = hashlib.sha256()
    for piece in _pieces(value):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(value: Any, depth: int = 0) -> Iterator[bytes]:
    yield type(value).__qualname__.encode()
    if isinstance(value, str | int | float):
        yield repr(value).encode()
    elif isinstance(value, Tensor) and value.layout is torch.strided:
        yield f"{value.dtype}{tuple(value.shape)}".encode()
        flat = value.detach().cpu().resolve_conj().resolve_neg().reshape(-1)
        yield flat.contiguous().view(torch.uint8).numpy().tobytes()
    elif depth < DEEP:
        inner = value if isinstance(value, dict) else getattr(value, "__dict__", {})
        inner = value if isinstance(value, list | tuple) else inner.items()
        yield from (piece for item in inner for piece in _pieces(item, depth + 1))


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
