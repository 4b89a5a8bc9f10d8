"""Variants of chapter 25's exercises."""

from typing import Any

from coursekit.checks.twisting import Twist


def _hidden(q: Any, k: Any, v: Any, mask: Any, b: int):
    """A mask that says what is hidden."""
    return q, k, v, ~mask, b


def _sums(first: tuple, second: tuple):
    """Each part with its L in front."""
    return first[::-1], second[::-1]


def _turned(q: Any, k: Any, v: Any, S: Any, z: Any):
    """The state on its side."""
    return q, k, v, S.mT.contiguous(), z


def _turned_back(value: Any) -> Any:
    output, S, z = value
    return output, S.mT, z


TWISTS = {
    "ex-fast-hidden": Twist(
        statement="In your class the mask is True where a query may **not** look.",
        solution='''
def masked_tiles(q, k, v, mask, b):
    """Attention (Tq, d_v); the mask is True where keys are hidden."""
    ### BEGIN SOLUTION
    Tq, d = q.shape
    m = np.full(Tq, -np.inf)
    total, o = np.zeros(Tq), np.zeros((Tq, v.shape[1]))
    for left in range(0, len(k), b):
        s = q @ k[left : left + b].T / d**0.5
        s = np.where(mask[:, left : left + b], -np.inf, s)
        new = np.maximum(m, s.max(1))
        ground = np.where(np.isinf(new), 0.0, new)
        shrink = np.exp(m - ground)
        weights = np.exp(s - ground[:, None])
        total = total * shrink + weights.sum(1)
        o = o * shrink[:, None] + weights @ v[left : left + b]
        m = new
    return o / np.where(total > 0, total, 1.0)[:, None]
    ### END SOLUTION
''',
        before=_hidden,
    ),
    "ex-fast-merge": Twist(
        statement="In your class `L` comes first: each part is a pair `(L, output)`, "
        "and so is the result.",
        solution='''
def merge(first, second):
    """(L, output) over two parts' keys together."""
    ### BEGIN SOLUTION
    (a, one), (b, other) = first, second
    total = np.logaddexp(a, b)                      # (T)
    ground = np.where(np.isinf(total), 0.0, total)
    share, rest = np.exp(a - ground), np.exp(b - ground)
    return total, one * share[:, None] + other * rest[:, None]
    ### END SOLUTION
''',
        before=_sums,
        after=lambda value: tuple(value)[::-1],
    ),
    "ex-fast-state": Twist(
        statement="In your class the state `S` is kept on its side, (d_v, d_φ).",
        solution='''
def go_on(q, k, v, S, z):
    """Outputs of the next tokens, and the state after them."""
    ### BEGIN SOLUTION
    inner = (q @ k.mT).tril()                       # (T, T)
    above = q @ S.mT + inner @ v
    below = q @ z + inner.sum(-1)
    return above / below[:, None], S + v.mT @ k, z + k.sum(0)
    ### END SOLUTION
''',
        before=_turned,
        after=_turned_back,
    ),
}
