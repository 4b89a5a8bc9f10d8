"""Windows and sums: each equal to its own definition, in less memory than that."""

import pytest
import torch

from n2t.attention import scaled_dot_product_attention
from n2t.fast import (
    linear_attention,
    linear_attention_steps,
    window_mask,
    windowed_attention,
)

TIGHT = {"rtol": 1e-12, "atol": 1e-12}


def triple(*shape, seed=0):
    """Query, key and value of one shape, in float64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, *shape, dtype=torch.float64, generator=generator).unbind(0)


def by_definition(query, key, value, causal=False):
    """Weights of all pairs of features, divided by their sums."""
    q, k = (torch.nn.functional.elu(x) + 1 for x in (query, key))
    weights = q @ k.mT
    weights = weights.tril() if causal else weights
    return weights / weights.sum(-1, keepdim=True) @ value


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("block", [1, 7, 64])
@pytest.mark.parametrize("T", [1, 20, 41])
def test_linear_attention_is_its_definition(T, block, causal):
    inputs = triple(2, 3, T, 5)
    found = linear_attention(*inputs, causal=causal, block=block)
    torch.testing.assert_close(found, by_definition(*inputs, causal), **TIGHT)


def test_its_recurrence_says_the_same():
    inputs = triple(2, 33, 5)
    steps = linear_attention_steps(*inputs)
    torch.testing.assert_close(steps, by_definition(*inputs, causal=True), **TIGHT)


def test_features_may_be_others():
    inputs = triple(12, 4)
    found = linear_attention(*inputs, features=torch.exp)
    weights = inputs[0].exp() @ inputs[1].exp().mT
    wanted = weights / weights.sum(-1, keepdim=True) @ inputs[2]
    torch.testing.assert_close(found, wanted, **TIGHT)


def test_linear_attention_gives_gradients():
    inputs = [x.requires_grad_() for x in triple(6, 3)]
    assert torch.autograd.gradcheck(
        lambda *x: linear_attention(*x, causal=True, block=4), inputs
    )


def test_all_but_causal_takes_any_number_of_keys_and_causal_does_not():
    query, key = torch.randn(3, 4), torch.randn(7, 4)
    assert linear_attention(query, key, key).shape == (3, 4)
    with pytest.raises(ValueError, match="Tq = Tk, got 3 queries and 7 keys"):
        linear_attention(query, key, key, causal=True)


@pytest.mark.parametrize("n_global", [0, 1, 5])
@pytest.mark.parametrize("window", [1, 4, 30, 100])
@pytest.mark.parametrize("T", [1, 29, 60])
def test_windows_are_the_mask(T, window, n_global):
    inputs = triple(2, T, 5)
    found = windowed_attention(*inputs, window, n_global)
    mask = window_mask(T, window, n_global)
    wanted = scaled_dot_product_attention(*inputs, mask, return_weights=True)[0]
    torch.testing.assert_close(found, wanted, **TIGHT)


def test_the_mask_is_written_out_by_hand():
    for T, window, n_global in ((6, 2, 0), (6, 3, 2), (4, 9, 1)):
        mask = window_mask(T, window, n_global)
        for i in range(T):
            for j in range(T):
                near = i - window < j <= i
                assert mask[i, j] == (near or (j < n_global and j <= i)), (i, j)


def test_no_table_of_all_pairs_is_made(monkeypatch):
    seen = []
    attend = scaled_dot_product_attention

    def noted(query, key, value, mask):
        seen.append(mask.numel())
        return attend(query, key, value, mask)

    monkeypatch.setattr("n2t.fast.local.scaled_dot_product_attention", noted)
    windowed_attention(*triple(400, 4), 20, 3)
    assert len(seen) == 20 and max(seen) <= 20 * 43


@pytest.mark.usefixtures("own_checks_only")
@pytest.mark.parametrize(
    ("given", "words"),
    [((0,), "window"), ((4, -1), "n_global"), ((4.5,), "window")],
)
def test_windows_that_cannot_be_are_refused_by_name(given, words):
    with pytest.raises((TypeError, ValueError), match=words):
        windowed_attention(*triple(8, 4), *given)
