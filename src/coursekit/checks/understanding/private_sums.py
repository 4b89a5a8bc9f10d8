"""Check of chapter 31's private sum of gradients: what is clipped, and its noise."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask
from coursekit.checks.values import expect, sizes, tensor

#: How far the noise's measured size may be from the wanted: 7 standard errors.
SPREAD, ALIKE, TAILS = 0.06, 0.12, 0.6
SHAPES = {"first": (60, 60), "second": (60, 60), "third": (100,)}
#: Few numbers, asked for often: what cancels is seen, and a number without noise.
FEW, CALLS, SURE = {"a": (2, 3), "b": (2, 3), "c": (4,), "d": (1,)}, 400, 6.0


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
    _check_clean(answer, mixed, C, 2.75, "where the expected number is not whole")
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


def _noise(answer, gradients, C, sigma, B, name) -> dict[str, np.ndarray]:
    """What one call adds to the clipped sum."""
    found = _asked(answer, gradients, C, sigma, B, name)
    clean = _clipped(gradients, C, B)
    return {key: np.asarray(found[key] - clean[key].numpy()) for key in clean}


def _check_noise(answer: Callable, rng: np.random.Generator) -> None:
    """The noise: its size, its shape, and that each number has its own."""
    for n, C, sigma, B, least in (
        (9, 3.0, 2.0, 4, 1.0),
        (0, 0.25, 1.5, 7, 1.0),
        (1, 1.0, 0.5, 1, 1.0),
        (9, 300.0, 1.0, 2.5, 1e-3),  # all shorter than C
        (9, 5.0, 1.5, 3, 1e-3),  # some are
    ):
        gradients = _gradients(rng, n, SHAPES)
        for g in gradients.values():
            g *= torch.logspace(0, np.log10(least), n).view(-1, *[1] * (g.dim() - 1))
        name = f"for n = {n}, C = {C:g}, sigma = {sigma:g}, B = {B}"
        first = _noise(answer, gradients, C, sigma, B, name)
        second = _noise(answer, gradients, C, sigma, B, name)
        for key in SHAPES:
            apart = len(np.unique(first[key])) > 0.99 * first[key].size
            assert apart, f"{name}: each number of {key} needs noise of its own"
        assert not _alike(first["first"], first["second"]), (
            f"{name}: two weights have the same noise: who subtracts them is rid of it"
        )
        for key in SHAPES:
            said = f"{name}: two calls have the same noise: who subtracts is rid of it"
            assert key == "third" or not _alike(first[key], second[key]), said
        noise = np.concatenate([x.ravel() for x in first.values()])
        _check_size(noise, gradients, C, sigma, B)
    _check_many(answer, _gradients(rng, 3, FEW))
    _check_generator(answer, rng)


def _check_many(answer: Callable, gradients: dict[str, Tensor]) -> None:
    """What many calls show: numbers without noise, and noise that cancels."""
    C, sigma, B = 0.5, 2.0, 3
    calls = [_noise(answer, gradients, C, sigma, B, "") for _ in range(CALLS)]
    unit = sigma * C / B
    for key, shape in FEW.items():
        size = np.sqrt(np.mean([call[key] ** 2 for call in calls], 0))
        far = float(size.flat[np.abs(size - unit).argmax()])
        assert abs(far - unit) < 0.28 * unit, (
            f"of a weight of shape {shape} a number has noise with a standard "
            f"deviation of {round(far, 9):.3g}, over {CALLS} calls; wanted {unit:.3g}"
        )
    rows = np.array([_flat(call) for call in calls]) / unit
    assert not _cancels(rows), (
        "numbers of one call share noise: with the right sums or differences of them, "
        "it cancels. Each needs a draw of its own"
    )
    for start in (0, 1):
        pairs = rows[start : CALLS - start].reshape(-1, 2 * rows.shape[1])
        assert not _cancels(pairs), "the noise of a call goes with that of another"


def _flat(noise: dict[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([x.ravel() for x in noise.values()])


def _cancels(rows: np.ndarray) -> bool:
    """Whether some sum of columns, weighted, has less or more noise than it should.

    For independent draws the least and greatest singular values lie within these
    bounds, but for a chance of exp(-SURE² / 2) each (Davidson and Szarek, 2001).
    """
    room = (rows.shape[1] ** 0.5 + SURE) / len(rows) ** 0.5
    found = np.linalg.svd(rows / len(rows) ** 0.5, compute_uv=False)
    return bool(found[-1] < 1 - room or found[0] > 1 + room)


def _check_generator(answer: Callable, rng: np.random.Generator) -> None:
    """The noise follows torch's generator, and no other."""
    one, other = (int(seed) for seed in rng.permutation(10**6)[:2])
    gradients = _gradients(rng, 3, FEW)

    def seeded(seed: int) -> np.ndarray:
        _seed(answer, seed)
        return _flat(_noise(answer, gradients, 1.0, 1.0, 1, ""))

    first, again, different = seeded(one), seeded(one), seeded(other)
    told = "draw from torch's generator as it stands: after torch.manual_seed with"
    assert np.allclose(first, again), f"{told} the same seed, noise is the same"
    assert not np.allclose(first, different), f"{told} another seed, noise is another"
    size, drawn = len(first), random.Random(one)
    for name, stream in (
        ("NumPy's", np.random.RandomState(one).standard_normal(size)),
        ("Python's", np.array([drawn.gauss(0, 1) for _ in range(size)])),
    ):
        said = f"the noise comes from {name} generator: draw from torch's"
        assert not np.allclose(first, stream, atol=1e-5), said


def _seed(answer: object, seed: int) -> None:
    """Seed the usual generators where the answer is: in its own process, or here."""
    inner = getattr(answer, "answer", answer)  # of a variant
    elsewhere = getattr(inner, "conversation", None)
    if elsewhere is not None:
        elsewhere.seed(seed)
        return
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two draws go together, forward or against each other."""
    return abs(float(np.corrcoef(a.ravel(), b.ravel())[0, 1])) > ALIKE


def _check_size(noise: np.ndarray, gradients: dict, C, sigma, B) -> None:
    wanted, found = sigma * C / B, float(noise.std())
    lengths = _lengths(gradients).clamp_max(C)
    n = len(lengths)
    longest, mean = (float(f(lengths)) if n else C for f in (torch.max, torch.mean))
    name = f"the noise's standard deviation for n = {n}, C = {C:g}, sigma = {sigma:g}"
    words = f"{name}, B = {B} is about {found:.3g}, wanted sigma · C / B = {wanted:.3g}"
    for other, said in (
        (sigma / B, "sigma is in units of C"),
        (sigma * C, "the noise is on the sum, and is divided with it"),
        (wanted * n**0.5, "add noise once, to the sum, not to each example"),
        (sigma**2 * C / B, "sigma is a standard deviation, not a variance"),
        (sigma * longest / B, "noise that follows the gradients tells of them"),
        (sigma * mean / B, "noise that follows the gradients tells of them"),
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
