"""Shared by all tests. jaxtyping's run-time check is switched on in pyproject.toml."""

import jaxtyping
import pytest


@pytest.fixture
def own_checks_only():
    """Inside, the library's own errors speak: jaxtyping's check would come first."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)
