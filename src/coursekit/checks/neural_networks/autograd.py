"""Checks of chapter 3: waves of a graph, an operation's way back, a mended walk."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coursekit.checks.asking import ask, avoids
from coursekit.checks.neural_networks.backpropagation import (
    BY_HAND,
    FORBIDDEN,
    WATCHED,
)
from coursekit.checks.neural_networks.waves import check_waves
from coursekit.checks.values import array, described, expect, parts, sizes

__all__ = ["check_collect", "check_gate_backward", "check_waves"]


def check_gate_backward(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(a, b, dy)` must give both gradients of a · sigmoid(a · b)."""
    one, two, three, four = sizes(rng, 4)
    for shapes in [
        ((one, two), (one, two)),
        ((one, two), (two,)),
        ((two,), (one, two)),
        ((one, 1), (1, two)),
        ((1, two), (one, 1)),
        ((one, two), ()),
        ((), (one, two)),
        ((), ()),
        ((1,), (1, 1)),
        ((1, 1, 1), (1,)),
        ((one, 1, three), (two, 1)),
        ((two, 1), (one, 1, three)),
        ((four, one, two, three), (1, two, 1)),
        ((two, two), (two, 1)),
        ((two, two), (two,)),
        ((0, two), (two,)),
    ]:
        for size in (1.0, 20.0):
            _check_gate(answer, *_gate_inputs(rng, *shapes, size))
    given, other = (_gate_inputs(rng, (one, two), (two,), 1.0) for _ in range(2))
    for place in range(3):
        changed = [*given]
        changed[place] = other[place]
        for arguments in (given, changed):
            _check_gate(answer, *arguments)
    for size in (1e-9, 1e9):
        _check_gate(answer, given[0], given[1], size * given[2])


def _gate_inputs(rng: np.random.Generator, of_a: tuple, of_b: tuple, size: float):
    a = np.asarray(rng.uniform(-size, size, size=of_a))
    b = np.asarray(rng.uniform(-size, size, size=of_b))
    full = np.broadcast_shapes(of_a, of_b)
    return [a, b, np.asarray(rng.normal(size=full) + 0.1)]


def _check_gate(answer: Callable, a: np.ndarray, b: np.ndarray, dy: np.ndarray):
    hint = f"shapes: a {a.shape}, b {b.shape}, dy {dy.shape}"
    record = ask(answer, a, b, dy, hint=hint, watch=WATCHED)
    avoids(record, FORBIDDEN, BY_HAND)
    names = "da", "db"
    found = parts(record.value, names)
    wanted, mistakes = _gate(a, b, dy)
    for name, got, own in zip(names, found, (a, b), strict=True):
        why = f"that of {name[1]}: sum over what was stretched"
        got = array(got, own.shape, name, why=why)
        said = [(_summed(values, own.shape), words) for values, words in mistakes[name]]
        scale = dy.size / max(own.size, 1)
        mean = _summed(wanted[name], own.shape) / max(scale, 1)
        if scale > 1:
            said.append((mean, f"{name} is a mean over what was stretched, not a sum"))
        right = _summed(wanted[name], own.shape)
        size = max(np.abs(right).max(initial=0), np.finfo(float).tiny)
        room = 1e-9 + _rounding(a, b, dy) / size
        expect(got, right, f"{name} ({hint})", said, room, alone=True)


def _rounding(a: np.ndarray, b: np.ndarray, dy: np.ndarray) -> float:
    """What a right answer may be off: 1 - s has few digits where s is near 1."""
    largest = 1 + max(np.abs(part).max(initial=0) for part in (a, b))
    return 1e-14 * dy.size * np.abs(dy).max(initial=0) * largest**2


def _summed(full: np.ndarray, shape: tuple) -> np.ndarray:
    """`full` added up, number by number, in an array of `shape`."""
    out = np.zeros(shape)
    for place in np.ndindex(full.shape):
        own = place[len(place) - len(shape) :]
        own = tuple(i if n > 1 else 0 for i, n in zip(own, shape, strict=True))
        out[own] += full[place]
    return out


def _gate(a: np.ndarray, b: np.ndarray, dy: np.ndarray) -> tuple[dict, dict]:
    """Both gradients before they are summed, and what known mistakes give."""
    a, b = np.broadcast_arrays(a, b)
    s = np.exp(-np.logaddexp(0, -a * b))
    slope = s * np.exp(-np.logaddexp(0, a * b))
    wanted = {"da": dy * s + dy * a * b * slope, "db": dy * a * a * slope}
    lost = "a acts twice, in front and inside the sigmoid: one of the two is missing"
    no_dy = "dy is missing: multiply by the gradient that arrives"
    return wanted, {
        "da": [
            (dy * s, lost),
            (dy * a * b * slope, lost),
            (dy * s + dy * a * slope, "inside the sigmoid the slope in a is b"),
            (dy * s + dy * b * slope, "the factor a in front of the sigmoid is lost"),
            (wanted["da"] / np.where(dy == 0, 1, dy), no_dy),
        ],
        "db": [
            (dy * a * slope, "b acts through a · b: its slope there is a, once more"),
            (dy * a * s, "the slope of the sigmoid is s (1 - s)"),
            (dy * a * a * s, "the slope of the sigmoid is s (1 - s)"),
            (wanted["db"] / np.where(dy == 0, 1, dy), no_dy),
        ],
    }


def check_collect(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(steps, dy)` must give every node's gradient, by name."""
    for times in range(1, 10):
        steps = [("y", "a", float(n)) for n in rng.permutation(np.arange(1, 10))]
        _check_collect(answer, steps[:times], rng.normal(size=(2, 3)))
    for ones in (1.0, 1):
        steps = [("y", "a", ones), ("y", "b", ones), ("a", "c", ones), ("b", "c", ones)]
        steps += [("b", "a2", 2.0), ("c", "d", -1.0)]
        _check_collect(answer, steps, rng.normal(size=3))
    for shape in [(), (1,), (4,), (2, 3), (2, 1, 3)] * 2:
        steps = _drawn_steps(rng, int(rng.integers(2, 9)), shape)
        _check_collect(answer, steps, np.asarray(rng.normal(size=shape)))
    steps = _drawn_steps(rng, 6, (3,))
    for _ in range(2):
        _check_collect(answer, steps, rng.normal(size=3))
    for size in (1e-9, 1e9):
        _check_collect(answer, steps, size * rng.normal(size=3))
    dy = rng.normal(size=3)
    for factor in (1.0, 2.0):
        scaled = [(made, parent, factor * slope) for made, parent, slope in steps]
        _check_collect(answer, scaled, dy)


def _drawn_steps(rng: np.random.Generator, count: int, shape: tuple) -> list:
    """The arrows of a random graph, in a random right order."""
    names = [f"n{n}" for n in rng.permutation(count).tolist()]
    arrows = []
    for place in range(1, count):
        users = rng.integers(0, place, size=rng.integers(1, 4)).tolist()
        arrows += [(user, place) for user in users]
    left = [tuple(arrow) for arrow in rng.permutation(arrows).tolist()]
    steps = []
    while left:
        waiting = {parent for _, parent in left}
        ready = [arrow for arrow in left if arrow[0] not in waiting]
        made, parent = ready[int(rng.integers(len(ready)))]
        left.remove((made, parent))
        slope = rng.normal(size=shape) if rng.random() < 0.5 else float(rng.normal())
        steps.append((names[made], names[parent], slope))
    return steps


def _check_collect(answer: Callable, steps: list, dy: np.ndarray) -> None:
    hint = f"{len(steps)} steps, shape {dy.shape}"
    got = ask(answer, steps, dy, hint=hint).value
    assert isinstance(got, dict), (
        f"wanted a dictionary of gradients by name; got {described(got)}"
    )
    right, over = _collected(steps, dy), _collected(steps, dy, adds=False)
    missing = [name for name in right if name not in got]
    assert not missing, f"no gradient of {', '.join(missing)}"
    extra = [name for name in got if name not in right]
    assert not extra, f"{extra[0]!r} is no node of these steps"
    used = {name: sum(step[1] == name for step in steps) for name in right}
    for name, wanted in right.items():
        told = f"which is told something {used[name]} times"
        what = f"the gradient of {name!r}, {told if used[name] else 'the last result'},"
        found = array(got[name], dy.shape, what, why="all have the shape of dy")
        mistakes = [
            (over[name], "what arrives later replaces what was there: add it"),
            (wanted / max(used[name], 1), "a mean of what arrives, wanted the sum"),
            (2 * wanted, "counted twice"),
        ]
        expect(found, wanted, what, mistakes, 1e-9, alone=True)


def _collected(steps: list, dy: np.ndarray, adds: bool = True) -> dict:
    """Each node's gradient; without `adds`, what the last arrow to it says."""
    arrived = {steps[0][0]: np.array(dy, dtype=float)}
    for made, parent, slope in steps:
        before = arrived.get(parent, 0.0) if adds else 0.0
        arrived[parent] = before + arrived[made] * slope
    return arrived
