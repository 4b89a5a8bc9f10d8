"""Variants of chapter 27's exercises."""

from typing import Any

from coursekit.checks.twisting import Twist


def _turned(rows: Any, n_head: int, n_head_kv: int | None = None) -> tuple:
    return (rows.T if rows.ndim == 2 else rows), n_head, n_head_kv


def _turned_back(value: Any) -> Any:
    return value.T if getattr(value, "ndim", 0) == 2 else value


def _experts_first(scores: Any, active: int, real: Any) -> tuple:
    return scores.movedim(-1, 1), active, ~real


TWISTS = {
    "ex-modern-rows": Twist(
        statement="A matrix comes as many libraries store it, (columns, heads · d_k), "
        "and is to be returned so; a bias is as before.",
        solution='''
def to_neighbors(columns, n_head, n_head_kv=None):
    """Columns of each head from halves to neighbors."""
    ### BEGIN SOLUTION
    heads = n_head if n_head_kv is None else n_head_kv
    width = columns.shape[-1] // heads
    pairs = columns.reshape(-1, heads, 2, width // 2)
    return pairs.swapaxes(-1, -2).reshape(columns.shape)
    ### END SOLUTION
''',
        before=_turned,
        after=_turned_back,
    ),
    "ex-modern-balance": Twist(
        statement="`scores` are (L, E, B, T), experts before tokens. The third "
        "argument is `padded` (B, T), True where a token is padding.",
        solution='''
def balance_of(scores, active, padded):
    """Mean over layers of the balance of real tokens."""
    ### BEGIN SOLUTION
    E, losses = scores.shape[1], []
    for layer in scores.movedim(1, -1):
        tokens = layer[~padded]                      # (N, E)
        chosen = tokens.topk(active, -1).indices
        counts = chosen.flatten().bincount(minlength=E)
        share = counts / chosen.numel()
        probability = tokens.softmax(-1).mean(0)
        losses.append(E * (share * probability).sum())
    return torch.stack(losses).mean()
    ### END SOLUTION
''',
        before=_experts_first,
    ),
}
