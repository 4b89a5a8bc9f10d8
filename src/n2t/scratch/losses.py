"""Losses in NumPy: `forward(prediction, target)` gives a number, `backward()`
the gradient with respect to the prediction.

Each loss is the mean over the batch, as in PyTorch's default reduction. The two
cross-entropies take logits, not probabilities: the exponential and the logarithm
cancel on paper, and doing so in code is what keeps large scores finite.
"""

import numpy as np

from n2t.scratch.layers import sigmoid


def softmax(logits: np.ndarray) -> np.ndarray:
    """Positive weights that sum to 1 along the last axis; any shape, no overflow."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


class MeanSquaredError:
    """Mean of (prediction - target)² over every entry; both have one shape."""

    def forward(self, prediction: np.ndarray, target: np.ndarray) -> float:
        _require_same_shape(prediction, target)
        self.difference = prediction - target
        return float((self.difference**2).mean())

    def backward(self) -> np.ndarray:
        return 2 * self.difference / self.difference.size


class BinaryCrossEntropy:
    """Two classes: logits (B, 1) or (B,) and targets 0 or 1 of the same shape.

    The loss of one example is log(1 + exp(z)) - t z, the negative logarithm of
    the probability that the sigmoid of z gives to the right class; its gradient
    is sigmoid(z) - t (Bishop 2006, section 4.3.2).
    """

    def forward(self, logits: np.ndarray, target: np.ndarray) -> float:
        _require_same_shape(logits, target)
        self.difference = sigmoid(logits) - target
        return float((np.logaddexp(0, logits) - target * logits).mean())

    def backward(self) -> np.ndarray:
        return self.difference / self.difference.size


class SoftmaxCrossEntropy:
    """K classes: logits (B, K) and integer targets (B,) in 0 … K-1.

    The loss of one example is the logarithm of the softmax's denominator minus
    the right class's logit; its gradient is softmax(z) - onehot(t) (Bishop 2006,
    section 4.3.4).
    """

    def forward(self, logits: np.ndarray, target: np.ndarray) -> float:
        B, K = _require_classes(logits, target)
        shifted = logits - logits.max(axis=1, keepdims=True)  # (B, K)
        log_sum = np.log(np.exp(shifted).sum(axis=1))  # (B,)
        self.probabilities = np.exp(shifted - log_sum[:, None])
        self.target = target
        return float((log_sum - shifted[np.arange(B), target]).mean())

    def backward(self) -> np.ndarray:
        B = len(self.target)
        gradient = self.probabilities.copy()  # (B, K)
        gradient[np.arange(B), self.target] -= 1
        return gradient / B


def _require_same_shape(prediction: np.ndarray, target: np.ndarray) -> None:
    if prediction.shape != np.shape(target):
        raise ValueError(
            f"target has shape {np.shape(target)}, wanted the prediction's "
            f"{prediction.shape}: NumPy would broadcast them silently"
        )
    if prediction.size == 0:
        raise ValueError("prediction is empty, wanted at least one example")


def _require_classes(logits: np.ndarray, target: np.ndarray) -> tuple[int, int]:
    if logits.ndim != 2 or logits.size == 0:
        raise ValueError(f"logits have shape {logits.shape}, wanted (B, K), B, K >= 1")
    if np.shape(target) != logits.shape[:1]:
        raise ValueError(
            f"target has shape {np.shape(target)}, wanted {logits.shape[:1]}: "
            "one class number an example"
        )
    if not np.issubdtype(np.asarray(target).dtype, np.integer):
        raise TypeError(f"target is {np.asarray(target).dtype}, wanted integers")
    if target.min() < 0 or target.max() >= logits.shape[1]:
        raise ValueError(
            f"target runs from {target.min()} to {target.max()}, "
            f"wanted 0 to {logits.shape[1] - 1}"
        )
    return logits.shape
