"""Checks of chapter 5."""

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def _draw(rng: np.random.Generator, *shape: int) -> torch.Tensor:
    return torch.from_numpy(rng.normal(size=shape))


def check_accumulated_step(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(model, pieces, optimizer)` must make the whole batch's update."""
    width, classes = rng.permutation(np.arange(3, 8))[:2].tolist()
    sizes = rng.permutation(np.arange(2, 9))[:3].tolist()
    pieces = [
        (_draw(rng, B, width), torch.from_numpy(rng.integers(0, classes, B)))
        for B in sizes
    ]
    given = nn.Linear(width, classes).double()
    updates = {
        name: _updated(given, loss(given, pieces), old)
        for name, loss, old in (
            ("sum", _summed, 0),
            ("right", _whole, 0),
            ("means", _means, 0),
            ("last", _last, 0),
            ("old", _whole, 1),
        )
    }
    got = copy.deepcopy(given)
    got.weight.grad = torch.ones_like(got.weight)  # left over from before
    optimizer = torch.optim.SGD(got.parameters(), lr=0.1)
    call(answer, got, pieces, optimizer, hint="loop over the pieces, one backward each")
    for unchanged, words in (
        (given, "the weights did not move: is optimizer.step() called?"),
        (updates["sum"], "a sum over examples: divide by how many there are in all"),
        (updates["means"], "pieces differ in size: a mean of means weighs them alike"),
        (updates["last"], "only the last piece counts: reset before the loop"),
        (updates["old"], "old gradients were added: reset before the loop too"),
    ):
        assert not torch.allclose(got.weight, unchanged.weight, atol=1e-12), words
    assert torch.allclose(got.weight, updates["right"].weight, atol=1e-10), (
        "another update than the whole batch's: is there one step in all, at the end?"
    )


def _logits(model: nn.Module, pieces: list) -> tuple[torch.Tensor, torch.Tensor]:
    x, t = (torch.cat(part) for part in zip(*pieces, strict=True))
    return model(x), t


def _summed(model: nn.Module, pieces: list) -> torch.Tensor:
    return F.cross_entropy(*_logits(model, pieces), reduction="sum")


def _whole(model: nn.Module, pieces: list) -> torch.Tensor:
    return F.cross_entropy(*_logits(model, pieces))


def _means(model: nn.Module, pieces: list) -> torch.Tensor:
    return sum(F.cross_entropy(model(x), t) for x, t in pieces) / len(pieces)


def _last(model: nn.Module, pieces: list) -> torch.Tensor:
    total = sum(len(t) for _, t in pieces)
    return _summed(model, pieces[-1:]) / total


def _updated(model: nn.Module, loss: torch.Tensor, old: float) -> nn.Module:
    """A copy of `model` after one step of size 0.1; `old` is added to the weights'."""
    gradients = list(torch.autograd.grad(loss, list(model.parameters())))
    gradients[0] = gradients[0] + old
    moved = copy.deepcopy(model)
    with torch.no_grad():
        for parameter, gradient in zip(moved.parameters(), gradients, strict=True):
            parameter -= 0.1 * gradient
    return moved


def check_scaled_linear(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(inputs, outputs)` must be a module with a learned `scale`."""
    B, inputs, outputs = rng.permutation(np.arange(3, 8))[:3].tolist()
    module = call(answer, inputs, outputs, hint="call super().__init__() first")
    assert isinstance(module, nn.Module), "derive the class from nn.Module"
    held = dict(module.named_parameters())
    assert "scale" in held, (
        f"the parameters are {sorted(held)}: wrap scale in nn.Parameter"
    )
    assert held["scale"].shape == (), f"scale has shape {tuple(held['scale'].shape)}"
    assert len(held) == 3, f"{len(held)} parameters, wanted 3: {sorted(held)}"
    x = _draw(rng, B, inputs).float()
    before = call(module, x, hint="forward takes x alone")
    assert before.shape == (B, outputs), f"gave {tuple(before.shape)}"
    assert held["scale"].item() == 1.0, "scale must start at 1"
    factor = 2 + float(rng.random())
    with torch.no_grad():
        held["scale"].mul_(factor)
    after = module(x)
    assert not torch.equal(before, after), "scale is not used in forward"
    linear = next((m for m in module.modules() if isinstance(m, nn.Linear)), None)
    assert linear is not None, "keep an nn.Linear inside"
    assert not torch.allclose(
        after, factor * (linear(x) - linear.bias) + linear.bias
    ), "the bias is not scaled: the scale multiplies the whole sum"
    assert torch.allclose(after, factor * linear(x), rtol=1e-5, atol=1e-6), (
        "wrong values"
    )
    after.sum().backward()
    assert held["scale"].grad is not None, "no gradient reaches scale"


def check_training_loss(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(linear, x, t)` must be the mean cross-entropy of logits."""
    B, inputs, classes = rng.permutation(np.arange(3, 9))[:3].tolist()
    linear = nn.Linear(inputs, classes).double()
    x, t = 3 * _draw(rng, B, inputs), torch.from_numpy(rng.integers(0, classes, B))
    got = call(answer, linear, x, t, hint="cross_entropy takes logits (B, K) and (B,)")
    assert isinstance(got, torch.Tensor) and got.shape == (), "wanted one number"
    logits = linear(x)
    probabilities = logits.softmax(1)
    for wrong, words in (
        (F.cross_entropy(probabilities, t), "the softmax is still applied twice"),
        (F.nll_loss(probabilities, t), "nll_loss wants log-probabilities"),
        (F.nll_loss(logits, t), "there is no softmax left at all"),
        (F.cross_entropy(logits, t, reduction="sum"), "a sum, wanted the mean"),
        (-F.cross_entropy(logits, t), "the sign is turned"),
        (F.cross_entropy(logits.softmax(0).log(), t), "softmax over the batch: dim=1"),
    ):
        assert not torch.allclose(got, wrong), words
    assert torch.allclose(got, F.cross_entropy(logits, t), atol=1e-10), "wrong value"
    assert got.requires_grad, "the gradient is lost: do not use item() or no_grad()"
