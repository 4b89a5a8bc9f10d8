"""The autograd engine: each operation against torch and central differences."""

import gc
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import broadcastable_shapes, mutually_broadcastable_shapes

from n2t import scratch
from n2t.scratch.autograd import Tensor, cross_entropy, in_order, unbroadcast

TARGET = np.array([2, 0, 2, 1])
GATHER = (np.array([0, 2, 2, 3, 2]), np.array([1, 0, 0, 2, 0]))

#: Name -> (ours, torch's where it is written otherwise, shapes of the inputs).
OPERATIONS = {
    "add": (lambda a, b: a + b, None, [(4, 3), (4, 3)]),
    "subtract": (lambda a, b: a - b, None, [(4, 3), (3,)]),
    "multiply": (lambda a, b: a * b, None, [(4, 1), (1, 3)]),
    "divide": (lambda a, b: a / b, None, [(4, 3), (4, 1)]),
    "a number on the left": (lambda a: 2 - a * 3 + 1.5 / a - (-a), None, [(4, 3)]),
    "square": (lambda a: a**2, None, [(4, 3)]),
    "root": (lambda a: a**0.5, None, [(4, 3)]),
    "inverse": (lambda a: a**-1, None, [(4, 3)]),
    "power 0": (lambda a: a**0, None, [(4, 3)]),
    "power 1": (lambda a: a**1, None, [()]),
    "matrix product": (lambda a, b: a @ b, None, [(4, 3), (3, 5)]),
    "product of stacks": (lambda a, b: a @ b, None, [(2, 4, 3), (2, 3, 5)]),
    "one matrix, a stack": (lambda a, b: a @ b, None, [(4, 3), (2, 1, 3, 5)]),
    "a stack, one matrix": (lambda a, b: a @ b, None, [(2, 1, 1, 3), (3, 5)]),
    "exp": (lambda a: a.exp(), None, [(4, 3)]),
    "log": (lambda a: a.log(), None, [(4, 3)]),
    "tanh": (lambda a: a.tanh(), None, [(4, 3)]),
    "sigmoid": (lambda a: a.sigmoid(), None, [(4, 3)]),
    "relu": (lambda a: (a - 1).relu(), None, [(4, 3)]),
    "sum": (lambda a: a.sum(), None, [(4, 3)]),
    "sum over an axis": (lambda a: a.sum(axis=1), None, [(4, 3, 2)]),
    "sum from the back": (lambda a: a.sum(axis=-2), None, [(4, 3, 2)]),
    "sum over two": (lambda a: a.sum(axis=(0, 2)), None, [(4, 3, 2)]),
    "sum over two, kept": (
        lambda a: a.sum(axis=(-1, 0), keepdims=True),
        None,
        [(4, 3, 2)],
    ),
    "mean": (lambda a: a.mean(), None, [(4, 3)]),
    "mean over two": (lambda a: a.mean(axis=(0, -1)), None, [(4, 3, 2)]),
    "mean, kept": (lambda a: a.mean(axis=1, keepdims=True), None, [(4, 3, 2)]),
    "max": (lambda a: a.max(), lambda a: a.amax(), [(4, 3)]),
    "max over an axis": (lambda a: a.max(axis=1), lambda a: a.amax(1), [(4, 3, 2)]),
    "max over two, kept": (
        lambda a: a.max(axis=(0, 2), keepdims=True),
        lambda a: a.amax((0, 2), keepdim=True),
        [(4, 3, 2)],
    ),
    "reshape": (lambda a: a.reshape(2, -1), None, [(4, 3)]),
    "reshape to a tuple": (lambda a: a.reshape((3, 4)), None, [(4, 3)]),
    "reshape to nothing": (lambda a: a.reshape(()), None, [(1, 1)]),
    "transpose": (lambda a: a.transpose(0, -1), None, [(4, 3, 2)]),
    "T": (lambda a: a.T, None, [(4, 3)]),
    "one row": (lambda a: a[1], None, [(4, 3)]),
    "a slice": (lambda a: a[::2, 1:], None, [(4, 3)]),
    "a new axis": (lambda a: a[:, None], None, [(4, 3)]),
    "repeated rows": (lambda a: a[[3, 0, 3, 3]], None, [(4, 3)]),
    "repeated entries": (lambda a: a[GATHER], None, [(4, 3)]),
    "a boolean index": (lambda a: a[np.arange(4) % 2 == 0], None, [(4, 3)]),
    "log-softmax": (
        lambda a: a.log_softmax(),
        lambda a: a.log_softmax(-1),
        [(4, 3)],
    ),
    "log-softmax over rows": (lambda a: a.log_softmax(0), None, [(4, 3)]),
    "cross-entropy": (
        lambda a: cross_entropy(a, TARGET),
        lambda a: torch.nn.functional.cross_entropy(a, torch.tensor(TARGET)),
        [(4, 3)],
    ),
    "a value used twice": (lambda a: a * a + a, None, [(4, 3)]),
    "a value used on two levels": (
        lambda a, b: (a @ b + b).tanh() @ b * a.sum(),
        None,
        [(3, 3), (3, 3)],
    ),
}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def drawn(rng, shapes):
    """Arrays above 0, no two entries near each other, none near 1."""
    arrays = []
    for shape in shapes:
        steps = rng.permutation(np.arange(1, 1 + int(np.prod(shape))))
        array = (steps + rng.uniform(0.1, 0.4, size=steps.shape)).reshape(shape)
        arrays.append(np.asarray(array / 4))
    return arrays


def slopes(function, arrays, dy):
    """The value of a function of our tensors, and the gradient for each array."""
    leaves = [Tensor(array) for array in arrays]
    y = function(*leaves)
    y.backward(dy)
    return y.data, [leaf.grad for leaf in leaves]


def slopes_of_torch(function, arrays, dy):
    """The same of torch's."""
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    y = function(*leaves)
    y.backward(torch.tensor(dy))
    return y.detach().numpy(), [leaf.grad.numpy() for leaf in leaves]


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_an_operation_equals_torch(name, kind, rng):
    ours, theirs, shapes = OPERATIONS[name]
    arrays = [array.astype(kind) for array in drawn(rng, shapes)]
    y = ours(*[Tensor(array) for array in arrays])
    dy = rng.normal(size=y.shape).astype(kind)
    value, gradients = slopes(ours, arrays, dy)
    wanted, expected = slopes_of_torch(theirs or ours, arrays, dy)
    tolerance = 1e-12 if kind == np.float64 else 2e-5
    assert value.dtype == kind and value.shape == wanted.shape
    np.testing.assert_allclose(value, wanted, rtol=tolerance, atol=tolerance)
    for gradient, other in zip(gradients, expected, strict=True):
        assert gradient.dtype == kind
        size = max(1, np.abs(other).max())
        np.testing.assert_allclose(gradient, other, rtol=0, atol=tolerance * size)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_equals_central_differences(name, rng):
    ours, _, shapes = OPERATIONS[name]
    arrays = drawn(rng, shapes)
    dy = rng.normal(size=ours(*[Tensor(array) for array in arrays]).shape)
    _, gradients = slopes(ours, arrays, dy)

    def loss():
        return float((ours(*[Tensor(array) for array in arrays]).data * dy).sum())

    for array, gradient in zip(arrays, gradients, strict=True):
        assert gradient.shape == array.shape
        numeric = scratch.central_differences(loss, array)
        assert scratch.gradient_error(gradient, numeric) < 1e-8


@given(
    shapes=mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_dims=4),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_two_shapes_that_broadcast_equal_torch(shapes, seed):
    rng = np.random.default_rng(seed)
    arrays = [rng.uniform(1, 2, size=shape) for shape in shapes.input_shapes]
    dy = rng.normal(size=shapes.result_shape)

    def function(a, b):
        return a * b + a / b - b

    value, gradients = slopes(function, arrays, dy)
    wanted, expected = slopes_of_torch(function, arrays, dy)
    np.testing.assert_allclose(value, wanted, rtol=1e-12)
    for gradient, other in zip(gradients, expected, strict=True):
        assert gradient.shape == other.shape
        np.testing.assert_allclose(gradient, other, rtol=0, atol=1e-10)


@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_a_gradient_is_summed_over_every_axis_that_was_stretched(data, seed):
    shape = data.draw(broadcastable_shapes((2, 3, 1, 4), min_dims=0, max_dims=4))
    full = np.broadcast_shapes(shape, (2, 3, 1, 4))
    dy = np.random.default_rng(seed).normal(size=full)
    wanted = torch.tensor(dy).sum_to_size(shape).numpy()
    np.testing.assert_allclose(unbroadcast(dy, shape), wanted, atol=1e-12)


@given(
    front=mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3),
    sizes=st.tuples(*[st.integers(1, 3)] * 3),
)
def test_stacks_of_any_shapes_that_broadcast_multiply_as_in_torch(front, sizes):
    n, k, m = sizes
    shapes = [(*front.input_shapes[0], n, k), (*front.input_shapes[1], k, m)]
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in shapes]
    dy = rng.normal(size=(*front.result_shape, n, m))
    _, gradients = slopes(lambda a, b: a @ b, arrays, dy)
    _, expected = slopes_of_torch(lambda a, b: a @ b, arrays, dy)
    for gradient, other in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(gradient, other, rtol=0, atol=1e-10)


@pytest.mark.parametrize("times", range(1, 12))
def test_a_value_used_any_number_of_times_gets_every_gradient(times):
    a = Tensor(np.array([2.0, 3.0]))
    total = a * 1
    for factor in range(2, times + 1):
        total = total + a * factor
    total.sum().backward()
    assert (a.grad == times * (times + 1) / 2).all()


def test_a_value_used_on_two_levels_is_passed_on_once():
    w, x, c = (Tensor(np.array(number)) for number in (2.0, 3.0, -4.0))
    u = w * x
    (u * (u + c)).backward()
    assert (w.grad, x.grad, c.grad) == (24, 16, 6)


def test_equal_maxima_share_the_gradient_as_in_torch():
    array = np.array([[1.0, 5.0, 5.0], [5.0, 5.0, 5.0]])
    _, (ours,) = slopes(lambda a: a.max(axis=1), [array], np.array([6.0, 6.0]))
    _, (other,) = slopes_of_torch(lambda a: a.amax(1), [array], np.array([6.0, 6.0]))
    assert (ours == other).all() and (ours == [[0, 3, 3], [2, 2, 2]]).all()


@pytest.mark.parametrize("exponent", [0, 1, 2, 3])
@pytest.mark.filterwarnings("error")
def test_a_power_has_its_slope_at_0_as_in_torch(exponent):
    array = np.array([0.0, -1.5, 2.0])
    _, (ours,) = slopes(lambda a: a**exponent, [array], np.ones(3))
    _, (other,) = slopes_of_torch(lambda a: a**exponent, [array], np.ones(3))
    np.testing.assert_allclose(ours, other, rtol=1e-12)


def test_relu_on_its_corner_passes_nothing_as_in_torch():
    _, (ours,) = slopes(lambda a: a.relu(), [np.zeros(3)], np.ones(3))
    assert (ours == 0).all()


@pytest.mark.parametrize("size", [1e3, -1e3])
def test_large_scores_stay_finite(size):
    logits = np.array([[size, 0.0], [0.0, size]])
    value, (gradient,) = slopes(
        lambda a: cross_entropy(a, np.array([1, 1])), [logits], None
    )
    wanted, (other,) = slopes_of_torch(
        lambda a: torch.nn.functional.cross_entropy(a, torch.tensor([1, 1])),
        [logits],
        np.array(1.0),
    )
    np.testing.assert_allclose(value, wanted, rtol=1e-12)
    np.testing.assert_allclose(gradient, other, atol=1e-12)
    _, (flat,) = slopes(lambda a: a.sigmoid().sum(), [logits], None)
    assert np.isfinite(flat).all()


@pytest.mark.parametrize("depth", [10_000, 30_000])
def test_a_graph_may_be_deep_and_is_freed_without_recursion(depth):
    a = Tensor(np.array(1.0))
    y = a
    for _ in range(depth):
        y = y + 0.5
    assert len(in_order(y)) == depth + 1
    y.backward()
    assert a.grad == 1
    del y


def test_a_graph_with_exponentially_many_paths_is_walked_once():
    a = Tensor(np.array(1.0))
    y = a
    for _ in range(60):
        y = y + y
    y.backward()
    assert a.grad == 2.0**60


def test_parents_come_first_in_the_order(rng):
    made = [Tensor(rng.normal(size=3)) for _ in range(3)]
    for _ in range(200):
        one, other = rng.integers(len(made), size=2)
        made.append(made[one] * 0.5 + made[other])
    order = in_order(made[-1])
    places = {node: place for place, node in enumerate(order)}
    assert len(places) == len(order) and order[-1] is made[-1]
    for node in order:
        assert all(places[parent] < places[node] for parent, _ in node.parents)


def test_a_graph_is_gone_when_its_result_is():
    a = Tensor(np.ones(3))
    y = (a.tanh() * a).sum()
    inner = weakref.ref(y.parents[0][0])
    gc.disable()
    try:
        del y
        assert inner() is None  # no circle: nothing waits for the collector
    finally:
        gc.enable()


def test_gradients_add_up_over_backward_passes():
    a = Tensor(np.array([1.0, 2.0]))
    y = (a * a).sum()
    y.backward()
    y.backward()
    assert (a.grad == [4, 8]).all()


def test_two_leaves_never_share_the_memory_of_a_gradient():
    a, b = Tensor(np.ones(2)), Tensor(np.ones(2))
    dy = np.ones(2)
    (a + b).backward(dy)
    a.grad *= 0
    assert (b.grad == 1).all() and (dy == 1).all()


def test_what_requires_no_gradient_gets_none_and_keeps_no_notes():
    a, x = Tensor(np.ones((2, 2))), Tensor(np.ones((2, 2)), requires_grad=False)
    fixed = (x @ x).tanh()
    assert not fixed.requires_grad and fixed.parents == ()
    (fixed * a).sum().backward()
    assert x.grad is None and a.grad is not None


def test_arrays_and_numbers_on_either_side_are_constants():
    a, array = Tensor(np.full((2, 2), 3.0)), np.full((2, 2), 2.0)
    for y in (array + a, array - a, array * a, array / a, array @ a, 2 + a, 2 / a):
        assert isinstance(y, Tensor) and y.requires_grad
    np.testing.assert_allclose((array - a).data, -1)
    np.testing.assert_allclose((array / a).data, 2 / 3)
    assert (np.float64(2.0) * a).shape == (2, 2)
    assert (Tensor(np.ones(2, np.float32)) * np.float64(2)).data.dtype == np.float32


def test_the_network_of_chapter_2_has_the_same_losses_and_weights(rng):
    x, t = rng.normal(size=(20, 2)), rng.integers(0, 2, size=(20, 1)).astype(float)
    net = scratch.Sequential(
        scratch.Linear(2, 8, rng), scratch.ReLU(), scratch.Linear(8, 1, rng)
    )
    W1, b1, W2, b2 = weights = [Tensor(w.copy()) for w in net.parameters()]
    by_hand = scratch.SGD(net.parameters(), 0.1, momentum=0.9)
    ours = scratch.SGD([w.data for w in weights], 0.1, momentum=0.9)
    criterion = scratch.BinaryCrossEntropy()
    for _ in range(100):
        wanted = criterion.forward(net(x), t)
        net.backward(criterion.backward())
        by_hand.step(net.gradients())
        z = (x @ W1 + b1).relu() @ W2 + b2
        loss = ((1 + z.exp()).log() - z * t).mean()
        loss.backward()
        ours.step([w.grad for w in weights])
        for w in weights:
            w.grad = None
        assert loss.item() == pytest.approx(wanted, abs=1e-10)
    for w, other in zip(weights, net.parameters(), strict=True):
        np.testing.assert_allclose(w.data, other, atol=1e-9)


def changed_leaf(place):
    """Change a leaf, or a constant, between the pass forward and backward."""
    arrays = [np.ones((2, 2)), np.ones((2, 2))]
    a, x = Tensor(arrays[0]), Tensor(arrays[1], requires_grad=False)
    y = (a @ x).sum()
    arrays[place][0, 0] = 5
    y.backward()


@pytest.mark.parametrize("place", [0, 1])
def test_data_changed_under_the_graph_is_noticed(place):
    with pytest.raises(RuntimeError, match=r"shape \(2, 2\) was changed after"):
        changed_leaf(place)


def test_new_data_put_under_the_graph_is_noticed_and_no_gradient_is_written():
    a = Tensor(np.ones(2))
    y = (a * a).sum()
    a.data = a.data * 2
    with pytest.raises(RuntimeError, match="changed after"):
        y.backward()
    assert a.grad is None


def test_a_change_between_two_uses_is_noticed():
    a = Tensor(np.ones(2))
    y = a * 2
    a.data += 1
    with pytest.raises(RuntimeError, match="changed after"):
        (y * a).sum().backward()


def test_a_step_after_backward_is_allowed():
    a = Tensor(np.ones(2))
    for _ in range(3):
        a.grad = None
        (a * a).sum().backward()
        a.data -= 0.1 * a.grad
    np.testing.assert_allclose(a.data, 0.8**3)


def test_the_result_of_an_operation_cannot_be_changed():
    a = Tensor(np.ones((2, 3)))
    for y in (a + 1, a.reshape(3, 2), a[0], a.T, a.tanh(), a.max(axis=0)):
        with pytest.raises(ValueError, match="read-only"):
            y.data += 1


def test_an_index_changed_under_the_graph_changes_nothing():
    a, index = Tensor(np.arange(3.0)), np.array([0, 0])
    y = a[index].sum()
    index[:] = 2
    y.backward()
    assert (a.grad == [2, 0, 0]).all()


REFUSED = [
    (lambda: (Tensor(np.ones(3)) * 2).backward(), ValueError, "needs a gradient"),
    (lambda: Tensor(np.ones(3)).backward(np.ones(2)), ValueError, r"wanted \(3,\)"),
    (lambda: Tensor(np.ones(())).backward(np.ones(1)), ValueError, r"wanted \(\)"),
    (
        lambda: Tensor(np.ones(3), requires_grad=False).sum().backward(),
        RuntimeError,
        "requires_grad",
    ),
    (lambda: Tensor(np.arange(3)), TypeError, "data is int64"),
    (lambda: Tensor(3), TypeError, "wanted float64 or float32"),
    (lambda: Tensor([1j]), TypeError, "data is complex128"),
    (lambda: Tensor([True]), TypeError, "data is bool"),
    (lambda: Tensor(Tensor(1.0)), TypeError, "data is object"),
    (lambda: Tensor(1.0) * np.arange(3), TypeError, "data is int64"),
    (lambda: Tensor(1.0) * 1j, TypeError, "data is complex128"),
    (
        lambda: Tensor(np.ones(2)) + np.ones(2, np.float32),
        TypeError,
        "float64 with float32",
    ),
    (
        lambda: Tensor(np.ones((2, 2))) @ Tensor(np.ones((2, 2), np.float32)),
        TypeError,
        "astype",
    ),
    (lambda: Tensor(np.ones((2, 2))) @ np.ones(2), ValueError, "2 axes or more"),
    (lambda: Tensor(np.ones((2, 2))) @ np.ones((3, 2)), ValueError, "matmul"),
    (lambda: Tensor(np.ones(2)) + np.ones(3), ValueError, "broadcast"),
    (lambda: Tensor(1.0) ** Tensor(2.0), TypeError, "exponent must be a number"),
    (lambda: Tensor(np.ones((2, 2, 2))).T, ValueError, "T wants 2 axes"),
    (lambda: Tensor(np.ones((0, 2))).mean(), ValueError, "empty"),
    (
        lambda: cross_entropy(Tensor(np.ones((2, 3))), [0, -1]),
        ValueError,
        "wanted 0 to 2",
    ),
    (lambda: cross_entropy(Tensor(np.ones((2, 3))), [0, 3]), ValueError, "0 to 2"),
    (lambda: cross_entropy(Tensor(np.ones((2, 3))), [0.0, 1.0]), TypeError, "integers"),
    (lambda: cross_entropy(Tensor(np.ones((2, 3))), [0]), ValueError, r"wanted \(2,\)"),
    (lambda: np.exp(Tensor(1.0)), TypeError, "ufunc"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_misuse_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_tensor_shows_what_it_holds():
    assert repr(Tensor(1.5)) == "Tensor(array(1.5), requires_grad=True)"
