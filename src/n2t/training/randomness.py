"""The state of every random generator that training draws from."""

import random
from typing import Any

import numpy as np
import torch

RandomState = dict[str, Any]


def get_state() -> RandomState:
    """The states of Python's, NumPy's and torch's global generators.

    Lists, numbers and tensors only, so that a checkpoint can hold it.
    """
    version, numbers, gauss = random.getstate()
    numpy = np.random.get_state(legacy=False)
    numpy["state"]["key"] = numpy["state"]["key"].tolist()
    state = {
        "python": [version, list(numbers), gauss],
        "numpy": numpy,
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    if torch.backends.mps.is_available():
        state["mps"] = torch.mps.get_rng_state()
    return state


def seeded(seed: int) -> RandomState:
    """The states after all generators were given ``seed``; they are not."""
    before = get_state()
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    found = get_state()
    set_state(before)
    return found


def set_state(state: RandomState) -> None:
    """Set the generators back to what ``get_state`` returned.

    A device's state is left out where the device is not there.
    """
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    inner = state["numpy"]["state"]
    key = np.array(inner["key"], dtype=np.uint32)
    np.random.set_state(state["numpy"] | {"state": inner | {"key": key}})
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
    if "mps" in state and torch.backends.mps.is_available():
        torch.mps.set_rng_state(state["mps"])
