"""Neural networks in NumPy alone: the pieces that Part I builds by hand.

Everything here is float64, keeps what `backward` needs from `forward`, and is
checked against central differences and against PyTorch. Chapter 2 derives each
line; later chapters use PyTorch instead.
"""

from n2t.scratch.layers import Linear, ReLU, Sequential, Sigmoid, Tanh, sigmoid
from n2t.scratch.losses import (
    BinaryCrossEntropy,
    MeanSquaredError,
    SoftmaxCrossEntropy,
    softmax,
)
from n2t.scratch.neuron import fit_perceptron, leaky_integrate_and_fire
from n2t.scratch.optim import SGD, central_differences, gradient_error

__all__ = [
    "SGD",
    "BinaryCrossEntropy",
    "Linear",
    "MeanSquaredError",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "SoftmaxCrossEntropy",
    "Tanh",
    "central_differences",
    "fit_perceptron",
    "gradient_error",
    "leaky_integrate_and_fire",
    "sigmoid",
    "softmax",
]
