"""Pooling by attention: padding weighs nothing, and at first it is the mean."""

import pytest
import torch
from torch import nn

from n2t import laws
from n2t.models.encoder_only import EncoderOnly, EncoderOnlyConfig
from n2t.models.pooling import POOLINGS, AttentionPooling, PooledClassifier

SIZES = {"d_model": 16, "n_head": 2, "n_layer": 1, "d_ff": 32, "max_length": 12}


def drawn(D=16):
    pool = AttentionPooling(D).double()
    nn.init.normal_(pool.query)
    return pool


def encoder(**changes):
    return EncoderOnly(EncoderOnlyConfig(50, **SIZES, dropout=0.0, **changes))


def test_it_is_the_softmax_of_scores_token_by_token():
    pool, x = drawn(), torch.randn(3, 5, 16, dtype=torch.float64)
    real = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]]).bool()
    found = pool(x, real)
    for text, kept, got in zip(x, real, found, strict=True):
        tokens = text[kept]
        weights = (tokens @ pool.query / 4).softmax(0)
        torch.testing.assert_close(got, weights @ tokens, rtol=0, atol=1e-12)


def test_it_is_the_attention_of_torch_with_one_query():
    pool, x = drawn(), torch.randn(2, 6, 16, dtype=torch.float64)
    real = torch.rand(2, 6) < 0.7
    real[:, 0] = True
    query = pool.query.expand(2, 1, 16)
    wanted = nn.functional.scaled_dot_product_attention(query, x, x, real[:, None])
    torch.testing.assert_close(pool(x, real), wanted[:, 0], rtol=0, atol=1e-12)


def test_at_first_it_is_the_mean():
    x, real = torch.randn(2, 4, 16), torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]).bool()
    wanted = torch.stack([x[0].mean(0), x[1, :2].mean(0)])
    torch.testing.assert_close(AttentionPooling(16)(x, real), wanted)


def test_a_text_without_a_real_token_gives_zeros():
    x, real = torch.randn(1, 3, 16).double(), torch.zeros(1, 3, dtype=torch.bool)
    assert not drawn()(x, real).any()


@pytest.mark.parametrize("pooling", POOLINGS)
def test_padding_changes_no_logit(pooling):
    model = PooledClassifier(encoder(), 3, pooling).eval()
    for weight in model.parameters():
        nn.init.normal_(weight, std=0.2)
    ids = torch.randint(5, 50, (2, 6))
    longer = nn.functional.pad(ids, (0, 4))
    torch.testing.assert_close(model(longer), model(ids), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_it_is_encoder_only_with_the_same_pooling(pooling):
    whole = encoder(n_class=3, pooling=pooling).eval()
    model = PooledClassifier(whole, 3, pooling)
    model.output.load_state_dict(whole.output.state_dict())
    ids = nn.functional.pad(torch.randint(5, 50, (2, 6)), (0, 2))
    torch.testing.assert_close(model(ids), whole(ids))


def test_another_pooling_is_named():
    with pytest.raises(ValueError, match=r"pooling \('max'\).*mean, first, attention"):
        PooledClassifier(encoder(), 2, "max")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_laws_of_a_reader_hold(pooling, dtype):
    model = PooledClassifier(encoder(), 3, pooling).to(dtype)
    for weight in model.parameters():
        nn.init.normal_(weight, std=0.2)
    model.eval()
    ids = torch.randint(5, 50, (3, 7))
    laws.padding_does_not_matter(model, ids, torch.zeros(3, 4, dtype=torch.long))
    laws.batch_does_not_matter(model, ids)
    laws.eval_is_deterministic(model, model, ids)
    ids[0] = 0
    laws.every_gradient_is_finite(model, model, ids)
