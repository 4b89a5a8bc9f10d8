"""What the checks of chapter 16 rely on: a right count, and blocks as promised."""

import numpy as np
import pytest
import torch

from coursekit.checks.transformer import whole_model
from n2t import models


@pytest.mark.parametrize(
    "given", [(31, 24, 3, 5, 7, 50, 2), (11, 8, 1, 8, 8, 9, 1), (9, 12, 5, 1, 2, 3, 4)]
)
def test_the_wanted_count_is_what_the_library_trains(given):
    V, D, H, d_k, d_v, F, L = given
    config = models.TransformerConfig(
        V, V, d_model=D, n_head=H, d_k=d_k, d_v=d_v, d_ff=F, n_layer=L,
        tie_embeddings="all", position="none",
    )  # fmt: skip
    with torch.device("meta"):
        assert whole_model.count(*given) == models.Transformer(config).n_parameters()


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("D", [8, 64])
@pytest.mark.parametrize("size", whole_model.SIZES)
def test_a_sublayer_is_neither_tiny_nor_huge_and_its_mean_is_above_zero(seed, D, size):
    block = whole_model.make_block("none", np.random.default_rng(seed), size)
    x = torch.randn(3, 4, D, generator=torch.Generator().manual_seed(seed)).double()
    added = block(x) - x
    share = (added.square().mean() / x.square().mean()).sqrt()
    assert 0.1 < share < 10
    assert added.mean(-1).min() > 0.01
    alone = block(x[:, 1:2])  # each token by itself
    assert torch.allclose(alone, block(x)[:, 1:2], rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", whole_model.KINDS)
def test_a_block_is_normal_where_its_kind_says(kind):
    block = whole_model.make_block(kind, np.random.default_rng(0))
    x = 1e5 * torch.randn(2, 3, 8).double().clamp(-5, 5)
    y, twice = block(x), block(2 * x)
    assert torch.allclose(whole_model.norm(y), y) == (kind == "post")
    added, doubled = y - x, twice - 2 * x
    inside = torch.allclose(whole_model.norm(added), added, atol=1e-6)
    assert inside == (kind == "inside")
    if kind in ("pre", "none"):
        assert torch.allclose(added, doubled) == (kind == "pre")


def test_equal_features_become_zeros_and_tiny_ones_are_normal():
    assert torch.equal(whole_model.norm(torch.full((1, 8), 0.3).double()).abs().sum(),
                       torch.tensor(0.0).double())  # fmt: skip
    tiny = whole_model.norm(1e-9 * torch.randn(4, 16).double())
    assert torch.allclose(tiny.square().mean(-1), torch.ones(4).double())


@pytest.mark.parametrize(
    "x",
    [
        None,
        [1.0],
        torch.ones(2, 3, 8),
        torch.ones(2, 8).double(),
        torch.ones(1, 1, 10**6).double(),
        torch.ones(10**4, 30, 8).double(),
        torch.full((1, 1, 8), 1.1e6).double(),
        torch.full((1, 1, 8), torch.nan).double(),
        torch.full((1, 1, 8), -torch.inf).double(),
    ],
)
def test_a_block_refuses_what_it_does_not_take(x):
    block = whole_model.make_block("pre", np.random.default_rng(0))
    with pytest.raises(ValueError, match="a block takes"):
        block(x)
