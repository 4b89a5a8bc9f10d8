"""Additive attention against its formula, one query and key at a time."""

import torch
from copying import randomize

from n2t.attention import AdditiveAttention
from n2t.masks import padding_mask

close = {"atol": 1e-10, "rtol": 1e-10}


def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def test_additive_attention_equals_its_formula():
    attention = randomize(AdditiveAttention(3, 4, 5)).double()
    query, key, value = randn(2, 3, 3), randn(2, 6, 4), randn(2, 6, 7)
    ids = torch.tensor([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]])
    output, weights = attention(query, key, value, padding_mask(ids, 0), True)
    for b in range(2):
        for i in range(3):
            live = [j for j in range(6) if ids[b, j]]
            W, U = attention.project_query, attention.project_key
            scores = [
                attention.score(torch.tanh(W(query[b, i]) + U(key[b, j]))) for j in live
            ]
            wanted = torch.cat(scores).softmax(-1)
            torch.testing.assert_close(weights[b, i, live], wanted, **close)
            torch.testing.assert_close(output[b, i], wanted @ value[b, live], **close)
    assert (weights[0, :, 4:] == 0).all()


def test_additive_attention_takes_keys_projected_once():
    attention = randomize(AdditiveAttention(3, 4, 5)).double()
    query, key = randn(2, 3, 3), randn(2, 6, 4)
    projected = attention.project_key(key)
    again = attention(query, key, projected_key=projected)
    torch.testing.assert_close(again, attention(query, key), **close)
