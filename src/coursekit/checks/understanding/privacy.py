"""Checks of chapter 31: exposure, attacks at a low rate, a private sum of gradients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coursekit.checks.asking import ask
from coursekit.checks.understanding.private_sums import check_private_sum
from coursekit.checks.values import expect, number, one_changed

__all__ = ["check_caught", "check_exposure", "check_private_sum"]


def check_exposure(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(losses, secret)`: log2 K minus log2 of the place among all."""
    K = int(rng.integers(9, 40))
    losses = rng.normal(size=K)
    order = np.argsort(losses)
    for place in (K // 3, 0, 1, K - 1):
        _check_exposure(answer, losses, int(order[place]), "")
    for first in (0, K - 1):
        _check_exposure(answer, losses, first, "at an end of the array")
    tied = losses.copy()
    tied[order[1:4]] = losses[order[1]]
    for place in (1, 2, 3, 0, 4):
        _check_exposure(answer, tied, int(order[place]), "where three are equal")
    for many in (4, 2):
        tied = losses.copy()
        tied[order[1 : 1 + many]] = losses[order[1]]
        for place in (1, many, 0, many + 1):
            _check_exposure(answer, tied, int(order[place]), f"where {many} are equal")
    for value in (0.0, 2.5):
        level = np.full(K, value)
        _check_exposure(answer, level, int(rng.integers(K)), "where all are equal")
    _check_exposure(answer, np.array([1.5]), 0, "for one candidate")
    _check_exposure(answer, np.array([2.0, 1.0]), 0, "for two candidates")
    far = 1e9 + losses
    _check_exposure(answer, far, int(order[2]), "where losses are enormous")
    near = 1.0 + 1e-12 * rng.permutation(K)
    _check_exposure(answer, near, int(rng.integers(K)), "where losses nearly agree")
    other = rng.normal(size=K), int(order[-1])
    for some in one_changed(rng, (losses, int(order[0])), other):
        _check_exposure(answer, *some, "")


def _check_exposure(answer, losses, secret, words) -> None:
    K = len(losses)
    name = f"{words + ', ' if words else ''}for K = {K}"
    got = number(ask(answer, losses.copy(), secret, hint=name).value, name)
    below = int(sum(x < losses[secret] for x in losses))
    equal = int(sum(x == losses[secret] for x in losses))
    bits = lambda place: float(np.log2(K) - np.log2(place))  # noqa: E731
    wanted = bits(below + (equal + 1) / 2)
    above = K - below - equal
    known = [
        (bits(below + 1), _TIES),
        (bits(below + equal), _TIES),
        (bits(above + (equal + 1) / 2), "the smallest loss has the first place"),
        (-wanted, "log2 K minus log2 r, not the other way round"),
        (wanted * np.log(2), "the logarithm is that to the base 2"),
        (wanted * np.log10(2), "the logarithm is that to the base 2"),
        (float(np.log2(below + (equal + 1) / 2)), "that is log2 r alone"),
        (below + (equal + 1) / 2, "that is the place r itself"),
        (float(np.log2(K + 1) - np.log2(below + 1)), "K candidates, not K + 1"),
    ]
    if equal % 2:
        known.append(
            (bits(below + 1 + equal / 2), "the mean of places 2, 3 and 4 is 3")
        )
    elif equal > 2:
        known += [(bits(below + equal // 2 + up), _HALVES) for up in (0, 1)]
    if below:
        known.append((bits(below), "the first place is 1"))
    expect(got, wanted, f"the exposure {name}", known, alone=True)


_HALVES = "the mean of places 2 and 3 is 2.5: the place need not be whole"
_TIES = "candidates with equal losses share the mean of their places"


def check_caught(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(members, others, false)`: true positives at a rate of false ones."""
    n, m = (int(x) for x in rng.permutation(np.arange(11, 40))[:2])
    members, others = rng.normal(0.8, 1, size=n), rng.normal(size=m)
    for k in (m // 3, 0, 1, m - 2):
        _check_caught(answer, members, others, (k + 0.5) / m, "")
    for false in (0.0, 1.0):
        _check_caught(answer, members, others, false, "")
    _check_caught(answer, members, others, 0.25 / m, "where none may be accused")
    low = members - 100
    _check_caught(answer, low, others, 0.3, "where members have the lowest scores")
    whole = rng.integers(5, size=n) + 0.0, rng.integers(5, size=m) + 0.0
    for k in (0, 1, m // 3, m // 2, m - 2):
        _check_caught(answer, *whole, (k + 0.5) / m, "where many scores are equal")
    level = np.zeros(n), np.zeros(m)
    for false in (0.0, 0.5, 1.0):
        _check_caught(answer, *level, false, "where all scores are equal")
    high = members + 100
    _check_caught(answer, high, others, 0.0, "where members have the highest scores")
    _check_caught(answer, members[:1], others[:1], 0.0, "for one of each")
    _check_caught(answer, members[:1], others[:1], 1.0, "for one of each")
    _check_caught(answer, others[:n] - 1e6, members - 1e6, 0.1, "far below zero")
    near = np.split(1.0 + np.spacing(1.0) * rng.permutation(n + m), [n])
    wide = [scores.copy() for scores in near]
    for scores in wide:
        scores[:4] = 1e300 * rng.normal(size=4)
    for k in (m // 3, 1, m // 2):
        _check_caught(answer, *near, (k + 0.5) / m, "where scores nearly agree")
        _check_caught(answer, *wide, (k + 0.5) / m, "where some scores are enormous")
    given = members, others, 2.5 / m
    other = rng.normal(size=n), rng.normal(size=m), (m // 2 + 0.5) / m
    for some in one_changed(rng, given, other):
        _check_caught(answer, *some, "")


def _check_caught(answer, members, others, false, words) -> None:
    name = f"{words + ', ' if words else ''}for n = {len(members)}, m = {len(others)}"
    name += f", false = {false:.4g}"
    value = ask(answer, members.copy(), others.copy(), false, hint=name).value
    got = number(value, name)
    wanted = _rate(members, others, false)
    known = [
        (_rate(others, members, false), "members and others are mixed up"),
        (_rate(-members, -others, false), "a high score says in"),
        (_loose(members, others, false), _EQUAL),
        (_strict(members, others, false), "at or above the threshold, not only above"),
        (wanted * len(members), "wanted a share, not a number of members"),
        (_one_more(members, others, false), "at most the share `false` of others"),
        (false, "that is the false positive rate"),
    ]
    expect(got, wanted, f"the share caught {name}", known, alone=True)


_EQUAL = "equal scores get the same answer: no threshold lies between them"


def _rate(members, others, false) -> float:
    """Try every threshold that makes a difference."""
    found = [0.0]
    for threshold in members:
        if sum(x >= threshold for x in others) / len(others) <= false:
            found.append(sum(x >= threshold for x in members) / len(members))
    return float(max(found))


def _loose(members, others, false) -> float:
    """Sorted together and counted along, members first where scores are equal."""
    scores = np.concatenate([members, others])
    inside = np.arange(len(scores)) < len(members)
    order = np.lexsort((~inside, -scores))
    accused = np.cumsum(~inside[order]) / len(others)
    caught = np.cumsum(inside[order]) / len(members)
    return float(caught[accused <= false].max(initial=0.0))


def _strict(members, others, false) -> float:
    """A threshold that is one of the others' scores, and must be passed."""
    ranked = np.sort(others)[::-1]
    place = min(int(false * len(others)), len(others) - 1)
    return float((members > ranked[place]).mean())


def _one_more(members, others, false) -> float:
    """With one false alarm too many."""
    return _rate(members, others, false + 1 / len(others))
