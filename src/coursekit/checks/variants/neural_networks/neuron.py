"""Variants of chapter 1's exercises."""

from typing import Any

import numpy as np

from coursekit.checks.twisting import Twist
from coursekit.checks.values import array, number, parts


def _bias_last(got: Any) -> tuple:
    """The weights and the bias of (theta, weight, weight)."""
    theta, *weights = array(got, (3,), "theta and the weights").tolist()
    return np.array(weights), -theta


def _turned(got: Any) -> tuple:
    """w and theta of a unit that fires above, from one that fires below."""
    w, theta = parts(got, ("w", "theta"))
    return -array(w, np.shape(w), "w"), -number(theta, "theta")


TWISTS = {
    "ex-neuron-nand": Twist(
        statement="the unit has a threshold in place of a bias and fires when "
        r"$w \cdot x > \theta$. Return one array of three numbers: $\theta$, then "
        r"the two weights. Keep $w \cdot x - \theta$ at least 0.25 away from 0.",
        solution='''
def nand():
    """Threshold and both weights of a unit that computes NAND: (3,)."""
    ### BEGIN SOLUTION
    return np.array([-1.5, -1.0, -1.0])
    ### END SOLUTION
''',
        after=_bias_last,
    ),
    "ex-neuron-bug": Twist(
        statement=r"the unit fires when its sum stays **below** the threshold, "
        r"$w \cdot x < \theta$, and `t` (B,) is boolean: True for examples at which "
        "it should fire. The code above has to change in more than one place. "
        "(What the check says of `w` and `theta` is about a unit that fires above: "
        "turn both signs.)",
        solution='''
def train_unit(x, t):
    """Perceptron that fires below its threshold: w (inputs,), theta."""
    ### BEGIN SOLUTION
    w, theta = np.zeros(x.shape[1]), 0.0
    for _ in range(1000):
        for row, fire in zip(x, t):
            wanted = 1 if fire else -1
            if wanted * (theta - row @ w) <= 0:
                w = w - wanted * row
                theta = theta + wanted
    return w, theta
    ### END SOLUTION
''',
        before=lambda x, t: (x, t > 0),
        after=_turned,
    ),
    "ex-neuron-bound": Twist(
        statement="`x` is (inputs, B), one example a *column*, and `t` (B,) is "
        "boolean: True on the positive side of the line.",
        solution='''
def mistake_bound(x, t, w):
    """Novikoff's bound on the number of corrections; examples are columns."""
    ### BEGIN SOLUTION
    sums = np.where(t, 1, -1) * (w @ x)
    if sums.min() <= 0:
        raise ValueError("w does not separate the examples")
    margin = sums.min() / np.linalg.norm(w)
    return (np.linalg.norm(x, axis=0).max() / margin) ** 2
    ### END SOLUTION
''',
        before=lambda x, t, w: (x.T, t > 0, w),
    ),
}
