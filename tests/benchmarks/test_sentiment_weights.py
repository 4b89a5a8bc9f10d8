"""The encoder that comes with chapter 20: small, whole, as good as its card says."""

import json

import pytest
import torch

from benchmarks import encoders, sentiment, sentiment_weights
from n2t import ledger
from n2t.data.sources import registry
from n2t.data.text import Tokenizer
from n2t.files import file_hash
from n2t.models import EncoderOnly

RECORD = "sentiment/opinions"
FOLDER = ledger.weights(sentiment_weights.NAME)
LARGEST = 3e6  # bytes, of everything in the folder


@pytest.fixture(scope="module")
def facts():
    return json.loads((FOLDER / "run.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def model():
    return EncoderOnly.from_pretrained(FOLDER / "model").eval()


def test_the_folder_is_small_and_every_byte_is_the_published_one(facts):
    found = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in found) < LARGEST
    names = {path.relative_to(FOLDER).as_posix() for path in found}
    assert names == set(facts["files"]) | {"LICENSE", "README.md", "run.json"}
    for name, wanted in facts["files"].items():
        assert file_hash(FOLDER / name) == wanted["sha256"], name


def test_the_weights_are_those_that_the_ledger_scored(facts, model):
    record = ledger.result(RECORD)
    assert facts["command"] == record["command"]
    assert facts["sentences"] == record["configuration"]["sentences"]["train"]
    assert facts["masked_loss"] == record.metric("masked loss, int8")
    assert model.n_parameters() == record["configuration"]["parameters"]
    tokenizer = Tokenizer.load(FOLDER / "model/tokenizer.json")
    assert tokenizer.vocab_size == record["configuration"]["vocab_size"]


def test_the_card_and_the_license_are_what_would_be_written_today(
    facts, model, tmp_path
):
    tokenizer = Tokenizer.load(FOLDER / "model/tokenizer.json")
    given = {key: facts[key] for key in ("command", "sentences", "masked_loss")}
    again = sentiment_weights.publish(model, tokenizer, given, tmp_path / "again")
    for name in ("LICENSE", "README.md"):
        assert (again / name).read_text("utf-8") == (FOLDER / name).read_text("utf-8")


@pytest.mark.recorded(RECORD)
def test_the_weights_give_the_recorded_loss_on_validation(model, facts):
    if registry.where("vader") is None:
        pytest.skip("needs the snippets: python -m n2t.data.sources.released vader")
    tokenizer = Tokenizer.load(FOLDER / "model/tokenizer.json")
    texts = sentiment.read("opinions").texts["validation"]
    rows = [encoders.encode(tokenizer, text) for text in texts]
    with torch.no_grad():
        loss = encoders.masked_loss(model, rows)
    assert loss == pytest.approx(facts["masked_loss"], abs=0.005)
