"""Muon equals torch's, parameters land in the right group."""

import pytest
import torch
from torch import nn

from n2t.models import DecoderOnly, DecoderOnlyConfig
from n2t.training import FitConfig
from n2t.training.optimizers import (
    Muon,
    make_optimizers,
    orthogonalize,
    split_parameters,
)


@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4)])
def test_orthogonalize_keeps_singular_vectors_and_levels_the_values(shape):
    torch.manual_seed(0)
    matrix = torch.randn(shape, dtype=torch.float64)
    u, values, v = torch.linalg.svd(matrix, full_matrices=False)
    found = u.T @ orthogonalize(matrix) @ v.T
    inside = found.diagonal()
    torch.testing.assert_close(found, torch.diag(inside), rtol=0, atol=1e-6)
    assert values.max() / values.min() > 2
    assert inside.min() > 0.6 and inside.max() < 1.3


@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4)])
def test_muon_takes_the_steps_of_torchs_own(shape):
    """torch's runs in bfloat16, so that only three digits can agree."""
    torch.manual_seed(0)
    start = torch.randn(shape)
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    options = dict(lr=0.1, momentum=0.95, weight_decay=0.1)
    first, second = Muon([ours], **options), torch.optim.Muon([theirs], **options)
    for _ in range(3):
        gradient = torch.randn(shape)
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        first.step()
        second.step()
    torch.testing.assert_close(ours - start, theirs - start, rtol=0.05, atol=0.01)


def test_muon_refuses_vectors_and_senseless_settings():
    with pytest.raises(ValueError, match=r"matrices, got \(3,\)"):
        Muon([nn.Parameter(torch.ones(3))])
    with pytest.raises(ValueError, match=r"lr \(0\.0\)"):
        Muon([nn.Parameter(torch.ones(3, 3))], lr=0.0)


@pytest.mark.parametrize("tie", [True, False])
def test_embeddings_and_their_output_matrix_are_told_from_inner_matrices(tie):
    model = DecoderOnly(
        DecoderOnlyConfig(
            11, d_model=8, n_head=2, n_layer=1, d_ff=16, tie_embeddings=tie
        )
    )
    names = {id(p): name for name, p in model.named_parameters()}
    found = [
        {names[id(p)].split(".")[0] for p in group} for group in split_parameters(model)
    ]
    matrices, embeddings, vectors = found
    assert matrices == {"layers"}
    assert {"embedding", "positions"} <= embeddings
    assert ("output" in embeddings) is not tie
    assert "norm" in vectors


@pytest.mark.parametrize("kind", ["adamw", "muon"])
def test_every_parameter_is_moved_by_one_optimizer_and_only_matrices_decay(kind):
    model = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 4), nn.LayerNorm(4))
    config = FitConfig(max_steps=1, optimizer=kind, weight_decay=0.1)
    groups = [g for o in make_optimizers(model, config) for g in o.param_groups]
    moved = [id(p) for group in groups for p in group["params"]]
    assert sorted(moved) == sorted(id(p) for p in model.parameters())
    decayed = [p for g in groups if g["weight_decay"] for p in g["params"]]
    assert [id(p) for p in decayed] == [id(model[1].weight)]
    muon = config.muon_learning_rate if kind == "muon" else config.learning_rate
    assert [group["peak"] for group in groups] == [muon, config.learning_rate]
