"""Following a gradient, and checking that it is one."""

from collections.abc import Callable

import numpy as np


class SGD:
    """Gradient descent with momentum, in place.

    velocity = momentum · velocity + gradient; parameter -= learning_rate · velocity:
    PyTorch's form of classical momentum, Polyak's heavy ball (Sutskever et al. 2013,
    who keep the learning rate inside the velocity).
    """

    def __init__(
        self,
        parameters: list[np.ndarray],
        learning_rate: float,
        momentum: float = 0.0,
    ):
        if learning_rate <= 0:
            raise ValueError(f"learning_rate is {learning_rate}, wanted above 0")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum is {momentum}, wanted 0 <= momentum < 1")
        self.parameters = parameters
        self.learning_rate, self.momentum = learning_rate, momentum
        self.velocities = [np.zeros_like(p) for p in parameters]

    def step(self, gradients: list[np.ndarray]) -> None:
        """Move every parameter once; `gradients` in the order of the parameters."""
        if len(gradients) != len(self.parameters):
            raise ValueError(
                f"gradients has {len(gradients)} arrays, wanted one for each of "
                f"the {len(self.parameters)} parameters"
            )
        rows = zip(self.parameters, self.velocities, gradients, strict=True)
        for parameter, velocity, gradient in rows:
            velocity *= self.momentum
            velocity += gradient
            parameter -= self.learning_rate * velocity


def central_differences(
    loss: Callable[[], float], parameter: np.ndarray, step: float = 1e-5
) -> np.ndarray:
    """The gradient of `loss()` with respect to `parameter`, entry by entry.

    Each entry is moved up and down by `step` and put back, so `parameter` is
    unchanged afterwards; the error falls as step², until rounding takes over.
    `loss` takes no argument and reads `parameter`. Needs float64.
    """
    if parameter.dtype != np.float64:
        raise TypeError(
            f"parameter is {parameter.dtype}, wanted float64: in lower "
            "precision the difference drowns in rounding"
        )
    gradient = np.zeros_like(parameter)
    for index in np.ndindex(parameter.shape):
        kept = parameter[index]
        parameter[index] = kept + step
        above = loss()
        parameter[index] = kept - step
        below = loss()
        parameter[index] = kept
        gradient[index] = (above - below) / (2 * step)
    return gradient


def gradient_error(ours: np.ndarray, numeric: np.ndarray) -> float:
    """|ours - numeric| / (|ours| + |numeric|), with Euclidean norms: 0 to 1.

    Below 1e-7 the gradient is right; near 1 its sign or its formula is wrong.
    """
    if ours.shape != numeric.shape:
        raise ValueError(f"ours has shape {ours.shape}, numeric {numeric.shape}")
    size = np.linalg.norm(ours) + np.linalg.norm(numeric)
    return float(np.linalg.norm(ours - numeric) / size) if size > 0 else 0.0
