"""Variants of chapter 18's exercises."""

from typing import Any

from coursekit.checks.twisting import Twist


def _transposed(value: Any) -> Any:
    return value.T if getattr(value, "ndim", 0) == 2 else value


def _from_costs(value: Any) -> tuple:
    costs, parents, tokens = value
    return -costs, parents, tokens


TWISTS = {
    "ex-decoding-nucleus": Twist(
        statement="The logits are (V, B): each **column** is a sentence, and so it is "
        "in the probabilities, (V, B).",
        solution='''
def nucleus(logits, temperature, mass, at_least):
    """Probabilities (V, B) after temperature and a fair top-p."""
    ### BEGIN SOLUTION
    ordered = logits.sort(0, descending=True).values        # (V, B)
    p = (ordered / temperature).softmax(0)
    before = p.cumsum(0) - p                                # (V, B)
    count = (before < mass).sum(0).clamp(min=at_least)      # (B,)
    limit = ordered.gather(0, count[None] - 1)              # (1, B)
    cut = logits.masked_fill(logits < limit, -torch.inf)
    return (cut / temperature).softmax(0)
    ### END SOLUTION
''',
        before=lambda logits, *rest: (logits.T.contiguous(), *rest),
        after=_transposed,
    ),
    "ex-decoding-step": Twist(
        statement="All are **costs**, minus log-probabilities: `totals`, `log_p` (now "
        "called `costs`) and `best`. The best candidate has the *lowest*; a place that "
        "is not in use has the total $+\\infty$.",
        solution='''
def beam_step(totals, costs, ended, end):
    """The W cheapest candidates of each row: totals, parents, tokens."""
    ### BEGIN SOLUTION
    V = costs.shape[-1]
    stays = torch.full_like(costs, torch.inf)
    stays[..., end] = 0
    offered = torch.where(ended[..., None], stays, costs)
    candidates = (totals[..., None] + offered).flatten(1)  # (B, W V)
    best, at = candidates.topk(totals.shape[1], largest=False)
    return best, at // V, at % V
    ### END SOLUTION
''',
        before=lambda totals, log_p, ended, end: (-totals, -log_p, ended, end),
        after=_from_costs,
    ),
}
