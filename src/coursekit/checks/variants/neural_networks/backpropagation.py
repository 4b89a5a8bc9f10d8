"""Variants of chapter 2's exercises."""

from typing import Any

import numpy as np

from coursekit.checks.twisting import Twist


def _columns(x: np.ndarray, W: np.ndarray, dy: np.ndarray) -> tuple:
    """Sequences (B, T, in) as one table of columns a place, (T, in, B)."""
    turned = (1, 2, 0)
    return x.transpose(turned).copy(), W.T.copy(), dy.transpose(turned).copy()


def _rows(value: Any) -> Any:
    """The gradients in the book's order of axes, if they are three arrays."""
    if not isinstance(value, list | tuple):
        return value
    turned = {3: (2, 0, 1), 2: (1, 0)}
    arrays = [np.asarray(part) for part in value]
    return [part.transpose(turned.get(part.ndim)) for part in arrays]


def _divided(value: Any, number: float) -> Any:
    return None if value is None else np.asarray(value) / number


def _mean_of_rows(value: Any) -> Any:
    """The gradient of the mean, (B, K), from that of the sum, (K, B)."""
    turned = np.transpose(value)
    return _divided(value, 1) if turned.ndim != 2 else turned / max(len(turned), 1)


TWISTS = {
    "ex-backprop-linear": Twist(
        statement="One vector a **column**: the layer is `y = W @ x + b[:, None]`, "
        "with `x` (T, in, B), `W` (out, in), `b` (out,) and `dy` (T, out, B). Return "
        "`dx, dW, db` in these shapes.",
        solution='''
def linear_backward(x, W, dy):
    """Gradients of a linear layer, one vector a column: dx, dW, db."""
    ### BEGIN SOLUTION
    dW = (dy @ x.swapaxes(1, 2)).sum(axis=0)
    return W.T @ dy, dW, dy.sum(axis=(0, 2))
    ### END SOLUTION
''',
        before=_columns,
        after=_rows,
    ),
    "ex-backprop-softmax": Twist(
        statement="`logits` are (K, B), classes first, and so is the result. The loss "
        "is the **sum** over the examples, not the mean.",
        solution='''
def softmax_gradient(logits, target):
    """Gradient of the summed cross-entropy, (K, B)."""
    ### BEGIN SOLUTION
    shifted = logits - logits.max(axis=0)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=0)
    onehot = np.eye(len(logits))[:, target]      # (K, B)
    return p - onehot
    ### END SOLUTION
''',
        before=lambda logits, target: (logits.T.copy(), target),
        after=_mean_of_rows,
    ),
    "ex-backprop-bug": Twist(
        statement="The layer is $y = 3\\tanh(x)$, and `y` is its output: three times "
        "a tanh.",
        solution='''
def tanh_backward(y, dy):
    """Gradient with respect to the input of 3 tanh, from its output."""
    ### BEGIN SOLUTION
    return dy * (3 - y**2 / 3)
    ### END SOLUTION
''',
        before=lambda y, dy: (3 * y, dy),
        after=lambda value: _divided(value, 3),
    ),
}
