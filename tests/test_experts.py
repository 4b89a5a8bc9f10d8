"""A mixture of experts: each token by its own experts, and a balance."""

import pytest
import torch

from n2t.experts import MixtureOfExperts, balance_loss


def slowly(mixture, x):
    """The output, one token and one expert after the other."""
    out = torch.zeros_like(x)
    for place in torch.cartesian_prod(*map(torch.arange, x.shape[:-1])).tolist():
        token = x[tuple(place)]
        scores = mixture.router(token)
        best = scores.argsort(descending=True)[: mixture.n_active]
        weights = scores[best].softmax(0)
        for weight, i in zip(weights, best.tolist(), strict=True):
            out[tuple(place)] += weight * mixture.experts[i](token)
    return out


@pytest.mark.parametrize("n_active", [1, 2, 5])
def test_each_token_gets_its_own_experts(n_active):
    torch.manual_seed(0)
    mixture = MixtureOfExperts(6, 8, n_expert=5, n_active=n_active).double()
    x = torch.randn(2, 7, 6, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(mixture(x), slowly(mixture, x), rtol=0, atol=1e-12)
    assert mixture.chosen.shape == (2, 7, n_active)


def test_a_token_alone_is_answered_as_in_a_batch():
    torch.manual_seed(0)
    mixture = MixtureOfExperts(6, 8, n_expert=4, n_active=2).double()
    x = torch.randn(9, 6, dtype=torch.float64)
    with torch.no_grad():
        alone = torch.stack([mixture(one[None])[0] for one in x])
        torch.testing.assert_close(mixture(x), alone, rtol=0, atol=1e-12)


def test_gradients_reach_router_and_the_experts_that_were_used():
    torch.manual_seed(0)
    mixture = MixtureOfExperts(4, 8, n_expert=3, n_active=2)
    with torch.no_grad():
        mixture.router.weight[2] = 0
        mixture.router.weight[:2] = 1.0
    mixture(torch.ones(5, 4)).sum().backward()
    assert mixture.router.weight.grad is not None
    used = [expert.expand.weight.grad is not None for expert in mixture.experts]
    assert used == [True, True, False]


def test_an_even_router_has_a_balance_of_one_and_a_favorite_costs_more():
    scores = torch.zeros(4, 4)
    even = torch.arange(4)[:, None]
    assert balance_loss(scores, even).item() == pytest.approx(1.0)
    scores[:, 0] = 20.0
    assert balance_loss(scores, torch.zeros(4, 1, dtype=int)).item() > 3.9


def test_balance_pushes_the_busiest_expert_down():
    scores = torch.zeros(6, 3, requires_grad=True)
    chosen = torch.tensor([[0], [0], [0], [0], [1], [2]])
    balance_loss(scores, chosen).backward()
    down = scores.grad.sum(0)
    assert down[0] > 0 and down[1] < 0 and down[2] < 0


def test_more_active_experts_than_there_are_is_refused():
    with pytest.raises(ValueError, match=r"n_active \(3\) must be at most 2"):
        MixtureOfExperts(4, 8, n_expert=2, n_active=3)


def test_another_width_is_refused():
    with pytest.raises(ValueError, match="x"):
        MixtureOfExperts(4, 8, n_expert=2)(torch.randn(3, 5))
