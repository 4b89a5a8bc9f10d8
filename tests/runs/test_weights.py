"""The course's trained weights: small, whole, what their card says, and as good."""

import os
import re

import pytest
import torch

from n2t import ledger
from n2t.ledger import places
from n2t.runs import folders, generating, model_card, publishing, scoring
from n2t.runs.terms import terms_of
from n2t.training import history

TRANSLATOR, GPT = "multi30k_en_de", "small_gpt"
RECORDS = {TRANSLATOR: "multi30k/published", GPT: "library/published"}
LARGEST = 3e6  # bytes, of everything in a folder
FILES = {"LICENSE", "README.md", "metrics.jsonl", "run.json"}
FILES |= {f"model/{name}" for name in ("config.json", "model.safetensors")}
FILES |= {"model/tokenizer.json"}

each = pytest.mark.parametrize("name", RECORDS)


@pytest.fixture(scope="module")
def loaded():
    """Model, tokenizer and facts of every folder."""
    return {name: folders.load_model(ledger.weights(name)) for name in RECORDS}


@each
def test_the_folder_is_small_and_holds_nothing_else(name):
    folder = ledger.weights(name)
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.relative_to(folder).as_posix() for path in found} == FILES
    assert sum(path.stat().st_size for path in found) < LARGEST


@each
def test_every_byte_of_the_model_is_the_published_one(name):
    assert publishing.verify(ledger.weights(name))["export"]["dtype"] == "int8"


@each
def test_the_weights_are_those_that_the_ledger_scored(name):
    folder = ledger.weights(name)
    facts, record = folders.read(folder), ledger.result(RECORDS[name])
    for key in ("command", "commit", "configuration", "data", "preset", "versions"):
        assert facts[key] == record[key], key
    assert record["seeds"] == [facts["seed"]]
    assert str(folder.relative_to(places.ROOT)) in facts["command"]


@each
def test_the_weights_are_read_as_float32_numbers(loaded, name):
    model, tokenizer, facts = loaded[name]
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert model.n_parameters() == facts["parameters"]
    sizes = {"target_vocab_size", "vocab_size"} & set(vars(model.config))
    assert {getattr(model.config, size) for size in sizes} == {tokenizer.vocab_size}


@each
def test_the_card_and_the_license_are_what_would_be_written_today(name):
    weights = ledger.weights(name)
    facts, text = folders.read(weights), (weights / "README.md").read_text("utf-8")
    names = re.findall(r"^Record `([^`]+)`", text, re.M)
    assert RECORDS[name] in names
    last, records = history.last_point(weights), model_card.recorded(names, facts)
    folder = weights.relative_to(places.ROOT).as_posix()
    assert text == model_card.card(facts, last, records, folder=folder)
    assert (weights / "LICENSE").read_text("utf-8") == terms_of(facts).license + "\n"


def test_the_license_names_those_whose_files_were_learned_from():
    note = (ledger.weights(GPT) / "LICENSE").read_text("utf-8")
    for owner in ("NumPy Developers", "scikit-learn developers", "Matplotlib"):
        assert owner in note


@pytest.mark.recorded(RECORDS[TRANSLATOR])
def test_the_model_translates(loaded):
    model, tokenizer, facts = loaded[TRANSLATOR]
    asked = ["A dog runs.", "Two men are sitting in front of a red house."]
    options = facts["configuration"]["decode"]
    dog, men = scoring.translate(model, tokenizer, asked, **options)
    assert "Hund" in dog and "Männer" in men  # other processors round otherwise


@pytest.mark.recorded(RECORDS[GPT])
def test_the_small_gpt_writes_what_looks_like_python(loaded):
    model, tokenizer, _ = loaded[GPT]
    options = {"strategy": generating.strategy_of(0.0), "max_new_tokens": 20}
    said = generating.continued(model, tokenizer, "import numpy", **options)
    assert " as np" in "".join(said)


@pytest.mark.recorded(RECORDS[GPT])
def test_the_small_gpt_gives_the_recorded_scores_on_the_test_split():
    """Ten seconds on one core; ``n2t evaluate`` with the folder does the same."""
    record = ledger.result(RECORDS[GPT])
    scores = scoring.evaluate(ledger.weights(GPT), split="test")
    for name in record["metrics"]:
        assert scores[name] == pytest.approx(record.metric(name), rel=1e-3), name


@pytest.mark.recorded(RECORDS[TRANSLATOR])
@pytest.mark.skipif(
    not os.environ.get("N2T_DATA"),
    reason="needs the full-size sets: set N2T_DATA to their folder",
)
def test_the_translator_gives_the_recorded_scores_on_the_test_split():
    """Half a minute on one core; ``n2t evaluate`` with the folder does the same.

    The slack is for processors that round otherwise and so, at a near tie, choose
    another word.
    """
    record = ledger.result(RECORDS[TRANSLATOR])
    scores = scoring.evaluate(ledger.weights(TRANSLATOR), split="test")
    for name in record["metrics"]:
        slack = 0.005 if name == "exact_match" else 0.2
        assert scores[name] == pytest.approx(record.metric(name), abs=slack), name
