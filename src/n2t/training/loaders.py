"""Batches of a torch ``DataLoader``, each built only by the process that uses it.

Every process walks the loader's sampler and so knows the examples of every batch, but
asks the data set and ``collate_fn`` for its own alone. What these draw (augmentation)
must then not depend on what else was built: each batch has draws of its own.
"""

import functools
import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from torch.utils.data import DataLoader, Dataset, IterableDataset, MapDataPipe

from n2t.training import generators
from n2t.training.generators import Generator
from n2t.training.state import seeded

ITERATION = ("__iter__", "_get_iterator")  # a class that has its own may do anything


def built_apart(batches: Any) -> bool:
    """Whether batches come from a loader whose batches can be built one by one.

    It has no workers, iterates as torch's own does, and its data set gives examples by
    number.
    """
    return (
        isinstance(batches, DataLoader)
        and not hasattr(batches, "builders")
        and all(_as_torch_does(type(batches), name) for name in ITERATION)
        and batches.num_workers == 0
        and batches.batch_sampler is not None
        and not isinstance(batches.dataset, (IterableDataset, MapDataPipe))
    )


def _as_torch_does(kind: type, name: str) -> bool:
    return getattr(kind, name, None) is getattr(DataLoader, name, None)


def builders(
    loader: DataLoader, own: Sequence[Generator], key: str
) -> Iterator[Callable[[], Any]]:
    """An epoch of functions that build the batches, called or not, in any order.

    The loader's order and the draws for it are torch's. Building a batch leaves all
    generators as they were, and gives the same one again.

    Args:
        loader: one that is ``built_apart``.
        own: the generators that it, its sampler and its data set hold.
        key: what the draws of this epoch's batches follow from.
    """
    whole = hasattr(loader.dataset, "__getitems__")
    asked = DataLoader(
        _Indices(whole),
        batch_sampler=loader.batch_sampler,
        collate_fn=_itself,
        generator=loader.generator,
    )
    epoch = hashlib.sha256(key.encode()).hexdigest()
    return (
        functools.partial(_build, loader, index, own, f"{epoch} {number}")
        for number, index in enumerate(asked)
    )


class _Indices(Dataset):
    """Gives the numbers that a sampler asks for in place of the examples.

    Args:
        whole: whether the examples' data set is asked for a batch at once: then by
            what the sampler gave.
    """

    def __init__(self, whole: bool) -> None:
        self.whole = whole

    def __getitems__(self, index: Any) -> Any:
        return _copied(index) if self.whole else list(index)


def _copied(index: Any) -> Any:
    """A list anew: a sampler may change its own later, and a data set what it gets."""
    return list(index) if isinstance(index, list) else index


def _itself(index: Any) -> Any:
    return index


def _build(loader: DataLoader, index: Any, own: Sequence[Generator], key: str) -> Any:
    """One batch, made as the loader makes it, with draws that follow from ``key``."""
    alone = DataLoader(
        loader.dataset,
        batch_sampler=[_copied(index)],
        collate_fn=loader.collate_fn,
        pin_memory=loader.pin_memory,
    )
    with seeded(generators.seed_of(key)), generators.seeded(own, key):
        return next(iter(alone))
