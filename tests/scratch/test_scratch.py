"""The NumPy layers and losses against central differences and PyTorch."""

import numpy as np
import pytest
import torch

from n2t import scratch

LAYERS = {
    "linear": lambda rng: scratch.Linear(5, 3, rng),
    "relu": lambda rng: scratch.ReLU(),
    "tanh": lambda rng: scratch.Tanh(),
    "sigmoid": lambda rng: scratch.Sigmoid(),
    "stack": lambda rng: scratch.Sequential(
        scratch.Linear(5, 4, rng), scratch.Tanh(), scratch.Linear(4, 2, rng)
    ),
}
LOSSES = {
    "squared error": (
        scratch.MeanSquaredError,
        torch.nn.functional.mse_loss,
        lambda rng: rng.normal(size=(6, 3)),
    ),
    "binary": (
        scratch.BinaryCrossEntropy,
        torch.nn.functional.binary_cross_entropy_with_logits,
        lambda rng: rng.integers(0, 2, size=(6, 3)).astype(float),
    ),
    "softmax": (
        scratch.SoftmaxCrossEntropy,
        torch.nn.functional.cross_entropy,
        lambda rng: rng.integers(0, 3, size=6),
    ),
}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("name", LAYERS)
def test_backward_equals_central_differences(name, rng):
    layer = LAYERS[name](rng)
    x = rng.normal(size=(7, 5))
    dy = rng.normal(size=layer(x).shape)

    def loss():
        return float((layer(x) * dy).sum())

    numeric = scratch.central_differences(loss, x)
    layer(x)
    assert scratch.gradient_error(layer.backward(dy), numeric) < 1e-8
    for parameter, gradient in zip(layer.parameters(), layer.gradients(), strict=True):
        numeric = scratch.central_differences(loss, parameter)
        assert scratch.gradient_error(gradient, numeric) < 1e-8


@pytest.mark.parametrize("name", LOSSES)
def test_loss_and_gradient_equal_torch(name, rng):
    ours, theirs, draw = LOSSES[name]
    logits, target = rng.normal(size=(6, 3)) * 5, draw(rng)
    loss = ours()
    there = torch.tensor(logits, requires_grad=True)
    expected = theirs(there, torch.tensor(target))
    expected.backward()
    assert loss.forward(logits, target) == pytest.approx(expected.item(), rel=1e-10)
    np.testing.assert_allclose(loss.backward(), there.grad.numpy(), rtol=1e-8)


def test_network_equals_torch_with_weights_copied(rng):
    first, second = scratch.Linear(4, 6, rng, np.sqrt(2)), scratch.Linear(6, 3, rng)
    ours = scratch.Sequential(first, scratch.ReLU(), second)
    theirs = torch.nn.Sequential(
        torch.nn.Linear(4, 6), torch.nn.ReLU(), torch.nn.Linear(6, 3)
    ).double()
    with torch.no_grad():
        for here, there in ((first, theirs[0]), (second, theirs[2])):
            there.weight.copy_(torch.tensor(here.W.T))
            there.bias.copy_(torch.tensor(here.b))
    x, target = rng.normal(size=(8, 4)), rng.integers(0, 3, size=8)
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9)
    mine = scratch.SGD(ours.parameters(), 0.1, momentum=0.9)
    for _ in range(5):
        loss = scratch.SoftmaxCrossEntropy()
        value = loss.forward(ours(x), target)
        ours.backward(loss.backward())
        mine.step(ours.gradients())
        optimizer.zero_grad()
        expected = torch.nn.functional.cross_entropy(
            theirs(torch.tensor(x)), torch.tensor(target)
        )
        expected.backward()
        optimizer.step()
        assert value == pytest.approx(expected.item(), rel=1e-8)
    np.testing.assert_allclose(first.W.T, theirs[0].weight.detach().numpy(), rtol=1e-8)


@pytest.mark.parametrize("size", [1e3, 1e6])
def test_huge_scores_stay_finite(size):
    x = np.array([[-size, size]])
    assert np.isfinite(scratch.sigmoid(x)).all()
    np.testing.assert_allclose(scratch.softmax(x), [[0, 1]])
    assert scratch.BinaryCrossEntropy().forward(x, np.array([[1.0, 0.0]])) == size
    assert scratch.SoftmaxCrossEntropy().forward(x, np.array([0])) == 2 * size


def test_planted_sign_error_is_found(rng):
    class Wrong(scratch.Tanh):
        def backward(self, dy):
            return dy * (1 + self.y**2)

    layer, x = Wrong(), rng.normal(size=(3, 2))
    numeric = scratch.central_differences(lambda: float(layer(x).sum()), x)
    layer(x)
    assert scratch.gradient_error(layer.backward(np.ones((3, 2))), numeric) > 1e-2


def test_central_differences_put_the_parameter_back(rng):
    p = rng.normal(size=(3, 2))
    before = p.copy()
    scratch.central_differences(lambda: float((p**2).sum()), p)
    assert (p == before).all()


def test_firing_rate_equals_the_closed_form():
    tau, resistance, refractory, height = 0.020, 1e7, 0.002, 0.015
    for current in (1.6e-9, 2.5e-9, 5e-9):
        drive = resistance * current
        interval = refractory + tau * np.log(drive / (drive - height))
        run = scratch.leaky_integrate_and_fire(np.full(200_000, current), dt=1e-5)
        rate = (len(run.spikes) - 1) / (run.spikes[-1] - run.spikes[0])
        assert rate == pytest.approx(1 / interval, rel=1e-3)


def test_subthreshold_current_never_fires():
    run = scratch.leaky_integrate_and_fire(np.full(20_000, 1.49e-9))
    assert len(run.spikes) == 0
    assert run.potential[-1] == pytest.approx(-0.065 + 1e7 * 1.49e-9, abs=1e-8)


def test_spikes_are_never_closer_than_the_refractory_time():
    run = scratch.leaky_integrate_and_fire(np.full(20_000, 1e-6), refractory=0.004)
    assert np.diff(run.spikes).min() >= 0.004


def test_perceptron_separates_what_can_be_separated(rng):
    x = rng.normal(size=(60, 2))
    side = x @ [2.0, -1.0] + 0.3
    x, label = x[abs(side) > 0.2], np.sign(side[abs(side) > 0.2])
    weights, mistakes = scratch.fit_perceptron(x, label)
    assert mistakes[-1] == 0 and mistakes[0] > 0
    assert (np.sign(x @ weights[:2] + weights[2]) == label).all()


def test_perceptron_never_learns_xor():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    _, mistakes = scratch.fit_perceptron(x, np.array([-1, 1, 1, -1]), 200)
    assert len(mistakes) == 200 and min(mistakes) > 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda r: scratch.Linear(0, 3, r), "inputs is 0"),
        (lambda r: scratch.Linear(2, 3, r)(np.zeros((4, 5))), r"wanted \(B, 2\)"),
        (lambda r: scratch.Sequential(), "no layers"),
        (lambda r: scratch.SGD([], 0.0), "learning_rate is 0"),
        (lambda r: scratch.SGD([], 0.1, 1.0), "momentum is 1"),
        (lambda r: scratch.SGD([np.zeros(2)], 0.1).step([]), "0 arrays"),
        (
            lambda r: scratch.MeanSquaredError().forward(np.zeros((3, 1)), np.zeros(3)),
            "broadcast",
        ),
        (
            lambda r: scratch.SoftmaxCrossEntropy().forward(
                np.zeros((2, 3)), np.array([0, 3])
            ),
            "wanted 0 to 2",
        ),
        (lambda r: scratch.leaky_integrate_and_fire(np.zeros((2, 2))), "current"),
        (
            lambda r: scratch.fit_perceptron(np.zeros((2, 2)), np.array([0, 1])),
            "-1 and",
        ),
    ],
)
def test_bad_input_is_named(call, words, rng):
    with pytest.raises(ValueError, match=words):
        call(rng)


def test_float32_is_refused_by_the_gradient_check():
    p = np.zeros(2, dtype=np.float32)
    with pytest.raises(TypeError, match="float64"):
        scratch.central_differences(lambda: 0.0, p)
