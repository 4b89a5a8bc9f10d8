"""The small GPT's weights: whole, what their card says, licensed, and as good."""

import re

import pytest
import torch

from n2t import ledger
from n2t.ledger import places
from n2t.runs import folders, generating, model_card, publishing, scoring
from n2t.runs.terms import terms_of
from n2t.training import history

WEIGHTS = ledger.weights("small_gpt")
RECORD = "library/published"
LARGEST = 3e6  # bytes, of everything in the folder


@pytest.fixture(scope="module")
def loaded():
    return folders.load_model(WEIGHTS)


def test_the_folder_is_small_and_every_byte_of_the_model_is_the_published_one():
    files = [path for path in WEIGHTS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < LARGEST
    assert publishing.verify(WEIGHTS)["export"]["dtype"] == "int8"


def test_the_weights_are_those_that_the_ledger_scored():
    facts, record = folders.read(WEIGHTS), ledger.result(RECORD)
    for key in ("command", "commit", "configuration", "data", "preset", "versions"):
        assert facts[key] == record[key], key
    assert str(WEIGHTS.relative_to(places.ROOT)) in facts["command"]


def test_the_weights_are_read_as_float32_numbers(loaded):
    model, tokenizer, facts = loaded
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert model.n_parameters() == facts["parameters"]
    assert model.config.vocab_size == tokenizer.vocab_size


def test_the_card_and_the_license_are_what_would_be_written_today():
    facts, text = folders.read(WEIGHTS), (WEIGHTS / "README.md").read_text("utf-8")
    names = re.findall(r"^Record `([^`]+)`", text, re.M)
    assert RECORD in names
    last, records = history.last_point(WEIGHTS), model_card.recorded(names, facts)
    folder = WEIGHTS.relative_to(places.ROOT).as_posix()
    assert text == model_card.card(facts, last, records, folder=folder)
    note = (WEIGHTS / "LICENSE").read_text("utf-8")
    assert note == terms_of(facts).license + "\n"
    for owner in ("NumPy Developers", "scikit-learn developers", "Matplotlib"):
        assert owner in note


@pytest.mark.recorded(RECORD)
def test_the_model_writes_what_looks_like_python(loaded):
    model, tokenizer, _ = loaded
    options = {"strategy": generating.strategy_of(0.0), "max_new_tokens": 20}
    said = generating.continued(model, tokenizer, "import numpy", **options)
    assert " as np" in "".join(said)


@pytest.mark.recorded(RECORD)
def test_the_weights_give_the_recorded_scores_on_the_test_split():
    """Ten seconds on one core; ``n2t evaluate`` with the folder does the same."""
    record, scores = ledger.result(RECORD), scoring.evaluate(WEIGHTS, split="test")
    for name in record["metrics"]:
        assert scores[name] == pytest.approx(record.metric(name), rel=1e-3), name
