"""Answers come in the order of the questions, and scores are their definitions."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from n2t.data.text import CharacterTokenizer, WordTokenizer
from n2t.runs import scoring

TEXTS = ["two three", "one", "seven hundred and ten", "forty two", "nine"]


class Stub(nn.Module):
    """Stands for a model: ``answer(ids)`` gives its logits."""

    config = SimpleNamespace(max_length=64)

    def __init__(self, answer=None):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.answer = answer

    def forward(self, ids):
        return self.answer(ids)


@pytest.mark.parametrize("rows", [1, 2, 64])
def test_answers_come_in_the_order_of_the_questions(rows, monkeypatch):
    echo = lambda model, source, **_: SimpleNamespace(ids=source)  # noqa: E731
    monkeypatch.setattr(scoring, "decode", echo)
    monkeypatch.setattr(scoring, "ROWS", rows)
    tokenizer = WordTokenizer.train(TEXTS)
    for texts in (TEXTS, TEXTS[::-1]):
        assert scoring.translate(Stub(), tokenizer, texts) == texts


def test_a_classifier_that_is_right_on_3_of_4_texts_has_an_accuracy_of_075():
    part = [("ab", 0), ("ba", 1), ("abab", 0), ("bbb", 0)]
    tokenizer = CharacterTokenizer.train(text for text, _ in part)
    (b,) = tokenizer.encode("b")
    model = Stub(lambda ids: nn.functional.one_hot((ids[:, 0] == b).long(), 2).float())
    preset = {"batches": {"max_tokens": 4}}
    assert scoring.score_classification(model, tokenizer, part, preset) == {
        "accuracy": 0.75
    }


def test_a_guess_among_all_characters_costs_the_logarithm_of_their_number():
    """Bits are for each byte, and é has two of them."""
    part = ["été à la mer, et l'été après", "où était-elle"]
    tokenizer = CharacterTokenizer.train(part)
    size = tokenizer.vocab_size
    model = Stub(lambda ids: torch.zeros(*ids.shape, size))
    preset = {"batches": {"batch_size": 2, "length": 5}}
    found = scoring.score_language_model(model, tokenizer, part, preset)
    assert found["loss"] == pytest.approx(math.log(size), rel=1e-6)
    assert found["perplexity"] == pytest.approx(size, rel=1e-6)
    characters, n_byte = (sum(map(len, texts)) for texts in (part, encoded(part)))
    expected = characters * math.log2(size) / n_byte
    assert n_byte > characters
    assert found["bits_per_byte"] == pytest.approx(expected, rel=1e-6)


def encoded(part):
    """Texts as bytes."""
    return [text.encode() for text in part]


def test_the_seconds_of_runs_are_their_mean_and_left_out_where_one_has_none():
    rows = [{"seconds": 2, "processor_seconds": 4}, {"seconds": 6, "step": 3}]
    assert scoring.times_of(rows) == {"wall_seconds": 4}
    rows[1]["processor_seconds"] = 10
    assert scoring.times_of(rows) == {"wall_seconds": 4, "processor_seconds": 7}
