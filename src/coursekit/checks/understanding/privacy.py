"""Checks of chapter 31: a private sum of gradients, exposure, attacks at a low rate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask
from coursekit.checks.values import expect, number, one_changed, sizes, tensor

#: How far the noise's measured size may be from the wanted: 7 standard errors.
SPREAD, ALIKE, TAILS = 0.06, 0.12, 0.6
SHAPES = {"first": (60, 60), "second": (60, 60), "third": (100,)}


def check_private_sum(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(gradients, C, sigma, B)`: DP-SGD's gradient from each example's."""
    n, a, b, c = sizes(rng, 4, 3, 9)
    shapes = {"w": (a, b), "bias": (c,), "scale": (1,)}
    for C in (0.05, 1.0, 1e6):
        given = _gradients(rng, n, shapes)
        _check_clean(answer, given, C, n + 3, f"for C = {C:g}")
    mixed = _gradients(rng, n, shapes)
    lengths = _lengths(mixed)
    C = float(lengths.median())
    _check_clean(answer, mixed, C, n + 2, "where some are longer than C, some not")
    _check_clean(answer, mixed, C, 2 * n + 1, "where fewer came than were expected")
    _check_clean(answer, mixed, C, 2, "where more came than were expected")
    for g in mixed.values():
        g[0] = 0.0
    _check_clean(answer, mixed, C, n, "where an example's gradient is zero")
    one = _gradients(rng, 1, shapes)
    _check_clean(answer, one, 0.5, 4, "for one example")
    _check_clean(answer, _gradients(rng, n, {"only": (a,)}), 0.5, n, "for one weight")
    same = _gradients(rng, n, {"x": (n, n), "y": (n,)})
    _check_clean(answer, same, 0.7, n, "where all axes are as long")
    _check_clean(answer, _gradients(rng, 0, shapes), 1.0, 5, "where nobody came")
    tiny = {name: 1e-7 * g for name, g in _gradients(rng, n, shapes).items()}
    _check_clean(answer, tiny, 1.0, n, "where all gradients are tiny")
    _check_clean(answer, tiny, 3e-8, n, "where all gradients and C are tiny")
    _check_noise(answer, rng)


def _gradients(rng, n: int, shapes: dict) -> dict[str, Tensor]:
    return {
        name: torch.from_numpy(np.asarray(rng.normal(size=(n, *shape))))
        for name, shape in shapes.items()
    }


def _lengths(gradients: dict[str, Tensor]) -> Tensor:
    return torch.cat([g.flatten(1) for g in gradients.values()], 1).norm(dim=1)


def _clipped(gradients: dict[str, Tensor], C: float, B: float) -> dict[str, Tensor]:
    """The sum of clipped gradients over B, one example at a time."""
    total = {name: torch.zeros_like(g.sum(0)) for name, g in gradients.items()}
    for i, length in enumerate(_lengths(gradients).tolist()):
        share = min(1.0, C / length) if length > 0 else 1.0
        for name, g in gradients.items():
            total[name] += share * g[i] / B
    return total


def _asked(answer, gradients, C, sigma, B, name) -> dict[str, Tensor]:
    given = {key: g.clone() for key, g in gradients.items()}
    found = ask(answer, given, C, sigma, B, hint=name).value
    good = isinstance(found, dict) and set(found) == set(gradients)
    assert good, f"{name}: wanted a dictionary with the names {sorted(gradients)}"
    return {
        key: tensor(found[key], tuple(g.shape[1:]), f"{name}: {key}")
        for key, g in gradients.items()
    }


def _check_clean(answer, gradients, C, B, words) -> None:
    """Without noise."""
    n = len(next(iter(gradients.values())))
    name = f"{words}, n = {n}, B = {B}, sigma = 0"
    found = _asked(answer, gradients, C, 0.0, B, name)
    wanted = _clipped(gradients, C, B)
    known = _wrong_sums(gradients, C, B, n)
    for key, right in wanted.items():
        mistakes = [(values[key], said) for values, said in known]
        expect(found[key], right, f"{key} {name}", mistakes)


def _wrong_sums(gradients, C, B, n) -> list:
    """What comes of known mistakes, and what to say of each."""
    parts = {k: _clipped({k: g}, C, B)[k] for k, g in gradients.items()}
    plain = {k: g.sum(0) / B for k, g in gradients.items()}
    whole = _clipped({k: g.sum(0)[None] for k, g in gradients.items()}, C, B)
    lengths = _lengths(gradients).clamp_min(1e-300)
    share = (C / lengths)[:, None]
    scaled = {
        k: (share * g.flatten(1)).sum(0).view(g.shape[1:]) / B
        for k, g in gradients.items()
    }
    known = [
        (parts, "an example's length is that over all weights together"),
        (plain, "nothing was clipped"),
        (whole, "clip each example, not the sum"),
        (scaled, "a gradient that is shorter than C stays as it is"),
    ]
    if n and n != B:
        right = _clipped(gradients, C, n)
        known.append((right, "divide by B: how many came is a secret"))
        per_part = {k: _clipped({k: g}, C, n)[k] for k, g in gradients.items()}
        known.append((per_part, "an example's length is that over all weights"))
    return known


def _check_noise(answer: Callable, rng: np.random.Generator) -> None:
    """The noise: its size, its shape, and that each number has its own."""
    for n, C, sigma, B in ((9, 3.0, 2.0, 4), (0, 0.25, 1.5, 7), (1, 1.0, 0.5, 1)):
        gradients = _gradients(rng, n, SHAPES)
        name = f"for n = {n}, C = {C:g}, sigma = {sigma:g}, B = {B}"
        clean = _clipped(gradients, C, B)
        calls = []
        for _ in range(2):
            found = _asked(answer, gradients, C, sigma, B, name)
            calls.append({k: np.asarray(found[k] - clean[k].numpy()) for k in SHAPES})
        first, second = calls
        for key in SHAPES:
            apart = len(np.unique(first[key])) > 0.99 * first[key].size
            assert apart, f"{name}: each number of {key} needs noise of its own"
        assert not _alike(first["first"], first["second"]), (
            f"{name}: two weights have the same noise: who subtracts them is rid of it"
        )
        for key in SHAPES:
            said = f"{name}: two calls have the same noise: who subtracts is rid of it"
            assert key == "third" or not _alike(first[key], second[key]), said
        _check_size(np.concatenate([x.ravel() for x in first.values()]), n, C, sigma, B)


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two draws go together, forward or against each other."""
    return abs(float(np.corrcoef(a.ravel(), b.ravel())[0, 1])) > ALIKE


def _check_size(noise: np.ndarray, n: int, C: float, sigma: float, B: int) -> None:
    wanted, found = sigma * C / B, float(noise.std())
    name = f"the noise's standard deviation for n = {n}, C = {C:g}, sigma = {sigma:g}"
    words = f"{name}, B = {B} is about {found:.3g}, wanted sigma · C / B = {wanted:.3g}"
    for other, said in (
        (sigma / B, "sigma is in units of C"),
        (sigma * C, "the noise is on the sum, and is divided with it"),
        (wanted * n**0.5, "add noise once, to the sum, not to each example"),
        (sigma**2 * C / B, "sigma is a standard deviation, not a variance"),
    ):
        told = abs(other - wanted) > 2 * SPREAD * wanted  # from the right one
        assert not told or abs(found - other) > SPREAD * other, f"{words}: {said}"
    assert abs(found - wanted) < SPREAD * wanted, words
    middle = float(noise.mean())
    assert abs(middle) < 7 * wanted / len(noise) ** 0.5, (
        f"the noise has a mean of {middle:.3g}, wanted 0"
    )
    tails = float((((noise - middle) / found) ** 4).mean())
    assert abs(tails - 3) < TAILS, "the noise is not normal"


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
        (bits(below + 1 + equal / 2), "the mean of places 2, 3 and 4 is 3"),
        (bits(above + (equal + 1) / 2), "the smallest loss has the first place"),
        (-wanted, "log2 K minus log2 r, not the other way round"),
        (wanted * np.log(2), "the logarithm is that to the base 2"),
        (wanted * np.log10(2), "the logarithm is that to the base 2"),
        (float(np.log2(below + (equal + 1) / 2)), "that is log2 r alone"),
        (below + (equal + 1) / 2, "that is the place r itself"),
        (float(np.log2(K + 1) - np.log2(below + 1)), "K candidates, not K + 1"),
    ]
    if below:
        known.append((bits(below), "the first place is 1"))
    expect(got, wanted, f"the exposure {name}", known, alone=True)


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
    whole = rng.integers(5, size=n) + 0.0, rng.integers(5, size=m) + 0.0
    for k in (0, 1, m // 3, m // 2, m - 2):
        _check_caught(answer, *whole, (k + 0.5) / m, "where many scores are equal")
    level = np.zeros(n), np.zeros(m)
    for false in (0.0, 0.5, 1.0):
        _check_caught(answer, *level, false, "where all scores are equal")
    low = members - 100
    _check_caught(answer, low, others, 0.3, "where members have the lowest scores")
    high = members + 100
    _check_caught(answer, high, others, 0.0, "where members have the highest scores")
    _check_caught(answer, members[:1], others[:1], 0.0, "for one of each")
    _check_caught(answer, members[:1], others[:1], 1.0, "for one of each")
    _check_caught(answer, others[:n] - 1e6, members - 1e6, 0.1, "far below zero")
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
