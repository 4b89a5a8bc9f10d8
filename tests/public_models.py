"""The public models for tests: read once a run, skipped with a notice where missing."""

import pytest

from n2t import models
from n2t.data.sources.public import MissingModelError, find_model
from n2t.data.text import load_tokenizer


def here(name):
    """Where a public model lies; the test is skipped where it is not installed."""
    try:
        return find_model(name)
    except MissingModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def smollm2_file():
    """SmolLM2's GGUF file."""
    return here("smollm2")


@pytest.fixture(scope="session")
def smollm2(smollm2_file):
    """SmolLM2 as a `DecoderOnly`: 540 MB."""
    return models.load_smollm2(smollm2_file)


@pytest.fixture(scope="session")
def smollm2_tokenizer(smollm2_file):
    """SmolLM2's tokenizer."""
    return load_tokenizer("smollm2")


@pytest.fixture(scope="session")
def minilm_folder():
    """The folder of all-MiniLM-L6-v2."""
    return here("minilm")


@pytest.fixture(scope="session")
def minilm(minilm_folder):
    """all-MiniLM-L6-v2 as an `EncoderOnly`."""
    return models.load_minilm(minilm_folder)


@pytest.fixture(scope="session")
def minilm_tokenizer(minilm_folder):
    """all-MiniLM-L6-v2's tokenizer."""
    return load_tokenizer("minilm")
