"""A mixture of experts: many feed-forward networks, of which each token uses a few.

Shazeer et al. (2017), "Outrageously large neural networks". A small *router* scores all
experts for a token; the best few are run, and their answers added in proportion. The
weights grow with the number of experts, the work for a token does not.

>>> import torch
>>> mixture = MixtureOfExperts(d_model=16, d_ff=32, n_expert=4, n_active=2)
>>> mixture(torch.randn(2, 5, 16)).shape
torch.Size([2, 5, 16])
>>> mixture.chosen.shape                      # which experts each token went to
torch.Size([2, 5, 2])
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from n2t._checks import check_float, check_size
from n2t.blocks import FeedForward


class MixtureOfExperts(nn.Module):
    """`n_expert` feed-forward networks of width `d_ff`; each token runs `n_active`.

    The weights of the active experts are a softmax of their scores alone, as in Mixtral
    (Jiang et al., 2024). After a forward pass `balance` is the loss that keeps the
    router from sending all tokens to a few experts, and `chosen` (..., n_active) says
    which experts each token went to. Add a small multiple of `balance` to the loss.
    """

    def __init__(
        self,
        d_model: int,
        d_ff: int,
        n_expert: int,
        n_active: int = 2,
        activation: str = "swiglu",
        *,
        bias: bool = False,
    ):
        super().__init__()
        self.d_model = check_size("d_model", d_model)
        self.n_active = check_size("n_active", n_active)
        if n_active > check_size("n_expert", n_expert):
            raise ValueError(f"n_active ({n_active}) must be at most {n_expert}")
        self.router = nn.Linear(d_model, n_expert, bias=False)
        self.experts = nn.ModuleList(
            FeedForward(d_model, d_ff, activation, bias=bias) for _ in range(n_expert)
        )
        self.balance: Tensor | None = None
        self.chosen: Tensor | None = None

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        """`x` (..., d_model) to the same shape, each token by its own experts."""
        check_float("x", x, "(..., d_model)", self.d_model)
        tokens = x.reshape(-1, self.d_model)  # (N, D)
        scores = self.router(tokens)  # (N, n_expert)
        best, chosen = scores.topk(self.n_active, dim=-1)
        weights = best.softmax(-1)  # (N, n_active)
        output = torch.zeros_like(tokens)
        for i, expert in enumerate(self.experts):
            rows, place = (chosen == i).nonzero(as_tuple=True)
            if not len(rows):
                continue
            share = weights[rows, place, None]
            output = output.index_add(0, rows, share * expert(tokens[rows]))
        self.balance = balance_loss(scores, chosen)
        self.chosen = chosen.unflatten(0, x.shape[:-1])
        return output.view_as(x)


def balance_loss(
    scores: Float[Tensor, "tokens experts"], chosen: Tensor
) -> Float[Tensor, ""]:
    """Experts × Σ (share of choices) · (mean probability): 1 where both are even.

    Fedus, Zoph and Shazeer (2022), "Switch Transformers", equation 4, with the choices
    of a token that has several counted as shares of one. The shares have no gradient;
    the probabilities have, and are pushed down most where most tokens go.
    """
    n_expert = scores.shape[-1]
    share = torch.bincount(chosen.flatten(), minlength=n_expert) / chosen.numel()
    return n_expert * (share * scores.softmax(-1).mean(0)).sum()
