"""The recorder of training steps: what is in the graph, what moved, what gradients."""

import pytest
import torch
from torch.nn import functional as F

from coursekit.kernel import updates

WEIGHTS = [torch.randn(3, 4), torch.randn(3)]
PIECES = [(torch.randn(B, 4), torch.zeros(B, dtype=torch.long)) for B in (2, 5, 1)]
SGD = ("SGD", [(2, 0.1)], {})


def one_at_a_time(model, pieces, optimizer):
    for x, t in pieces:
        loss = F.cross_entropy(model(x), t)
        loss.backward()
    optimizer.step()


def together(model, pieces, optimizer):
    sum(F.cross_entropy(model(x), t) for x, t in pieces).backward()
    optimizer.step()


def kept(model, pieces, optimizer):
    for x, t in pieces:
        loss = F.cross_entropy(model(x), t)
        loss.backward(retain_graph=True)
    optimizer.step()


def without_graph(model, pieces, optimizer):
    with torch.no_grad():
        model(torch.cat([x for x, _ in pieces]))


@pytest.mark.parametrize(
    ("answer", "examples"),
    [(one_at_a_time, 5), (together, 8), (kept, 7), (without_graph, 0)],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_the_most_examples_in_the_graph_at_once_are_counted(answer, examples):
    found = updates.updated(answer, WEIGHTS, [PIECES], SGD, None)
    assert found["examples"] == examples


def test_old_gradients_are_there_and_the_weights_after_each_batch_come_back():
    def step(model, batch, optimizer):
        optimizer.step()

    found = updates.updated(step, WEIGHTS, [1, 2], SGD, 2.0)
    for turn, weights in enumerate(found["weights"], 1):
        for w, before in zip(weights, WEIGHTS, strict=True):
            torch.testing.assert_close(w, before - 0.2 * turn)


def test_a_frozen_parameter_has_no_gradient_and_a_thawed_one_shows():
    def thaw(model, pieces, optimizer):
        grads.append([w.grad is None for w in model.parameters()])
        optimizer.step()
        model.requires_grad_(True)

    grads = []
    found = updates.updated(thaw, WEIGHTS, [PIECES], SGD, 1.0, frozen=(1,))
    assert grads == [[False, True]] and found["learns"] == [True, True]
    assert torch.equal(found["weights"][0][1], WEIGHTS[1])


def test_a_mode_a_frozen_parameter_and_an_emptied_list_are_noticed():
    def spoil(model, pieces, optimizer):
        model.eval()(pieces.pop()[0])
        model.train().requires_grad_(False)

    found = updates.updated(spoil, WEIGHTS, [list(PIECES)], SGD, None)
    assert found["modes"] == [False, True]
    assert found["learns"] == [False, False]
    assert found["changed"]


@pytest.mark.parametrize("ready", [False, True])
def test_a_loss_comes_with_the_gradients_of_x_and_of_all_weights(ready):
    x, t = PIECES[1]
    W, b = (w.clone().requires_grad_() for w in WEIGHTS)
    wanted = torch.autograd.grad(F.cross_entropy(x @ W.T + b, t), [W, b])
    found = updates.loss(
        lambda model, x, t: F.cross_entropy(model(x), t), WEIGHTS, x, t, ready
    )
    assert not found["filled"] and not found["changed"]
    assert found["gradients"][0].shape == x.shape
    torch.testing.assert_close(found["gradients"][1:], wanted)


def test_a_loss_that_goes_backward_itself_is_noticed():
    def loss(model, x, t):
        value = F.cross_entropy(model(x), t)
        value.backward()
        return value

    assert updates.loss(loss, WEIGHTS, *PIECES[0], False)["filled"]
