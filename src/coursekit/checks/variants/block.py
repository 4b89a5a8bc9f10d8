"""Variants of chapter 15's exercises."""

from typing import Any

from coursekit.checks.twisting import Twist


def _whole(value: Any) -> Any:
    """Axes counted from the end, counted from the start."""
    return tuple(sorted(axis + 3 for axis in value))


TWISTS = {
    "ex-block-rms": Twist(
        statement="Your class hands in $\\varepsilon$'s **root**: the third argument "
        "is $\\sqrt \\varepsilon$.",
        solution='''
def rms_norm(x, gain, root_of_epsilon):
    """x / √(mean(x²) + ε) · gain, over the last axis."""
    ### BEGIN SOLUTION
    short = x.dtype in (torch.float16, torch.bfloat16)
    exact = x.float() if short else x
    mean_square = exact.square().mean(-1, keepdim=True)
    y = exact / (mean_square + root_of_epsilon**2).sqrt()
    return (y * gain.to(y.dtype)).to(x.dtype)
    ### END SOLUTION
''',
        before=lambda x, gain, epsilon: (x, gain, epsilon**0.5),
    ),
    "ex-block-backward": Twist(
        statement="Your class hands in $\\varepsilon$'s **root**: the fourth argument "
        "is $\\sqrt \\varepsilon$; and it returns the pair in the other order, "
        "`dgain`, `dx`.",
        solution='''
def rms_backward(dy, x, gain, root_of_epsilon):
    """Gradients for gain and for x."""
    ### BEGIN SOLUTION
    D = x.shape[-1]
    mean_square = x.square().mean(-1, keepdim=True)
    root = (mean_square + root_of_epsilon**2).sqrt()
    y = x / root                                     # (..., D)
    inner = dy * gain
    along = (inner * y).mean(-1, keepdim=True)
    return (dy * y).reshape(-1, D).sum(0), (inner - y * along) / root
    ### END SOLUTION
''',
        before=lambda dy, x, gain, epsilon: (dy, x, gain, epsilon**0.5),
        after=lambda value: (value[1], value[0]),
    ),
    "ex-block-axes": Twist(
        statement="Your class counts axes **from the end**: return them as `-1` for "
        "the features, `-2` for the tokens and `-3` for the batch, in rising order, "
        "such as `(-2, -1)`.",
        solution='''
def norm_axes(norm):
    """The axes along which a norm takes its mean square, from the end."""
    ### BEGIN SOLUTION
    x = torch.randn(4, 5, 6, dtype=torch.float64)
    moved = x.clone()
    moved[0, 0, 0] += 1
    change = (norm(moved) - norm(x)).abs() > 1e-9    # (B, T, D)
    neighbors = (change[1, 0, 0], change[0, 1, 0], change[0, 0, 1])
    return tuple(i - 3 for i in range(3) if neighbors[i])
    ### END SOLUTION
''',
        after=_whole,
    ),
}
