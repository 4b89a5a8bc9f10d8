"""A model is scored in eval mode, whatever its own, and by a search that is one."""

import pytest
import torch
from torch import nn

from n2t.models import DecoderOnly, DecoderOnlyConfig
from n2t.runs import scoring

CONFIG = DecoderOnlyConfig(
    11, d_model=8, n_head=2, n_layer=2, d_ff=12, max_length=16, dropout=0.5
)


class Letters:
    """A tokenizer, as far as scores need one."""

    def encode_batch(self, texts):
        return [[3] * len(text) for text in texts]


@pytest.mark.parametrize("task", ["language_model", "classification"])
def test_a_model_in_training_is_scored_without_dropout(
    task, monkeypatch, own_checks_only
):
    ids = torch.randint(3, 11, (8, 6))
    batches = [(ids, ids.roll(-1, 1) if task == "language_model" else ids[:, 0])]
    monkeypatch.setattr(scoring, "make_batches", lambda *_, **__: batches)
    torch.manual_seed(0)
    made = DecoderOnly(CONFIG)
    if task == "classification":
        layers = nn.Dropout(0.5), nn.Flatten(), nn.Linear(48, 11)
        made = nn.Sequential(made.embedding, *layers)
    score = getattr(scoring, f"score_{task}")
    arguments = (Letters(), ["abc"], {"batches": {}})
    wanted = score(made.eval(), *arguments)
    torch.manual_seed(3)
    assert score(made.train(), *arguments) == wanted
    assert all(part.training for part in made.modules())


@pytest.mark.parametrize("beam", [0, -3])
def test_a_beam_without_hypotheses_is_refused(beam, own_checks_only):
    with pytest.raises(ValueError, match=rf"beam \({beam}\) must be at least 1"):
        scoring.translate(DecoderOnly(CONFIG), Letters(), ["abc"], beam=beam)
