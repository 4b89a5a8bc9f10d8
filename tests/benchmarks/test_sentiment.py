"""The comparison of chapter 20: what is drawn, chosen and kept, on made-up opinions."""

import json

import numpy as np
import pytest
import torch

from benchmarks import (
    encoders,
    sentiment,
    sentiment_five,
    sentiment_probes,
    sentiment_weights,
)
from n2t.data.sets.opinions import made_up_opinions
from n2t.data.text import Tokenizer
from n2t.models import EncoderOnly

PROBES = sentiment_probes.sentences()


@pytest.fixture(scope="module")
def task():
    parts = dict(zip(sentiment.PARTS, made_up_opinions(), strict=True))
    return sentiment.Task(
        {part: [o.text for o in rows] for part, rows in parts.items()},
        {part: [o.label for o in rows] for part, rows in parts.items()},
    )


@pytest.fixture(scope="module")
def small(task):
    return sentiment.Encoders(task, 1)


def test_a_training_run_learns_what_can_be_learned(task, small):
    parts = small.parts
    model, right = encoders.finetune(
        None, small.V, parts["train"], parts["validation"], rate=3e-3, seed=0, epochs=8
    )
    assert right > 0.9
    assert right == encoders.accuracy(
        encoders.log_odds(model, parts["validation"].rows), parts["validation"].labels
    )


def test_hidden_words_are_learned_better_than_by_counting(small):
    parts = small.parts
    model, losses = encoders.pretrain(parts, small.V, epochs=6, rate=3e-3, seed=0)
    rows = parts["validation"].rows
    assert losses["validation"][-1] == encoders.masked_loss(model, rows)
    counted = encoders.counted_loss(parts["train"].rows, rows, small.V)
    assert losses["validation"][-1] < counted < losses["validation"][0]


def test_words_are_those_of_the_training_texts(task):
    rows = sentiment.ways(task)["counts"](["the zebra is good"])
    vectorizer = sentiment.ways(task)["tf-idf"]
    assert vectorizer(["zebra"]).nnz == 0 and rows.sum() < 4


def test_the_best_choice_is_validations(task):
    good = np.array(task.labels["validation"]) - 0.5
    judges = {"bad": lambda texts: -good, "good": lambda texts: good}
    assert task.best(judges) == "good"


def test_probes_are_found_again_where_they_lie():
    about = sentiment_probes.about()
    start, end = about["kinds"]["irony"]
    assert about["sentences"][start : start + 2] == list(sentiment_probes.IRONY[0])
    assert about["sentences"][end : end + 2] == list(sentiment_probes.DIALECT[0])
    first = about["sentences"][about["names"]["start"]]
    assert first == sentiment_probes.PLACES[0].format("Ebony")
    assert len(PROBES) == about["names"]["start"] + 40 * about["names"]["places"]


def test_a_judge_that_hears_no_not_has_no_pair_right():
    deaf = [1.0] * len(PROBES)
    assert not any(sentiment_probes.both_right(deaf, "negation"))
    hears = [1.0 - 2 * (n % 2) for n in range(len(PROBES))]
    assert all(sentiment_probes.both_right(hears, "negation"))


def test_shifts_and_names_are_differences_of_the_same_words():
    scores = np.zeros(len(PROBES))
    scores[sentiment_probes.about()["kinds"]["dialect"][0] + 1] = -2.0
    assert sentiment_probes.shifts(scores).tolist() == [-2.0] + [0.0] * 11
    groups = sentiment_probes.by_name(np.arange(len(PROBES)))
    assert [len(group) for group in groups.values()] == [20, 20]


def test_published_weights_are_the_rounded_model(small, tmp_path):
    torch.manual_seed(0)
    model = encoders.new_encoder(small.V)
    facts = {"command": "made here", "sentences": 600, "masked_loss": 1.0}
    folder = sentiment_weights.publish(model, small.tokenizer, facts, tmp_path / "w")
    again = EncoderOnly.from_pretrained(folder / "model").eval()
    rounded = sentiment_weights.rounded(model, tmp_path)
    ids = torch.tensor([small.rows(["the camera is good"])[0]])
    assert torch.equal(again(ids), rounded(ids))
    text = "their old bridge is not slow"
    read = Tokenizer.load(folder / "model/tokenizer.json")
    assert read.encode(text) == small.tokenizer.encode(text)
    facts = json.loads((folder / "run.json").read_text("utf-8"))
    assert set(facts["files"]) == {
        f"model/{name}"
        for name in ("config.json", "model.safetensors", "tokenizer.json")
    }


def test_of_more_than_two_classes_the_largest_logit_is_chosen():
    rows = [[1, 5], [1, 6, 7], [1]]
    said = {2: [0.0, 3.0, 1.0], 3: [9.0, 0.0, 1.0], 1: [0.0, 1.0, 2.0]}

    class Fixed(torch.nn.Module):
        def forward(self, ids):
            return torch.tensor([said[int((row != 0).sum())] for row in ids])

    found = encoders.scores(Fixed(), rows)
    assert found.tolist() == [said[2], said[3], said[1]]
    assert encoders.chosen(found).tolist() == [1, 0, 2]
    assert encoders.accuracy(found, [1, 0, 1]) == pytest.approx(2 / 3)
    assert sentiment_five.off_by(found, [4, 0, 1]) == pytest.approx((3 + 0 + 1) / 3)


def test_five_classes_are_told_apart_when_they_can_be(small):
    generator = np.random.default_rng(0)
    labels = generator.integers(5, size=400).tolist()
    some = encoders.Labeled([[1, 5 + label] for label in labels], labels)
    _, right = encoders.finetune(
        None, small.V, some, some, rate=3e-3, seed=0, epochs=8, classes=5
    )
    assert right > 0.95


def test_the_largest_class_is_that_of_training():
    assert sentiment_five.largest([0, 3, 3, 1])(["a", "b"]).argmax(1).tolist() == [3, 3]
