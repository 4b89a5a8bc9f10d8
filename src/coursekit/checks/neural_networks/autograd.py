"""Checks of chapter 3: waves of a graph, an operation's way back, a mended walk."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from coursekit.checks.asking import ask, avoids, run_or_say
from coursekit.checks.neural_networks.backpropagation import (
    BY_HAND,
    FORBIDDEN,
    WATCHED,
)
from coursekit.checks.values import array, described, expect, integer, parts, sizes
from coursekit.kernel import bounded

Graph = dict[int, tuple[int, ...]]


def check_waves(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(parents, last)` must give the nodes wave by wave, last first."""
    u, x, c, v, loss = rng.permutation(50)[:5].tolist()
    for graph, last in (
        ({u: ()}, u),
        ({u: (x, x), x: ()}, u),
        ({loss: (u, v), v: (u, c), u: (x,), x: (), c: ()}, loss),
        ({loss: (u, v), v: (u, c), u: (x,), x: (), c: ()}, u),
        ({loss: (u, v, x), v: (u,), u: (x,), x: (), c: (x, u)}, loss),
        ({loss: (x, x, v), v: (x,), x: ()}, loss),
    ):
        _check_waves(answer, graph, last)
    for _ in range(12):
        _check_waves(answer, *_drawn_graph(rng, int(rng.integers(2, 25))))
    _check_growth(answer, rng)
    chain = _chain(rng, 5_000)
    record = ask(answer, *chain, hint="for a graph 5,000 nodes deep")
    _expect_waves(record.value, *chain)
    _check_paths(answer, rng)


def _drawn_graph(rng: np.random.Generator, count: int) -> tuple[Graph, int]:
    """A graph in which some nodes are used twice, and some are not of `last`."""
    names = rng.permutation(3 * count)[:count].tolist()
    graph: Graph = {names[0]: ()}
    for place in range(1, count):
        back = rng.integers(1, min(place, 4) + 1, size=rng.integers(0, 4)).tolist()
        graph[names[place]] = tuple(names[place - n] for n in back)
    last = names[int(rng.integers(count // 2, count))]
    return _shuffled(rng, graph), last


def _shuffled(rng: np.random.Generator, graph: Graph) -> Graph:
    """The same graph; its nodes stand in another order in the dictionary."""
    keys = list(graph)
    return {keys[n]: graph[keys[n]] for n in rng.permutation(len(keys)).tolist()}


def _chain(rng: np.random.Generator, depth: int) -> tuple[Graph, int]:
    """Nodes in a row, each of which also uses the first: `last` is the deepest."""
    names = rng.permutation(depth).tolist()
    graph: Graph = {names[0]: ()}
    for before, name in zip(names, names[1:], strict=False):
        graph[name] = (before, names[0])
    return _shuffled(rng, graph), names[-1]


def _doublings(rng: np.random.Generator, levels: int) -> tuple[Graph, int]:
    """A ladder with two ways at every level."""
    names = rng.permutation(3 * levels + 1).tolist()
    graph: Graph = {names[0]: ()}
    for level in range(levels):
        below, left, right, top = names[3 * level : 3 * level + 4]
        graph |= {left: (below,), right: (below, below), top: (left, right)}
    return graph, names[-1]


def _check_waves(answer: Callable, graph: Graph, last: int) -> None:
    hint = f"for last = {last}, parents = {graph}"
    record = ask(answer, graph, last, hint=hint if len(graph) < 9 else "")
    _expect_waves(record.value, graph, last)


def _expect_waves(got: object, graph: Graph, last: int) -> None:
    wanted = _waves(graph, last)
    found = _read_waves(got)
    if found == wanted:
        return
    for wrong, words in _wrong_waves(graph, last, wanted):
        assert found != wrong, words
    flat = sorted(node for wave in found for node in wave)
    missing = sorted({n for wave in wanted for n in wave} - set(flat))
    assert not missing, f"of what {last} was made of, {missing[:5]} appear in no wave"
    assert len(flat) == len(set(flat)), "a node appears more than once"
    place = next(
        (n for n, (one, two) in enumerate(zip(found, wanted, strict=False))
         if one != two),
        min(len(found), len(wanted)),
    )  # fmt: skip
    pair = [(waves[place : place + 1] or ["no wave"])[0] for waves in (found, wanted)]
    shown = f"; parents = {graph}" if len(graph) < 9 else ""
    raise AssertionError(
        f"wave {place} for last = {last} is {_short(pair[0])}, wanted "
        f"{_short(pair[1])}{shown}"
    )


def _short(wave: object) -> str:
    text = str(wave)
    return text if len(text) < 70 else f"{text[:60]} …]"


def _read_waves(got: object) -> list[list[int]]:
    good = isinstance(got, list | tuple)
    assert good, f"wanted a list of waves, each a list; got {described(got)}"
    for wave in got:
        assert isinstance(wave, list | tuple | np.ndarray), (
            f"wanted each wave as a list of nodes; got {described(wave)}"
        )
    return [[integer(node, "a node") for node in wave] for wave in got]


def _waves(graph: Graph, last: int) -> list[list[int]]:
    """The longest way from `last` to each node says its wave."""
    place = {last: 0}
    for node in _order(graph, last):
        for parent in graph[node]:
            place[parent] = max(place.get(parent, 0), place[node] + 1)
    found: list[list[int]] = [[] for _ in range(max(place.values()) + 1)]
    for node, wave in place.items():
        found[wave].append(node)
    return [sorted(wave) for wave in found]


def _order(graph: Graph, last: int) -> list[int]:
    """The nodes that `last` was made of, each before its parents."""
    order, seen, stack = [], set(), [(last, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack += [(node, True), *((parent, False) for parent in graph[node])]
    return order[::-1]


def _wrong_waves(graph: Graph, last: int, right: list) -> Iterator[tuple[list, str]]:
    """Known wrong answers, each with what to say of it."""
    seen, near = {last}, [[last]]
    while near[-1]:
        following = {p for node in near[-1] for p in graph[node]} - seen
        seen |= following
        near.append(sorted(following))
    yield (
        near[:-1],
        (
            "a node joins too early: it waits for all nodes that were made of it, "
            "not for the first alone"
        ),
    )
    levels: list[set] = [{last}]
    while levels[-1] and len(levels) < 40:
        levels.append({p for node in levels[-1] for p in graph[node]})
    yield (
        [sorted(level) for level in levels[:-1]],
        ("a node appears in several waves: it belongs to the last of them only"),
    )
    yield right[::-1], "the waves are turned round: last comes first"
    height: dict[int, int] = {}
    for node in reversed(_order(graph, last)):
        height[node] = 1 + max((height[p] for p in graph[node]), default=-1)
    by_height: list[list[int]] = [[] for _ in range(max(height.values()) + 1)]
    for node, level in height.items():
        by_height[level].append(node)
    yield (
        [sorted(wave) for wave in by_height[::-1]],
        (
            "you measure how far a node is from the leaves: what counts is by when all "
            "nodes that were made of it have handed on"
        ),
    )
    yield (
        [wave for wave in _all_waves(graph, last) if wave],
        ("other uses count too: a node waits only for what last was made of"),
    )


def _all_waves(graph: Graph, last: int) -> list[list[int]]:
    """The waves where uses by nodes that `last` was not made of are waited for."""
    uses = dict.fromkeys(graph, 0)
    for made in graph.values():
        for parent in made:
            uses[parent] += 1
    found = [[last]]
    while found[-1]:
        following = []
        for node in found[-1]:
            for parent in graph[node]:
                uses[parent] -= 1
                if uses[parent] == 0:
                    following.append(parent)
        found.append(sorted(following))
    return found


def _check_growth(answer: Callable, rng: np.random.Generator) -> None:
    """Refuse an answer whose steps grow faster than the graph."""
    counts = []
    for depth in (100, 400):
        chain = _chain(rng, depth)
        record = ask(answer, *chain, steps=True, watch=("sys.",))
        avoids(record, (), "")
        _expect_waves(record.value, *chain)
        counts.append(record.steps)
    assert counts[1] < 6 * counts[0] + 1000, (
        f"a graph 4 times as deep takes {counts[1] / counts[0]:.0f} times as many "
        "steps: do not search all nodes for each wave"
    )


def _check_paths(answer: Callable, rng: np.random.Generator) -> None:
    graph, last = _doublings(rng, 40)
    hint = "a graph of 121 nodes with 40 doublings: do you follow every path?"
    got = run_or_say(bounded.bounded, answer, graph, last, most=200_000, hint=hint)
    _expect_waves(got, graph, last)


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
        room = 1e-9 + _rounding(a, b, dy) / max(np.abs(right).max(initial=0), 1e-300)
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
    slope = s * (1 - s)
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
