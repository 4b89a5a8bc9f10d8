"""Variants of chapter 7's exercises."""

import math
from typing import Any

from coursekit.checks.twisting import Twist


def _transposed(value: Any) -> Any:
    return value.T if getattr(value, "ndim", 0) == 2 else value


def _inverse(logits, temperature):
    if temperature == 0:
        return logits, math.inf
    return logits, 0.0 if math.isinf(temperature) else 1 / temperature


TWISTS = {
    "ex-lm-perplexity": Twist(
        statement="The third argument is a mask `padding`, True where there is **no** "
        "text.",
        solution='''
def perplexity_of(logits, targets, padding):
    """exp of the mean cross-entropy over the places that are text."""
    ### BEGIN SOLUTION
    nats = F.cross_entropy(logits[~padding], targets[~padding])
    return nats.exp().item()
    ### END SOLUTION
''',
        before=lambda logits, targets, real: (logits, targets, ~real),
    ),
    "ex-lm-kneser": Twist(
        statement="Entry $[b, a]$ of the array is $p(b \\mid a)$: each **column** sums "
        "to 1.",
        solution='''
def kneser_ney_bigram(ids, V, d):
    """p(b | a) for all pairs of ids, (V, V), contexts in columns."""
    ### BEGIN SOLUTION
    N = np.zeros((V, V))
    np.add.at(N, (ids[1:], ids[:-1]), 1)
    seen = N > 0
    lower = seen.sum(1, keepdims=True) / seen.sum()  # (V, 1)
    total = N.sum(0)
    kinds = seen.sum(0)
    safe = np.maximum(total, 1)
    p = (np.maximum(N - d, 0) + d * kinds * lower) / safe
    return np.where(total > 0, p, lower)
    ### END SOLUTION
''',
        after=_transposed,
    ),
    "ex-lm-temperature": Twist(
        statement="The second argument is the **inverse** temperature, $1/\\tau$, from "
        "0 to infinity: at 0 all possible characters get the same, at infinity the "
        "largest logit takes all.",
        solution='''
def tempered(logits, inverse):
    """softmax(logits * inverse) along the last axis."""
    ### BEGIN SOLUTION
    gap = logits - logits.max(-1, keepdims=True)     # at most 0
    if np.isinf(inverse):
        weights = (gap == 0).astype(float)
    elif inverse == 0:
        weights = np.isfinite(gap).astype(float)
    else:
        weights = np.exp(gap * inverse)
    return weights / weights.sum(-1, keepdims=True)
    ### END SOLUTION
''',
        before=_inverse,
    ),
}
