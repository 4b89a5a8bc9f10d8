"""Random generators that batches, a model or a loss hold themselves.

The global ones are taken care of in ``state.py``. An object's own, such as
``DataLoader(..., generator=...)`` has, are part of a run just as much: what they draw
next must be the same after a stop as without one.
"""

import contextlib
import functools
import hashlib
import json
import random
import types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

Generator = torch.Generator | np.random.Generator | np.random.RandomState
Generator = Generator | random.Random
GLOBAL = (torch.default_generator, np.random.mtrand._rand, random._inst)
LEAVES = (Tensor, np.ndarray, str, bytes, type, types.ModuleType, random.SystemRandom)
DEEP, MANY = 16, 100  # how far is looked, and into how long a list


def held_by(*holders: Any) -> list[Generator]:
    """The generators that objects hold as attributes, at any depth, each one once.

    Lists and dictionaries are looked into if they are short, functions for what they
    close over. The global generators are left out, and those of a module.
    """
    found: dict[int, Generator] = {}
    seen, level = set(), list(holders)
    for _ in range(DEEP):
        level = [thing for thing in level if id(thing) not in seen]
        seen.update(map(id, level))
        found |= {id(thing): thing for thing in level if _counts(thing)}
        level = [part for thing in level for part in _parts(thing)]
    return list(found.values())


def _counts(thing: Any) -> bool:
    """Whether this is a generator of an object's own, and can be set back."""
    whose = any(thing is one for one in GLOBAL)
    return isinstance(thing, Generator) and not (whose or isinstance(thing, LEAVES))


def _parts(thing: Any) -> list[Any]:
    """What an object holds, if it may hold a generator."""
    if isinstance(thing, (*LEAVES, Generator)):
        return []
    if isinstance(thing, dict):
        return list(thing.values()) if len(thing) <= MANY else []
    if isinstance(thing, list | tuple):
        return list(thing) if len(thing) <= MANY else []
    if isinstance(thing, functools.partial):
        return [thing.func, thing.args, thing.keywords]
    if isinstance(thing, types.MethodType):
        return [thing.__self__, thing.__func__]
    cells = getattr(thing, "__closure__", None) or ()
    closed = [cell.cell_contents for cell in cells if cell != types.CellType()]
    return closed + list(getattr(thing, "__dict__", {}).values())


def saved(generators: Sequence[Generator]) -> str:
    """The states of some generators, as JSON."""
    return json.dumps([_state(generator) for generator in generators])


def check(generators: Sequence[Generator], text: str) -> list[dict[str, Any]]:
    """The states that ``saved`` gave, if they are of generators like these.

    Raises:
        ValueError: there are more or fewer of them, or others, than were saved.
    """
    states = json.loads(text)
    here, there = list(map(_kind, generators)), [state["kind"] for state in states]
    if here != there:
        raise ValueError(
            "the random generators that batches, model and loss hold themselves "
            f"({', '.join(here) or 'none'}) must be those of the run that was saved "
            f"({', '.join(there) or 'none'})"
        )
    return states


def restore(generators: Sequence[Generator], text: str) -> None:
    """Set generators back to what ``saved`` found; raises as ``check`` does."""
    for generator, state in zip(generators, check(generators, text), strict=True):
        _set(generator, state["state"])


def seed_of(text: str) -> int:
    """A number below 2^32, which every generator takes as a seed, that text decides."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


@contextlib.contextmanager
def seeded(generators: Sequence[Generator], key: str) -> Iterator[None]:
    """Inside, each generator draws what ``key`` decides, and no two draw the same.

    Afterwards they are as they were.
    """
    before = [_state(generator)["state"] for generator in generators]
    try:
        for number, generator in enumerate(generators):
            _seed(generator, seed_of(f"{key} {number}"))
        yield
    finally:
        for generator, state in zip(generators, before, strict=True):
            _set(generator, state)


def _seed(generator: Generator, seed: int) -> None:
    if isinstance(generator, torch.Generator):
        generator.manual_seed(seed)
    elif isinstance(generator, random.Random):
        generator.seed(seed)
    elif isinstance(generator, np.random.Generator):
        bits = generator.bit_generator
        bits.state = type(bits)(seed).state
    else:
        bits = getattr(np.random, generator.get_state(legacy=False)["bit_generator"])
        fresh = np.random.RandomState(bits(seed))
        generator.set_state(fresh.get_state(legacy=False))


def _kind(generator: Generator) -> str:
    """A generator's class; of NumPy's new ones also what draws the bits."""
    inner = getattr(generator, "bit_generator", None)
    return type(inner if inner is not None else generator).__qualname__


def _state(generator: Generator) -> dict[str, Any]:
    if isinstance(generator, torch.Generator):
        state = generator.get_state().tolist()
    elif isinstance(generator, random.Random):
        state = generator.getstate()
    elif isinstance(generator, np.random.Generator):
        state = _plain(generator.bit_generator.state)
    else:
        state = _plain(generator.get_state(legacy=False))
    return {"kind": _kind(generator), "state": state}


def _set(generator: Generator, state: Any) -> None:
    if isinstance(generator, torch.Generator):
        generator.set_state(torch.tensor(state, dtype=torch.uint8))
    elif isinstance(generator, random.Random):
        version, numbers, gauss = state
        generator.setstate((version, tuple(numbers), gauss))
    elif isinstance(generator, np.random.Generator):
        bits = generator.bit_generator
        bits.state = _like(bits.state, state)
    else:
        generator.set_state(_like(generator.get_state(legacy=False), state))


def _plain(state: Any) -> Any:
    """NumPy's state with lists in place of arrays."""
    if isinstance(state, dict):
        return {key: _plain(value) for key, value in state.items()}
    return state.tolist() if isinstance(state, np.ndarray | np.generic) else state


def _like(pattern: Any, state: Any) -> Any:
    """The inverse of ``_plain``: arrays where the pattern has them."""
    if isinstance(pattern, dict):
        return {key: _like(pattern[key], state[key]) for key in pattern}
    if isinstance(pattern, np.ndarray):
        return np.array(state, dtype=pattern.dtype)
    return state
