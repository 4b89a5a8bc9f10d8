"""How much to compute: one switch for the whole course, and one seed.

The environment variable ``N2T_BUDGET`` says what machine the reader has:

- ``cpu`` (the default, and what the tests run): a chapter in a minute
- ``laptop``: about five minutes on a small graphics card
- ``gpu``: one large card, the full result

Nothing else in the course reads that variable.
"""

import os
import random
from typing import TypeVar

import numpy as np

Choice = TypeVar("Choice")

BUDGETS = ("cpu", "laptop", "gpu")
SEED = 0


def budget() -> str:
    """The budget that ``N2T_BUDGET`` asks for: "cpu", "laptop" or "gpu".

    Raises:
        ValueError: the variable holds anything else.
    """
    chosen = os.environ.get("N2T_BUDGET", "").strip().lower() or "cpu"
    if chosen not in BUDGETS:
        raise ValueError(f"N2T_BUDGET ({chosen!r}) must be one of {', '.join(BUDGETS)}")
    return chosen


def by_budget(*, cpu: Choice, laptop: Choice, gpu: Choice) -> Choice:
    """The value for the present budget: ``by_budget(cpu=300, laptop=3000, gpu=9000)``.

    All three must be given, so that no budget is forgotten.
    """
    return {"cpu": cpu, "laptop": laptop, "gpu": gpu}[budget()]


def seed_everything(seed: int = SEED) -> np.random.Generator:
    """Seed Python's, NumPy's and torch's global generators; return a new NumPy one.

    Use the returned generator for your own draws. The global ones are seeded for
    the libraries that use them (initial weights and dropout come from torch's).
    torch is seeded where it is installed.

    Raises:
        TypeError, ValueError: ``seed`` is no integer from 0 to 2³² - 1.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise TypeError(f"seed ({seed!r}) must be an integer")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed ({seed}) must be from 0 to 2**32 - 1")
    random.seed(int(seed))
    np.random.seed(int(seed))
    try:
        import torch
    except ImportError:
        return np.random.default_rng(seed)
    torch.manual_seed(int(seed))
    return np.random.default_rng(seed)
