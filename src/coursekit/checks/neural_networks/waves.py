"""Check of chapter 3: the waves of a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from coursekit.checks.asking import ask, avoids, run_or_say
from coursekit.checks.values import described, integer
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
