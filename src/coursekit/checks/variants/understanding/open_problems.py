"""Variants of chapter 32's exercises."""

from typing import Any

import numpy as np

from coursekit.checks.twisting import Twist


def _before_only(T: int, D: int, F: int, H: int, G: int, d: int, W: int) -> tuple:
    """A window that does not count the token itself."""
    return T, D, F, H, G, d, W - 1


def _closeness(distances: Any, train: Any, test: Any, k: int) -> tuple:
    """How near, in place of how far."""
    return -np.asarray(distances), train, test, k


TWISTS = {
    "ex-open-share": Twist(
        statement="In your class `W` (0 or more) counts only the tokens *before*: a "
        "token sees itself and up to `W` others.",
        solution='''
def attention_share(T, D, F, H, G, d, W):
    """The share of attention's two products in a layer's work."""
    ### BEGIN SOLUTION
    pairs = sum(min(t, W) + 1 for t in range(T))
    products = 2 * H * d * pairs
    projections = 2 * D * H * d + 2 * D * G * d
    linear = T * (projections + 3 * D * F)
    return products / (products + linear)
    ### END SOLUTION
''',
        before=_before_only,
    ),
    "ex-open-ties": Twist(
        statement="In your class the first argument says how *near* each training "
        "example is: the nearest have the largest numbers. Of equal ones the earlier "
        "training example still counts as nearer.",
        solution='''
def fair_accuracy(nearness, train_labels, test_labels, k):
    """Accuracy of k nearest neighbors, ties shared."""
    ### BEGIN SOLUTION
    order = np.argsort(-nearness, axis=1, kind="stable")[:, :k]
    total = 0.0
    for places, label in zip(order, test_labels):
        names, votes = np.unique(train_labels[places], return_counts=True)
        winners = names[votes == votes.max()]
        total += np.isin(label, winners) / len(winners)
    return total / len(test_labels)
    ### END SOLUTION
''',
        before=_closeness,
    ),
    "ex-open-overlap": Twist(
        statement="In your class return the share of words that is **new**: that "
        "lies in no such run. An empty text has 1.0.",
        solution='''
def repeated(train, test, n):
    """Of each test text, the share of words in no run seen in training."""
    ### BEGIN SOLUTION
    seen = set()
    for text in train:
        seen |= {tuple(text[i : i + n]) for i in range(len(text) - n + 1)}
    shares = []
    for text in test:
        covered = set()
        for i in range(len(text) - n + 1):
            if tuple(text[i : i + n]) in seen:
                covered |= set(range(i, i + n))
        shares.append(1 - len(covered) / max(len(text), 1))
    return shares
    ### END SOLUTION
''',
        after=lambda value: [1 - share for share in value],
    ),
}
