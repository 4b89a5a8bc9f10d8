"""Checks of chapter 24: frames around their moment, best paths, folds of speakers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby, pairwise

import numpy as np

from coursekit.checks.asking import ask
from coursekit.checks.values import array, expect, parts, sizes


def check_centered(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(sound, window, hop)` must be the power of frames around their moment."""
    N, hop, more = (2 * n for n in sizes(rng, 3, 2, 8))
    _check_centered(answer, rng, (3 * N + more + 1, N, hop), mistakes=True)
    _check_centered(answer, rng, (4 * hop + 1, N + 1, hop), mistakes=True)
    for shape in (
        (4 * hop, N, hop),
        (4 * hop, N + 1, hop),
        (more + 5, N, 1),
        (3 * N, N, 2 * N + 1),
        (1, N, hop),
        (1, N + 1, 1),
        (N // 2, N, hop),
        (5 * N, 2, hop),
        (5 * N + 2, 3, 3),
    ):
        _check_centered(answer, rng, shape)


def _check_centered(answer, rng, shape, mistakes=False) -> None:
    samples, N, hop = shape
    sound = rng.normal(size=samples)
    window = rng.uniform(0.1, 1.1, N) * rng.choice([-1, 1], N)
    what = f"{samples} samples, a window of {N} and hop {hop}"
    got = ask(answer, sound, window, hop, hint=f"for {what}").value
    wanted = _power(_pieces(sound, N, hop), window)
    why = (
        "a frame for every t from 0 to samples // hop",
        "frequencies 0 to N // 2",
    )
    found = array(got, wanted.shape, f"for {what}: the power", why=why)
    known = (lambda: _wrong_powers(sound, window, hop)) if mistakes else ()
    expect(found, wanted, f"for {what}, the power", known, tolerance=1e-9)


def _pieces(sound: np.ndarray, N: int, hop: int, early: int | None = None):
    """Frames (T, N), each begun `early` samples before its moment; zeros outside."""
    early = N // 2 if early is None else early
    T = 1 + len(sound) // hop
    places = hop * np.arange(T)[:, None] - early + np.arange(N)
    inside = (places >= 0) & (places < len(sound))
    return np.where(inside, sound[places.clip(0, len(sound) - 1)], 0.0)


def _power(pieces: np.ndarray, window: np.ndarray) -> np.ndarray:
    return np.abs(np.fft.rfft(pieces * window)) ** 2


def _wrong_powers(sound, window, hop) -> list[tuple[np.ndarray, str]]:
    """What comes of mistakes that keep the shape."""
    N = len(window)
    pieces = _pieces(sound, N, hop)
    places = hop * np.arange(len(pieces))[:, None] - N // 2 + np.arange(N)
    mirrored = np.pad(sound, (N, N + hop), mode="reflect")[places + N]
    edges = sound[places.clip(0, len(sound) - 1)]
    return [
        (np.sqrt(_power(pieces, window)), "the power is the amount squared"),
        (_power(pieces, np.ones(N)), "multiply each frame by the window"),
        (_power(pieces, window[::-1]), "the window runs the wrong way"),
        (_power(_pieces(sound, N, hop, 0), window), "a frame begins N // 2 samples "
         "before its moment"),
        (_power(_pieces(sound, N, hop, N - N // 2), window), "a frame begins N // 2 "
         "samples before its moment, rounded down"),
        (_power(mirrored, window), "what lies outside the sound is 0, not mirrored"),
        (_power(edges, window), "what lies outside the sound is 0, not its last value"),
        (_power(pieces, window) / N, "divide by nothing"),
    ]  # fmt: skip


def check_align(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(p, text)` must be the most probable path that reads as the text."""
    a, b, c = rng.permutation(np.arange(1, 5))[:3].tolist()
    texts = ([a], [a, b], [a, a], [a, b, a, c], [a, a, b, b], [], [c, a, a, a])
    for text in texts:
        fewest = len(text) + sum(one == two for one, two in pairwise(text))
        for extra in (0, 1, int(rng.integers(2, 7))):
            _check_align(answer, rng, max(1, fewest + extra), 5, text)
        if fewest > 1:
            _check_align(answer, rng, fewest - 1, 5, text)
    _check_align(answer, rng, 1, 2, [])
    _check_align(answer, rng, 4, 1, [])
    long = rng.integers(1, 30, size=40).tolist()
    _check_align(answer, rng, 500, 30, [*long, long[-1]])
    for text in ([a, b, a, c], [a, a, b]):
        _check_align(answer, rng, 9, 5, text, rarest=1e-60)
    rare = np.array([1 - 2e-60, 1e-60, 1e-60])  # on the only path, too
    _check_path(answer, np.stack([rare, rare]), [1, 2])


def _check_align(answer, rng, S: int, V: int, text: list[int], rarest=1e-6) -> None:
    p = rng.dirichlet(np.full(V, 0.4), size=S).clip(1e-6)
    p = p if rarest == 1e-6 else rarest ** rng.random((S, V))
    p /= p.sum(1, keepdims=True)
    _check_path(answer, p, text)


def _check_path(answer, p: np.ndarray, text: list[int]) -> None:
    S, V = p.shape
    what = f"for {S} steps, {V} symbols and the text {text[:6]}"
    what += " and so on" if len(text) > 6 else ""
    got = ask(answer, p, list(text), hint=what).value
    wanted = _best(np.log(p), text)
    if wanted is None:
        said = f"{what}: no path of {S} steps reads so: return None"
        assert got is None, said
        return
    assert got is not None, f"{what}: got None, but there is a path"
    path = array(got, (S,), f"{what}: a path of {S} symbols", kind="i").tolist()
    assert all(0 <= symbol < V for symbol in path), f"{what}: ids must be below {V}"
    reads = [symbol for symbol, _ in groupby(path) if symbol]
    assert reads == text, f"{what}: your path reads as {reads[:8]}: {path[:12]}"
    score = float(np.log(p)[np.arange(S), path].sum())
    assert score >= wanted - 1e-9 * abs(wanted), (
        f"{what}: a path of log probability {wanted:.6f} reads so too; yours has "
        f"{score:.6f}"
    )


def _best(logs: np.ndarray, text: list[int]) -> float | None:
    """Log probability of the best path; None where there is none."""
    row = [0, *(symbol for each in text for symbol in (each, 0))]
    best = np.full(len(row), -np.inf)
    best[:2] = logs[0, row[:2]]
    for step in logs[1:]:
        ways = np.maximum(best, np.append(-np.inf, best[:-1]))
        for i in range(3, len(row), 2):
            if row[i] != row[i - 2]:
                ways[i] = max(ways[i], best[i - 2])
        best = ways + step[row]
    found = float(best[-2:].max())
    return None if found == -np.inf else found


NAMES = ("anna", "Ben", "cleo", "Dora", "emil", "fritz", "gül", "Hao", "ida", "jo1",
         "jo10", "jo9", "kim")  # fmt: skip


def check_folds(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(speakers, count)` must keep each speaker's recordings in one fold."""
    some, few, count = 7 + int(rng.integers(4)), 3, 3 + int(rng.integers(3))
    everyone = len(NAMES)
    for speakers, folds in ((everyone, count), (some, 2), (few, few), (few, 5),
                            (few, 1), (1, 2), (everyone, everyone)):  # fmt: skip
        _check_folds(answer, rng, speakers, folds)


def _check_folds(answer, rng, speakers: int, count: int) -> None:
    known = rng.permutation(NAMES)[:speakers].tolist()
    counts = rng.permutation(np.arange(1, speakers + 1))
    names = [name for name, n in zip(known, counts, strict=True) for _ in range(n)]
    names = rng.permutation(names).tolist()
    what = f"for {len(names)} recordings of {speakers} speakers and {count} folds"
    got = ask(answer, list(names), count, hint=what).value
    pairs = parts(got, [f"fold {i}" for i in range(count)])
    order = {name: i % count for i, name in enumerate(sorted(known))}
    for fold, pair in enumerate(pairs):
        _check_fold(pair, fold, names, order, f"{what}, fold {fold}")


def _check_fold(pair, fold: int, names: list, order: dict, what: str) -> None:
    train, test = (_numbers(part, what) for part in parts(pair, ("train", "test")))
    both = {names[i] for i in train} & {names[i] for i in test}
    assert not both, f"{what}: {sorted(both)[0]} is in training and in the test"
    wanted = [i for i, name in enumerate(names) if order[name] == fold]
    assert sorted(test) == wanted, (
        f"{what}: the test has the speakers {sorted({names[i] for i in test})}, wanted "
        f"{sorted({names[i] for i in wanted})}, each with all recordings, once"
    )
    rest = [i for i in range(len(names)) if i not in wanted]
    assert sorted(train) == rest, f"{what}: training is every other recording, once"
    assert (train, test) == (rest, wanted), f"{what}: the numbers must rise"


def _numbers(part, what: str) -> list[int]:
    """Numbers of recordings; an empty list has no kind."""
    length = len(part) if hasattr(part, "__len__") else -1
    if length == 0:
        return []
    return array(part, (length,), f"{what}: numbers of recordings", kind="i").tolist()
