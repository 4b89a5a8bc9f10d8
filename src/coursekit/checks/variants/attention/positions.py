"""Variants of chapter 13's exercises."""

import math
from typing import Any

from coursekit.checks.twisting import Twist


def _from_periods(value: Any) -> Any:
    return 2 * math.pi / value if hasattr(value, "detach") else value


def _heads_first(value: Any) -> Any:
    return value.movedim(-1, 0) if getattr(value, "ndim", 0) == 3 else value


TWISTS = {
    "ex-pos-frequencies": Twist(
        statement="Return the **periods** in place of the frequencies: how many places "
        r"each of the $D/2$ clocks takes to come round, $2\pi/\theta_i$.",
        solution='''
def frequencies_of(D):
    """The periods 2π/θ_i, (D/2,)."""
    ### BEGIN SOLUTION
    return 2 * np.pi * 10_000.0 ** (torch.arange(0, D, 2) / D)
    ### END SOLUTION
''',
        after=_from_periods,
    ),
    "ex-pos-rotary": Twist(
        statement="The second argument is `last=None`, the place of the **last** token "
        "(None: the first token stands at place 0). The others stand before it, one "
        "place each.",
        solution='''
def rotate_neighbors(x, last=None):
    """RoPE on pairs of neighbors whose last token stands at `last`."""
    ### BEGIN SOLUTION
    T, d = x.shape[-2:]
    last = T - 1 if last is None else last
    places = torch.arange(last + 1 - T, last + 1)[:, None]
    angles = places * frequencies(d)                 # (T, d/2)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (a * angles.cos() - b * angles.sin(),
              a * angles.sin() + b * angles.cos())
    return torch.stack(turned, -1).flatten(-2).to(x.dtype)
    ### END SOLUTION
''',
        before=lambda x, *offset: (x, *(n + x.shape[-2] - 1 for n in offset)),
    ),
    "ex-pos-alibi": Twist(
        statement="The arguments are `alibi_bias(slopes, cached, Tq)`: `cached` keys "
        "(0 or more) came before the queries, so that $T_k$ is their sum. The heads "
        "are the **last** axis of the result: (Tq, Tk, H).",
        solution='''
def alibi_bias(slopes, cached, Tq):
    """-slope · distance, (Tq, cached + Tq, H)."""
    ### BEGIN SOLUTION
    key = torch.arange(cached + Tq)
    distance = (key[cached:, None] - key).abs()      # (Tq, Tk)
    return -distance[:, :, None] * slopes
    ### END SOLUTION
''',
        before=lambda slopes, Tq, Tk: (slopes, Tk - Tq, Tq),
        after=_heads_first,
    ),
}
