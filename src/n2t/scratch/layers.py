"""Layers in NumPy with a forward and a backward pass.

A layer maps a batch (B, inputs) to (B, outputs) in `forward` and remembers what
it needs; `backward` takes the loss's gradient with respect to its output, stores
the gradients of its own parameters, and returns the gradient with respect to its
input (Rumelhart, Hinton and Williams 1986; Goodfellow, Bengio and Courville 2016,
section 6.5). Parameters and gradients are lists in the same order.
"""

import numpy as np


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)) for any shape, without overflow at either end."""
    small = np.exp(-np.abs(x))  # never above 1
    return np.where(x >= 0, 1, small) / (1 + small)


class Layer:
    """What every layer has; one without parameters inherits the empty lists."""

    def parameters(self) -> list[np.ndarray]:
        """The arrays that learning changes, in place."""
        return []

    def gradients(self) -> list[np.ndarray]:
        """One gradient a parameter, from the last `backward`."""
        return []

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.forward(x)


class Linear(Layer):
    """y = x W + b: (B, inputs) to (B, outputs).

    W has shape (inputs, outputs) and starts normal with standard deviation
    gain / √inputs, so that a unit-variance input gives an output of variance
    gain²; `gain=√2` suits a ReLU behind it (He et al. 2015).
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        rng: np.random.Generator,
        gain: float = 1.0,
    ):
        for name, size in (("inputs", inputs), ("outputs", outputs)):
            if size < 1:
                raise ValueError(f"{name} is {size}, wanted at least 1")
        self.W = rng.normal(size=(inputs, outputs)) * gain / np.sqrt(inputs)
        self.b = np.zeros(outputs)
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def forward(self, x: np.ndarray) -> np.ndarray:
        if x.ndim != 2 or x.shape[1] != len(self.W):
            raise ValueError(f"x has shape {x.shape}, wanted (B, {len(self.W)})")
        self.x = x
        return x @ self.W + self.b  # (B, outputs)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.dW = self.x.T @ dy  # (inputs, B) @ (B, outputs)
        self.db = dy.sum(axis=0)  # the bias is added to every row
        return dy @ self.W.T  # (B, inputs)

    def parameters(self) -> list[np.ndarray]:
        return [self.W, self.b]

    def gradients(self) -> list[np.ndarray]:
        return [self.dW, self.db]


class ReLU(Layer):
    """max(x, 0), any shape; the slope at 0 is taken as 0, as in PyTorch."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.positive = x > 0
        return np.where(self.positive, x, 0.0)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy * self.positive


class Tanh(Layer):
    """Hyperbolic tangent, any shape; its slope is 1 - tanh²."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy * (1 - self.y**2)


class Sigmoid(Layer):
    """1 / (1 + exp(-x)), any shape; its slope is y (1 - y)."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.y = sigmoid(x)
        return self.y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy * self.y * (1 - self.y)


class Sequential(Layer):
    """Layers one after another: forward in order, backward in reverse."""

    def __init__(self, *layers: Layer):
        if not layers:
            raise ValueError("Sequential got no layers, wanted at least one")
        self.layers = layers

    def forward(self, x: np.ndarray) -> np.ndarray:
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

    def parameters(self) -> list[np.ndarray]:
        return [p for layer in self.layers for p in layer.parameters()]

    def gradients(self) -> list[np.ndarray]:
        return [g for layer in self.layers for g in layer.gradients()]
