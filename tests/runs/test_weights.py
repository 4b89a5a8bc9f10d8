"""The course's trained weights: small, whole, what their card says, and as good."""

import os
import re

import pytest
import torch

from n2t import ledger
from n2t.ledger import places
from n2t.runs import folders, model_card, publishing, scoring
from n2t.runs.terms import terms_of
from n2t.training import history

WEIGHTS = ledger.weights("multi30k_en_de")
RECORD = "multi30k/published"
LARGEST = 15e6  # bytes, of everything in the folder
FILES = {"LICENSE", "README.md", "metrics.jsonl", "run.json"}
FILES |= {f"model/{name}" for name in ("config.json", "model.safetensors")}
FILES |= {"model/tokenizer.json"}


@pytest.fixture(scope="module")
def loaded():
    return folders.load_model(WEIGHTS)


def test_the_folder_is_small_and_holds_nothing_else():
    found = [path for path in WEIGHTS.rglob("*") if path.is_file()]
    assert {path.relative_to(WEIGHTS).as_posix() for path in found} == FILES
    assert sum(path.stat().st_size for path in found) < LARGEST


def test_every_byte_of_the_model_is_the_published_one():
    assert publishing.verify(WEIGHTS)["export"]["dtype"] == "int8"


def test_the_weights_are_those_that_the_ledger_scored():
    facts, record = folders.read(WEIGHTS), ledger.result(RECORD)
    for key in ("command", "commit", "configuration", "data", "preset", "versions"):
        assert facts[key] == record[key], key
    assert record["seeds"] == [facts["seed"]]
    assert str(WEIGHTS.relative_to(places.ROOT)) in facts["command"]


def test_the_weights_are_read_as_float32_numbers(loaded):
    model, tokenizer, facts = loaded
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert model.n_parameters() == facts["parameters"]
    assert model.config.target_vocab_size == tokenizer.vocab_size


@pytest.mark.recorded(RECORD)
def test_the_model_translates(loaded):
    model, tokenizer, facts = loaded
    asked = ["A dog runs.", "Two men are sitting in front of a red house."]
    options = facts["configuration"]["decode"]
    dog, men = scoring.translate(model, tokenizer, asked, **options)
    assert "Hund" in dog and "Männer" in men  # other processors round otherwise


def test_the_card_and_the_license_are_what_would_be_written_today():
    facts, text = folders.read(WEIGHTS), (WEIGHTS / "README.md").read_text("utf-8")
    names = re.findall(r"^Record `([^`]+)`", text, re.M)
    assert RECORD in names
    last, records = history.last_point(WEIGHTS), model_card.recorded(names, facts)
    folder = WEIGHTS.relative_to(places.ROOT).as_posix()
    assert text == model_card.card(facts, last, records, folder=folder)
    note = (WEIGHTS / "LICENSE").read_text("utf-8")
    assert note == terms_of(facts).license + "\n"


@pytest.mark.recorded(RECORD)
@pytest.mark.skipif(
    not os.environ.get("N2T_DATA"),
    reason="needs the full-size sets: set N2T_DATA to their folder",
)
def test_the_weights_give_the_recorded_scores_on_the_test_split():
    """Half a minute on one core; ``n2t evaluate`` with the folder does the same.

    The slack is for processors that round otherwise and so, at a near tie, choose
    another word.
    """
    record, scores = ledger.result(RECORD), scoring.evaluate(WEIGHTS, split="test")
    for name in record["metrics"]:
        slack = 0.005 if name == "exact_match" else 0.2
        assert scores[name] == pytest.approx(record.metric(name), abs=slack), name
