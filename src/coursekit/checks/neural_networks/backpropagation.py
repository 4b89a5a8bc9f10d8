"""Checks of chapter 2: each draws its sizes, all different, and says what is wrong."""

from collections.abc import Callable

import numpy as np

from n2t import scratch


def check_linear_backward(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, W, dy)` must give dx, dW and db of a linear layer."""
    B, inputs, outputs = rng.permutation(np.arange(3, 8))[:3].tolist()
    layer = scratch.Linear(inputs, outputs, rng)
    x, dy = rng.normal(size=(B, inputs)), rng.normal(size=(B, outputs))
    got = call(
        answer, x, layer.W.copy(), dy,
        hint="write the three shapes down: only one product of each pair fits",
    )  # fmt: skip
    assert isinstance(got, tuple) and len(got) == 3, (
        f"wanted three arrays, dx, dW, db; got {type(got).__name__}"
    )
    layer(x)
    wanted = {"dx": layer.backward(dy), "dW": layer.dW, "db": layer.db}
    hints = {
        "dx": "the gradient flows back through the same weights, transposed",
        "dW": "what came in, times how much the output matters",
        "db": "the bias is added to every row, so its gradients are added up",
    }
    for (name, right), value in zip(wanted.items(), got, strict=True):
        assert np.shape(value) == right.shape, (
            f"{name} has shape {np.shape(value)}, wanted {right.shape}: {hints[name]}"
        )
        assert not np.allclose(np.asarray(value) * B, right), (
            f"{name} is a mean over the batch, wanted the sum: the loss divides, "
            "not the layer"
        )
        assert np.allclose(value, right, rtol=0, atol=1e-10), (
            f"{name} has the right shape and wrong values: {hints[name]}"
        )


def check_softmax_gradient(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(logits, target)` must give the cross-entropy's gradient, (B, K)."""
    B, K = rng.permutation(np.arange(3, 9))[:2].tolist()
    logits, target = rng.normal(size=(B, K)), rng.integers(0, K, size=B)
    loss = scratch.SoftmaxCrossEntropy()
    loss.forward(logits, target)
    right = loss.backward()
    hint = "does every sum run over the classes, axis 1, and keep that axis?"
    got = np.asarray(call(answer, logits.copy(), target, hint=hint))
    assert got.shape == (B, K), f"wanted shape (B, K) = {(B, K)}, got {got.shape}"
    for wrong, words in (
        (right * B, "not divided by B: the loss is a mean over the examples"),
        (right / K, f"divided by the {K} classes: the mean is over examples only"),
        (-right, "the sign is turned: probabilities minus the truth"),
        (loss.probabilities / B, "the truth is never subtracted"),
    ):
        assert not np.allclose(got, wrong), words
    assert np.allclose(got.sum(axis=1), 0, atol=1e-10), (
        "a row does not sum to 0: the probabilities sum to 1 and so does the "
        "truth; is the softmax along the classes?"
    )
    assert np.allclose(got, right, rtol=0, atol=1e-10), "wrong values: p minus onehot?"
    with np.errstate(over="ignore", invalid="ignore"):
        far = np.asarray(answer(logits * 1000, target))
    assert np.isfinite(far).all(), (
        "not finite for logits near 1,000: subtract each row's maximum first"
    )


def check_tanh_backward(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(y, dy)` must give the gradient of tanh from its output."""
    shape = tuple(rng.permutation(np.arange(2, 7))[:2].tolist())
    x, dy = rng.normal(size=shape), rng.normal(size=shape)
    y = np.tanh(x)
    got = np.asarray(call(answer, y.copy(), dy.copy(), hint="y and dy have one shape"))
    assert got.shape == shape, f"wanted the shape of y, {shape}, got {got.shape}"
    for wrong, words in (
        (1 - y**2, "dy is dropped: multiply by the gradient that arrives"),
        (1 - np.tanh(y) ** 2, "both bugs are still there"),
        (dy * (1 - np.tanh(y) ** 2), "y is the output: it is a tanh already"),
        (dy * (1 + y**2), "the slope of tanh is 1 minus its square"),
        (dy * y * (1 - y), "that is the slope of the sigmoid"),
    ):
        assert not np.allclose(got, wrong), words
    assert np.allclose(got, dy * (1 - y**2), rtol=0, atol=1e-10), "wrong values"
