"""Variants of chapter 3's exercises."""

from typing import Any

import numpy as np

from coursekit.checks.twisting import Twist


def _turned(parents: dict, last: int) -> tuple:
    """The graph the other way round: for each node, those that were made of it."""
    made: dict = {node: [] for node in parents}
    for node, of in parents.items():
        for parent in of:
            made[parent].append(node)
    return {node: tuple(nodes) for node, nodes in made.items()}, last


def _third(value: Any) -> Any:
    """Both gradients, divided by 3, if they are two arrays."""
    if not isinstance(value, list | tuple):
        return value
    return [np.asarray(part) / 3 for part in value]


def _backwards(steps: list, dy: np.ndarray) -> tuple:
    return [(parent, made, slope) for made, parent, slope in steps[::-1]], dy


TWISTS = {
    "ex-autograd-waves": Twist(
        statement="The dictionary, now called `users`, is the other way round: for "
        "each node, the tuple of the nodes that were made of it; () for one that "
        "nothing was made of.",
        solution='''
def waves(users, last):
    """The nodes that last was made of, wave by wave."""
    ### BEGIN SOLUTION
    parents = {node: [] for node in users}
    for node, made in users.items():
        for user in made:
            parents[user].append(node)
    waiting = {last: 0}
    todo = [last]
    while todo:
        for parent in parents[todo.pop()]:
            if parent not in waiting:
                waiting[parent] = 0
                todo.append(parent)
            waiting[parent] += 1
    found = [[last]]
    while found[-1]:
        following = []
        for node in found[-1]:
            for parent in parents[node]:
                waiting[parent] -= 1
                if waiting[parent] == 0:
                    following.append(parent)
        found.append(sorted(following))
    return found[:-1]
    ### END SOLUTION
''',
        before=_turned,
    ),
    "ex-autograd-gate": Twist(
        statement="The operation is $y = 3\\,a\\,\\sigma(a\\,b)$.",
        solution='''
def gate_backward(a, b, dy):
    """Gradients of 3 · a · sigmoid(a · b) for a and b."""
    ### BEGIN SOLUTION
    s = 1 / (1 + np.exp(-a * b))
    inside = 3 * dy * a * s * (1 - s)
    da = 3 * dy * s + inside * b
    db = inside * a
    return unbroadcast(da, a.shape), unbroadcast(db, b.shape)
    ### END SOLUTION
''',
        after=_third,
    ),
    "ex-autograd-bug": Twist(
        statement="The steps are those of the way *forward*, `(parent, made, slope)`, "
        "in its order: the first result's stand first, and the last step makes the "
        "last result.",
        solution='''
def collect(steps, dy):
    """The gradient of each node, by name."""
    ### BEGIN SOLUTION
    arrived = {steps[-1][1]: dy.copy()}
    for parent, made, slope in reversed(steps):
        part = arrived[made] * slope
        if parent in arrived:
            part = arrived[parent] + part
        arrived[parent] = part
    return arrived
    ### END SOLUTION
''',
        before=_backwards,
    ),
}
