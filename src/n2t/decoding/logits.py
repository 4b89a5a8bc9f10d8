"""What is done to one step's logits before a token is chosen: pure functions."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from n2t._checks import check_positive, check_size


def penalize_repetition(
    logits: Float[Tensor, "rows vocabulary"],
    history: Int[Tensor, "rows time"],
    penalty: float,
) -> Float[Tensor, "rows vocabulary"]:
    """Logits of the ids in `history` divided by `penalty`, or multiplied if negative.

    Keskar et al. (2019), CTRL, divide; for a negative logit that would make the token
    more likely, so there the logit is multiplied instead. A token is penalized once,
    however often it came. 1 changes nothing.
    """
    check_positive("penalty", penalty)
    if penalty == 1:
        return logits
    seen = logits.gather(-1, history)
    return logits.scatter(
        -1, history, torch.where(seen > 0, seen / penalty, seen * penalty)
    )


def keep_top_k(
    logits: Float[Tensor, "*rows vocabulary"], k: int
) -> Float[Tensor, "*rows vocabulary"]:
    """The k largest logits of each row, -inf elsewhere (Fan et al. 2018).

    Exactly k survive, in a tie too; all of them when the vocabulary is smaller.
    """
    check_size("k", k)
    top, index = logits.topk(min(k, logits.shape[-1]))
    return torch.full_like(logits, -torch.inf).scatter(-1, index, top)


def keep_top_p(
    logits: Float[Tensor, "*rows vocabulary"], p: float
) -> Float[Tensor, "*rows vocabulary"]:
    """The fewest most likely tokens with probability at least p together; -inf else.

    Nucleus sampling (Holtzman et al. 2020). The most likely token always
    survives, and so does everything when p is 1.
    """
    if not p > 0:
        raise ValueError(f"p ({p}) must be above 0")
    if p >= 1:
        return logits
    top, index = logits.sort(dim=-1, descending=True, stable=True)
    probabilities = top.softmax(-1)
    before = probabilities.cumsum(-1) - probabilities  # of the more likely tokens
    top = top.masked_fill(before >= p, -torch.inf)
    top[..., 0] = logits.amax(-1)
    return torch.empty_like(logits).scatter(-1, index, top)


def length_penalty(length: int, alpha: float) -> float:
    """((5 + length) / 6) ** alpha, which a hypothesis's log-probability is divided by.

    The length normalization of Wu et al. (2016). With alpha 0 longer hypotheses lose,
    because each token adds a negative number; alpha near 0.6 makes up for it.
    """
    return ((5 + length) / 6) ** alpha
