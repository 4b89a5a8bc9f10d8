"""What the tests of the full-size sets share."""

import os

import pytest


@pytest.fixture
def full_size():
    """Skip, with a notice, where the full-size sets are not on this machine."""
    if not os.environ.get("N2T_DATA"):
        pytest.skip("needs the full-size sets: set N2T_DATA to their folder")
