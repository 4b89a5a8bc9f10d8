"""Variants of chapter 31's exercises."""

from typing import Any

from coursekit.checks.twisting import Twist


def _last(gradients: dict, C: float, sigma: float, B: int):
    """Examples along the last axis."""
    moved = {name: g.movedim(0, -1).contiguous() for name, g in gradients.items()}
    return moved, C, sigma, B


def _likely(losses: Any, secret: int):
    """Log-probabilities in the place of losses."""
    return -losses, secret


def _low(members: Any, others: Any, false: float):
    """Losses in the place of scores."""
    return -members, -others, false


TWISTS = {
    "ex-privacy-noise": Twist(
        statement="In your class the examples are the *last* axis of each tensor: "
        "`gradients` has tensors (..., n).",
        solution='''
def private_sum(gradients, C, sigma, B):
    """(Sum of clipped gradients + noise) / B; examples are the last axis."""
    ### BEGIN SOLUTION
    flat = [g.flatten(0, -2) for g in gradients.values()]
    length = torch.cat(flat).norm(dim=0)            # (n,)
    factor = (C / length.clamp_min(1e-300)).clamp_max(1.0)
    result = {}
    for name, g in gradients.items():
        total = (g * factor).sum(-1)
        noise = torch.randn(total.shape, dtype=total.dtype)
        result[name] = (total + sigma * C * noise) / B
    return result
    ### END SOLUTION
''',
        before=_last,
    ),
    "ex-privacy-exposure": Twist(
        statement="In your class `losses` holds **log-probabilities**: the likeliest "
        "candidate, with the greatest value, has the first place.",
        solution='''
def exposure(losses, secret):
    """Bits given away; the array holds log-probabilities."""
    ### BEGIN SOLUTION
    above = (losses > losses[secret]).sum()
    equal = (losses == losses[secret]).sum()
    place = above + (equal + 1) / 2
    return np.log2(len(losses)) - np.log2(place)
    ### END SOLUTION
''',
        before=_likely,
    ),
    "ex-privacy-caught": Twist(
        statement='In your class scores are losses: the attack says "in" to every '
        "score that is at or **below** the threshold.",
        solution='''
def caught_at(members, others, false):
    """Greatest true positive rate; low scores say in."""
    ### BEGIN SOLUTION
    best = 0.0
    for threshold in np.unique(members):
        if (others <= threshold).mean() <= false:
            best = max(best, (members <= threshold).mean())
    return best
    ### END SOLUTION
''',
        before=_low,
    ),
}
