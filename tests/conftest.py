"""Shared by all tests. jaxtyping's run-time check is switched on in pyproject.toml.

Every run draws the same numbers, in whatever order and on however many workers the
tests run, and how slow the machine is changes no outcome.
"""

import random

import interpreted  # noqa: F401 (before Triton)
import jaxtyping
import numpy as np
import pytest
import torch
from elsewhere import pytest_runtest_makereport  # noqa: F401 (pytest looks here)
from hypothesis import HealthCheck, settings
from longest import long_ones_first
from public_models import (  # noqa: F401 (pytest looks here)
    minilm,
    minilm_folder,
    minilm_tokenizer,
    smollm2,
    smollm2_file,
    smollm2_tokenizer,
)

settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")


def pytest_collection_modifyitems(config, items):
    """Where workers share the tests, none is left with a long one at the end."""
    if hasattr(config, "workerinput"):
        items[:] = long_ones_first(items, lambda item: item.nodeid)


@pytest.fixture(autouse=True)
def seeded():
    """The global generators start anew for each test; torch's switches stay put."""
    random.seed(0)
    np.random.seed(0)
    torch.default_generator.manual_seed(0)  # `manual_seed` keeps a stack each time
    dtype = torch.get_default_dtype()
    yield
    left = torch.is_grad_enabled(), torch.get_default_dtype()
    torch.set_grad_enabled(True)
    torch.set_default_dtype(dtype)
    assert left == (True, dtype), "the test leaves a switch of torch's to the next"


@pytest.fixture
def own_checks_only():
    """Inside, the library's own errors speak: jaxtyping's check would come first."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)
