"""Muon equals torch's, parameters land in the right group."""

import pytest
import torch
from torch import nn

from n2t.models import (
    DecoderOnly,
    DecoderOnlyConfig,
    EncoderOnly,
    EncoderOnlyConfig,
    RecurrentConfig,
    RecurrentSeq2Seq,
    Transformer,
    TransformerConfig,
)
from n2t.training import FitConfig
from n2t.training.optimizers import (
    Muon,
    make_optimizers,
    orthogonalize,
    split_parameters,
)

SHAPES = [(6, 6), (4, 9), (9, 4)]


@pytest.mark.parametrize("shape", SHAPES)
def test_orthogonalize_keeps_singular_vectors_and_levels_the_values(shape):
    torch.manual_seed(0)
    matrix = torch.randn(shape, dtype=torch.float64)
    u, values, v = torch.linalg.svd(matrix, full_matrices=False)
    found = u.T @ orthogonalize(matrix) @ v.T
    inside = found.diagonal()
    torch.testing.assert_close(found, torch.diag(inside), rtol=0, atol=1e-6)
    assert values.max() / values.min() > 2
    assert inside.min() > 0.6 and inside.max() < 1.3
    wanted = values / values.norm()
    for _ in range(5):  # Jordan's polynomial, on each singular value alone
        wanted = 3.4445 * wanted - 4.7750 * wanted**3 + 2.0315 * wanted**5
    torch.testing.assert_close(inside, wanted, rtol=1e-6, atol=0)


def moved_by(optimizer, shape, dtype=torch.float64):
    """How far three steps along drawn gradients move a drawn matrix."""
    draws = torch.Generator().manual_seed(0)
    start = torch.randn(shape, generator=draws).to(dtype)
    matrix = nn.Parameter(start.clone())
    steps = optimizer([matrix], lr=0.1, momentum=0.95, weight_decay=0.1)
    for _ in range(3):
        matrix.grad = torch.randn(shape, generator=draws).to(dtype)
        steps.step()
    return matrix.detach() - start


@pytest.mark.parametrize("shape", SHAPES)
def test_muon_takes_the_steps_of_torchs_own_but_for_its_rounding(shape, monkeypatch):
    """torch's rounds to bfloat16 on every device; kept from it, it agrees."""
    monkeypatch.setattr(torch.Tensor, "bfloat16", torch.Tensor.clone)
    ours, theirs = moved_by(Muon, shape), moved_by(torch.optim.Muon, shape)
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_rounding_of_torchs_muon_is_why_there_is_one_here(shape):
    """Where this begins to fail, torch's own has the digits, and ours can go."""
    exact = moved_by(Muon, shape)
    ours = moved_by(Muon, shape, torch.float32)
    theirs = moved_by(torch.optim.Muon, shape, torch.float32)
    assert (ours - exact).norm() < 1e-5 * exact.norm()
    assert 1e-3 * exact.norm() < (theirs - exact).norm() < 0.03 * exact.norm()


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


SIZES = {"d_model": 8, "n_head": 2, "n_layer": 1, "max_length": 8}
AS_WIDE = {  # each has a vocabulary as large as some of its inner matrices are wide
    "V = d_model": (
        lambda: DecoderOnly(DecoderOnlyConfig(8, d_ff=16, **SIZES)),
        {"embedding.weight", "positions.table"},
    ),
    "V = d_ff": (
        lambda: DecoderOnly(DecoderOnlyConfig(16, d_ff=16, **SIZES)),
        {"embedding.weight", "positions.table"},
    ),
    "untied": (
        lambda: DecoderOnly(
            DecoderOnlyConfig(8, d_ff=16, tie_embeddings=False, **SIZES)
        ),
        {"embedding.weight", "positions.table", "output.weight"},
    ),
    "translator": (
        lambda: Transformer(TransformerConfig(16, 8, d_ff=16, **SIZES)),
        {f"{part}.embedding.table.weight" for part in ("encoder", "decoder")}
        | {"output.weight"},
    ),
    "hidden words": (
        lambda: EncoderOnly(EncoderOnlyConfig(8, d_ff=16, **SIZES)),
        {"encoder.embedding.table.weight"},
    ),
    "classifier": (
        lambda: EncoderOnly(EncoderOnlyConfig(8, n_class=8, d_ff=16, **SIZES)),
        {"encoder.embedding.table.weight"},
    ),
    "recurrent": (
        lambda: RecurrentSeq2Seq(
            RecurrentConfig(8, 8, d_model=8, d_hidden=8, attention="additive")
        ),
        {"embed_source.weight", "embed_target.weight", "output.weight"},
    ),
}


@pytest.mark.parametrize("name", AS_WIDE)
def test_no_inner_matrix_is_an_embedding_for_being_as_wide_as_the_vocabulary(name):
    make, wanted = AS_WIDE[name]
    model = make()
    names = {id(p): name for name, p in model.named_parameters()}
    matrices, embeddings, _ = split_parameters(model)
    assert {names[id(p)] for p in embeddings} == wanted
    large = {name for name, p in model.named_parameters() if p.dim() > 1}
    assert {names[id(p)] for p in matrices} == large - wanted


def test_a_model_of_ones_own_names_its_embeddings():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.inner = nn.Embedding(6, 6), nn.Linear(6, 6)
            self.output = nn.Linear(6, 6)

        def embedding_weights(self):
            return [self.output.weight]

    model = Own()
    matrices, embeddings, _ = split_parameters(model)
    assert [id(p) for p in matrices] == [id(model.inner.weight)]
    wanted = [model.embedding.weight, model.output.weight]
    assert [id(p) for p in embeddings] == [id(p) for p in wanted]


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
