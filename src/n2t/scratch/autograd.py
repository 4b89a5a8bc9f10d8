"""Reverse-mode automatic differentiation on arrays: the engine of chapter 3.

A `Tensor` holds an array and notes of how it was made: its parents, and for each of
them a *pull*, which turns the gradient with respect to the tensor into the one with
respect to that parent. `backward` visits every tensor once, after all that were made
of it, and adds up what arrives (Griewank and Walther 2008, chapter 3).

Methods have PyTorch's names, and axes are NumPy's: `x.sum(axis=0)`. An operation with
a number or an array takes it as a constant. Pulls run on plain arrays and take no
notes, so there are no second derivatives.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from n2t.scratch.layers import sigmoid
from n2t.scratch.losses import _require_classes

Axis = int | tuple[int, ...] | None
Array = np.ndarray | np.generic
Pull = Callable[[Array], Array]


class Tensor:
    """An array of float64 or float32 that remembers how it was made.

    One that you make is a *leaf*: `backward` adds gradients to its `grad`, and its
    `data`, which is the array that you gave, may be changed in place between one
    backward pass and the next forward pass. Raises TypeError for other kinds of data.
    """

    __array_ufunc__ = None  # array * tensor: NumPy leaves it to us

    def __init__(self, data: Any, requires_grad: bool = True):
        self.data = np.asarray(data)
        if self.data.dtype not in (np.float64, np.float32):
            raise TypeError(
                f"data is {self.data.dtype}, wanted float64 or float32: only there "
                "do small steps, and so gradients, exist"
            )
        self.requires_grad = requires_grad
        self.grad: np.ndarray | None = None
        self.parents: tuple[tuple[Tensor, Pull], ...] = ()
        self.seen: tuple[tuple[Tensor, bytes], ...] = ()

    def backward(self, gradient: Any = None) -> None:
        """Add the gradient with respect to each leaf to the leaf's `grad`.

        `gradient` is that with respect to this tensor; it may be left out for a
        single number, where it is 1. Raises ValueError for a shape that does not
        fit, RuntimeError where no leaf requires a gradient, or the data of one was
        changed in place since it was used.
        """
        arrived = {self: _seed(self, gradient)}
        order = in_order(self)
        _check_unchanged(order)
        for node in reversed(order):
            dy = arrived.pop(node)
            if not node.parents:
                node.grad = np.array(dy if node.grad is None else node.grad + dy)
            for parent, pull in node.parents:
                part = unbroadcast(pull(dy), parent.shape)
                arrived[parent] = arrived[parent] + part if parent in arrived else part

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.data.shape

    def item(self) -> float:
        """The single number in it, as Python's float."""
        return self.data.item()

    def __repr__(self) -> str:
        return f"Tensor({self.data!r}, requires_grad={self.requires_grad})"

    def __add__(self, other: Any) -> Tensor:
        a, b = _pair(self, other)
        return _result(a.data + b.data, (a, lambda dy: dy), (b, lambda dy: dy))

    def __mul__(self, other: Any) -> Tensor:
        a, b = _pair(self, other)
        return _result(
            a.data * b.data, (a, lambda dy: dy * b.data), (b, lambda dy: dy * a.data)
        )

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> Tensor:
        return self * -1

    def __sub__(self, other: Any) -> Tensor:
        a, b = _pair(self, other)
        return _result(a.data - b.data, (a, lambda dy: dy), (b, lambda dy: -dy))

    def __rsub__(self, other: Any) -> Tensor:
        return _pair(self, other)[1] - self

    def __truediv__(self, other: Any) -> Tensor:
        a, b = _pair(self, other)
        return _result(
            a.data / b.data,
            (a, lambda dy: dy / b.data),
            (b, lambda dy: -dy * a.data / b.data**2),
        )

    def __rtruediv__(self, other: Any) -> Tensor:
        return _pair(self, other)[1] / self

    def __pow__(self, exponent: Any) -> Tensor:
        if not isinstance(exponent, Real):
            raise TypeError(f"exponent must be a number, got {type(exponent).__name__}")
        a, n = self.data, float(exponent)
        slope = (lambda dy: dy * n * a ** (n - 1)) if n else np.zeros_like
        return _result(a**n, (self, slope))

    def __matmul__(self, other: Any) -> Tensor:
        """(..., n, k) @ (..., k, m): the last two axes; those in front broadcast."""
        a, b = _pair(self, other)
        if min(a.data.ndim, b.data.ndim) < 2:
            raise ValueError(
                f"@ wants 2 axes or more on both sides, got shapes {a.shape} and "
                f"{b.shape}: reshape first"
            )
        return _result(
            a.data @ b.data,
            (a, lambda dy: dy @ b.data.swapaxes(-1, -2)),
            (b, lambda dy: a.data.swapaxes(-1, -2) @ dy),
        )

    def __rmatmul__(self, other: Any) -> Tensor:
        return _pair(self, other)[1] @ self

    def exp(self) -> Tensor:
        """e to the power of each entry."""
        y = np.exp(self.data)
        return _result(y, (self, lambda dy: dy * y))

    def log(self) -> Tensor:
        """The natural logarithm of each entry."""
        return _result(np.log(self.data), (self, lambda dy: dy / self.data))

    def tanh(self) -> Tensor:
        """The hyperbolic tangent of each entry."""
        y = np.tanh(self.data)
        return _result(y, (self, lambda dy: dy * (1 - y**2)))

    def sigmoid(self) -> Tensor:
        """1 / (1 + exp(-x)) of each entry, without overflow."""
        y = sigmoid(self.data)
        return _result(y, (self, lambda dy: dy * y * (1 - y)))

    def relu(self) -> Tensor:
        """max(x, 0) of each entry; the slope at 0 is taken as 0, as in PyTorch."""
        on = self.data > 0
        return _result(np.maximum(self.data, 0), (self, lambda dy: dy * on))

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The sum over an axis, several, or all."""

        def pull(dy):
            return np.broadcast_to(_with_axes(dy, axis, keepdims), self.shape)

        return _result(self.data.sum(axis=axis, keepdims=keepdims), (self, pull))

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The mean over an axis, several, or all; ValueError where that is of none."""
        total = self.sum(axis, keepdims)
        if not self.data.size:
            raise ValueError(f"the mean of an empty array, shape {self.shape}")
        return total / (self.data.size // total.data.size)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The largest entry along axes; equal ones share the gradient evenly."""
        y = self.data.max(axis=axis, keepdims=True)
        on = self.data == y
        share = on / on.sum(axis=axis, keepdims=True, dtype=self.data.dtype)

        def pull(dy):
            return _with_axes(dy, axis, keepdims) * share

        return _result(y if keepdims else y.squeeze(axis), (self, pull))

    def reshape(self, *shape: Any) -> Tensor:
        """The same entries in another shape; -1 stands for what is left."""
        y = self.data.reshape(*shape)
        return _result(y, (self, lambda dy: dy.reshape(self.shape)))

    def transpose(self, first: int, second: int) -> Tensor:
        """Two axes swapped."""
        y = self.data.swapaxes(first, second)
        return _result(y, (self, lambda dy: dy.swapaxes(first, second)))

    @property
    def T(self) -> Tensor:
        """Rows as columns, of a tensor of two axes."""
        if self.data.ndim != 2:
            raise ValueError(f"T wants 2 axes, got shape {self.shape}: transpose says")
        return self.transpose(0, 1)

    def __getitem__(self, index: Any) -> Tensor:
        """Entries by NumPy's indexing; one that is taken twice gets both gradients."""
        index = copy.deepcopy(index)  # the caller may reuse its array

        def pull(dy):
            dx = np.zeros_like(self.data)
            np.add.at(dx, index, dy)  # dx[index] += dy would add only once
            return dx

        return _result(self.data[index], (self, pull))

    def log_softmax(self, axis: int = -1) -> Tensor:
        """The logarithm of the softmax along an axis, without overflow."""
        shifted = self.data - self.data.max(axis=axis, keepdims=True)
        y = shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))

        def pull(dy):
            return dy - np.exp(y) * dy.sum(axis=axis, keepdims=True)

        return _result(y, (self, pull))


def cross_entropy(logits: Tensor, target: Any) -> Tensor:
    """Mean over the batch of minus the log-probability of the right class.

    `logits` are (B, K), `target` (B,) integers in 0 … K-1. Raises ValueError for
    other shapes and for classes that do not exist, TypeError for targets that are no
    integers.
    """
    target = np.array(target)
    B, _ = _require_classes(logits.data, target)
    return -logits.log_softmax()[np.arange(B), target].mean()


def in_order(last: Tensor) -> list[Tensor]:
    """All tensors that `last` was made of, and itself: each after its parents.

    A walk in depth, with a stack of its own in place of Python's: a graph may be as
    deep as memory allows.
    """
    order: list[Tensor] = []
    visited: set[Tensor] = set()
    stack = [(last, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif node not in visited:
            visited.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent, _ in node.parents)
    return order


def unbroadcast(dy: Array, shape: tuple[int, ...]) -> Array:
    """`dy` summed over the axes along which an array of `shape` was stretched."""
    if dy.shape == shape:
        return dy
    dy = dy.sum(axis=tuple(range(dy.ndim - len(shape))))  # axes added in front
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return dy.sum(axis=stretched, keepdims=True)


def _result(data: Any, *parents: tuple[Tensor, Pull]) -> Tensor:
    """A tensor made by an operation: frozen data, and what `backward` needs.

    Of leaves and constants, whose data may change, it keeps what it saw.
    """
    made = Tensor.__new__(Tensor)
    made.data = np.asarray(data)
    made.data.flags.writeable = False
    made.grad = None
    made.parents = tuple(pair for pair in parents if pair[0].requires_grad)
    made.requires_grad = bool(made.parents)
    made.seen = ()
    if made.requires_grad:
        leaves = [parent for parent, _ in parents if not parent.parents]
        made.seen = tuple((leaf, leaf.data.tobytes()) for leaf in leaves)
    return made


def _pair(a: Tensor, b: Any) -> tuple[Tensor, Tensor]:
    """Both as tensors of one dtype; a number takes that of `a`, an array keeps its."""
    if isinstance(b, Real):
        b = np.asarray(b, a.data.dtype)
    if not isinstance(b, Tensor):
        b = Tensor(b, requires_grad=False)
    if a.data.dtype != b.data.dtype:
        raise TypeError(
            f"an operation of {a.data.dtype} with {b.data.dtype}: convert one of "
            "them with astype first"
        )
    return a, b


def _with_axes(dy: Array, axis: Axis, kept: bool) -> Array:
    """`dy` of a reduced array, with axes of size 1 where they were summed away."""
    return dy if kept or axis is None else np.expand_dims(dy, axis)


def _seed(last: Tensor, gradient: Any) -> np.ndarray:
    """The gradient with which `backward` starts; ValueError if it does not fit."""
    if not last.requires_grad:
        raise RuntimeError("nothing to do: no leaf that it was made of requires_grad")
    if gradient is None and last.data.size != 1:
        raise ValueError(
            f"backward of shape {last.shape} needs a gradient of that shape; or make "
            "one number of it first, with sum or mean"
        )
    if gradient is None:
        return np.ones_like(last.data)
    gradient = np.array(gradient, last.data.dtype)
    if gradient.shape != last.shape:
        raise ValueError(f"gradient has shape {gradient.shape}, wanted {last.shape}")
    return gradient


def _check_unchanged(order: list[Tensor]) -> None:
    """Raise RuntimeError if a leaf no longer holds what an operation saw in it."""
    for node in order:
        for leaf, seen in node.seen:
            if leaf.data.tobytes() != seen:
                raise RuntimeError(
                    f"the data of a tensor of shape {leaf.shape} was changed after an "
                    "operation had used it: call backward first, or compute anew"
                )
