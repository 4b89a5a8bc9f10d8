"""Variants of chapter 16's exercises."""

from typing import Any

from coursekit.checks.twisting import Twist


def _numbers(value: Any) -> Any:
    """How many numbers so many bytes are; what is no whole number stays wrong."""
    if not hasattr(value, "item") and not isinstance(value, int | float):
        return value
    return value / 4 if value % 4 else value // 4


def _change(block):
    """A block that says by how much it changes x."""
    return lambda x: block(x) - x


TWISTS = {
    "ex-transformer-count": Twist(
        statement="`L` is the number of layers of **both stacks together**, an even "
        "number, and the result is the **bytes** that the numbers fill in float32, "
        "four each.",
        solution='''
def count_parameters(V, D, H, d_k, d_v, F, L):
    """How many bytes such a model's numbers fill; L / 2 layers a stack."""
    ### BEGIN SOLUTION
    def linear(a, b):
        return a * b + b

    attention = (2 * linear(D, H * d_k) + linear(D, H * d_v)
                 + linear(H * d_v, D))
    feed_forward = linear(D, F) + linear(F, D)
    layers = 3 * attention + 2 * feed_forward + 5 * 2 * D
    return 4 * (V * D + L // 2 * layers)
    ### END SOLUTION
''',
        before=lambda V, D, H, d_k, d_v, F, L: (V, D, H, d_k, d_v, F, 2 * L),
        after=_numbers,
    ),
    "ex-transformer-norm": Twist(
        statement="The blocks of your class do not give their output $y$ but the "
        "**change** $y - x$ that they make.",
        solution='''
def which_norm(block):
    """"post", "pre", "inside" or "none", by the change that it makes."""
    ### BEGIN SOLUTION
    x = 30 * torch.randn(2, 5, 16).double() + 7

    def normal(y):
        flat = y.mean(-1).abs().max() < 1e-3
        return flat and (y.square().mean(-1) - 1).abs().max() < 1e-2

    added, doubled = block(x), block(2 * x)
    if normal(x + added):
        return "post"
    if normal(added):
        return "inside"
    same = torch.allclose(added, doubled, rtol=1e-3, atol=1e-3)
    return "pre" if same else "none"
    ### END SOLUTION
''',
        before=lambda block: (_change(block),),
    ),
}
