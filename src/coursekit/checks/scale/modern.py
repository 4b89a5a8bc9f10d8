"""Checks of chapter 27: rows in the order of neighbors, and a balance that moves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask
from coursekit.checks.values import array, expect, number, sizes
from coursekit.kernel.calls import weights_like

#: How far a balance may be off: shares may be counted in float32.
ROUNDING = {torch.float64: 2e-6, torch.float32: 1e-4}
TYPES = (np.float64, np.float32, np.float16, np.int64, np.uint8)


def check_to_neighbors(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(rows, n_head, n_head_kv)`: each head's rows from halves to neighbors."""
    G, share, half, D = _shapes(rng)
    for heads, asked in (
        (G, (G * share, G)),  # keys that are shared
        (G, (G, None)),  # queries
        (G, (G, G)),  # keys, one a query head
        (1, (share, 1)),  # one key head for all
        (1, (1, None)),
    ):
        for shape in ((D,), (), (1,)):
            _check_rows(answer, rng, heads, half, shape, asked, np.float64)
    many = G * share  # as many rows, cut into more heads
    _check_rows(answer, rng, many, half // share, (D,), (many, None), np.float64)
    for dtype in TYPES:
        _check_rows(answer, rng, G, half, (D,), (G * share, G), dtype)
    _check_rows(answer, rng, G, 1, (D,), (G * share, G), np.float64)
    _check_rows(answer, rng, 3, half, (D,), (9, 3), np.float32)


def _shapes(rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Key heads, query heads to one of them, half a key head's width, columns.

    The two numbers of heads differ, and the rows can be cut into either number of
    heads, or into as many as queries have: a wrong number raises no error.
    """
    G, share = sizes(rng, 2, 2, 6)
    times, D = sizes(rng, 2, 2, 6)
    return G, share, share * times, D


def _rows(rng: np.random.Generator, n: int, shape: tuple, dtype: type) -> np.ndarray:
    """Rows that all differ."""
    if np.issubdtype(dtype, np.integer):
        return rng.integers(0, 250, size=(n, *shape)).astype(dtype)
    return rng.normal(size=(n, *shape)).astype(dtype)


def _check_rows(answer, rng, heads, half, shape, asked, dtype) -> None:
    rows = _rows(rng, 2 * heads * half, shape, dtype)
    n_head, n_head_kv = asked
    name = f"for rows of shape {rows.shape}, n_head = {n_head}, n_head_kv = {n_head_kv}"
    hint = f"{name}: rows have one axis or two, and come in any type"
    got = array(
        ask(answer, rows, n_head, n_head_kv, hint=hint).value,
        rows.shape,
        f"{name}, the rows",
        "i" if np.issubdtype(dtype, np.integer) else "f",
    )
    assert got.dtype == rows.dtype, f"{name}: wanted {rows.dtype}, got {got.dtype}"
    expect(
        got,
        _neighbors(rows, heads),
        f"{name}, the result",
        lambda: _wrong_rows(rows, heads, n_head, n_head_kv),
        tolerance=0,
    )


def _neighbors(rows: np.ndarray, heads: int) -> np.ndarray:
    """One row after the other."""
    d_k = len(rows) // heads
    found = np.empty_like(rows)
    for head in range(heads):
        for i in range(d_k):
            place = 2 * i if i < d_k // 2 else 2 * (i - d_k // 2) + 1
            found[head * d_k + place] = rows[head * d_k + i]
    return found


def _wrong_rows(rows, heads, n_head, n_head_kv) -> list[tuple[np.ndarray, str]]:
    """Known wrong answers, each with what to say of it."""
    d_k = len(rows) // heads
    back = rows.reshape(heads, d_k // 2, 2, -1).swapaxes(1, 2).reshape(rows.shape)
    found = [
        (back, "that goes from neighbors to halves, as the page does: go back"),
        (rows, "nothing has moved"),
        (_neighbors(rows, 1), "all heads are shuffled as one: shuffle within a head"),
    ]
    if n_head_kv is not None and n_head != n_head_kv:
        for wrong, words in (
            (n_head // n_head_kv, "still the published bug: the quotient of the heads"),
            (n_head, "you cut keys into as many heads as queries have"),
        ):
            if len(rows) % (2 * wrong) == 0:
                found.append((_neighbors(rows, wrong), words))
    return found


def check_balance_of(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(scores, active, real)`: the mean balance of the layers' real tokens."""
    L, E, B, T = sizes(rng, 4, 2, 8)
    for shape, active in (
        ((L, B, T, E), int(rng.integers(1, E))),
        ((L, B, T, E), E),
        ((1, B, T, E), 1),
        ((L, 1, 1, E), min(2, E)),
        ((L, B, 1, E + 6), 2),
        ((3, 2, 40, 9), 2),
    ):
        _check_balance(answer, rng, shape, active, share=0.6)
        _check_balance(answer, rng, shape, active, share=1.0)
    shape = (L, B + 1, T + 2, E + 2)
    _check_balance(answer, rng, shape, 2, share=0.5, padded=float("nan"))
    _check_balance(answer, rng, shape, 2, share=0.5, padded=float("inf"))
    _check_balance(answer, rng, shape, 2, share=0.02)
    _check_balance(answer, rng, shape, 2, share=0.6, size=300.0)
    _check_balance(answer, rng, shape, 1, share=0.6, dtype=torch.float32)
    _check_hidden(answer, rng, (L + 1, B + 1, T + 2, 4))


def _check_hidden(answer: Callable, rng: np.random.Generator, shape: tuple) -> None:
    """Each layer has a favorite of its own; together they look even."""
    L, B, T, E = shape
    scores = rng.normal(size=shape)
    for layer in range(L):
        scores[layer, ..., layer % E] += 6
    _ask_balance(answer, torch.tensor(scores), 1, _real(rng, B, T, 0.7))


def _real(rng: np.random.Generator, B: int, T: int, share: float) -> Tensor:
    """Which tokens are real, at least one; padding is not always on the right."""
    real = rng.random((B, T)) < share
    real[int(rng.integers(B)), int(rng.integers(T))] = True
    return torch.tensor(real)


def _check_balance(
    answer, rng, shape, active, share, padded=None, size=1.0, dtype=torch.float64
) -> None:
    L, B, T, E = shape
    favored = rng.normal(size=(L, 1, 1, E))
    scores = torch.tensor(size * (rng.normal(size=shape) + favored), dtype=dtype)
    real = _real(rng, B, T, share)
    if padded is not None:
        scores[:, ~real] = padded
    _ask_balance(answer, scores, active, real)


def _ask_balance(answer: Callable, scores: Tensor, active: int, real: Tensor) -> None:
    n_real = int(real.sum())
    name = f"for scores {tuple(scores.shape)}, active = {active}, {n_real} real tokens"
    hint = f"{name}: scores are (L, B, T, E), real is (B, T)"
    record = ask(answer, scores, active, real, hint=hint, gradients=(0,))
    value = record.value
    assert hasattr(value, "detach"), f"{name}: wanted a tensor, got {value!r}"
    if value.numel() == 1:
        value = value.reshape(())
    got = number(value, f"{name}, the balance")
    right, gradient = _slowly(scores, active, real)
    rounding = ROUNDING[scores.dtype]
    expect(
        np.float64(got),
        right,
        f"{name}, the balance",
        lambda: _wrong_balances(scores, active, real),
        tolerance=rounding,
    )
    _check_gradient(record.gradients[0], gradient * weights_like(value), name, rounding)


def _check_gradient(found, wanted: Tensor, name: str, rounding: float) -> None:
    """The gradient's values, in any order: a variant may lay its axes otherwise."""
    assert found is not None, (
        f"{name}: no gradient reaches the scores; the probabilities must have one"
    )
    values = [np.sort(one.double().numpy().ravel()) for one in (found, wanted)]
    gap = np.abs(values[0] - values[1]).max()
    assert gap <= rounding * max(1.0, np.abs(values[1]).max()), (
        f"{name}: the value is right, and the gradient of the scores is not; it comes "
        "through the probabilities alone, and is 0 for padding"
    )


def _slowly(scores: Tensor, active: int, real: Tensor) -> tuple[float, Tensor]:
    """The mean balance and its gradient, token by token, in float64."""
    L, B, T, E = scores.shape
    leaf = torch.where(real[..., None], scores.detach().double(), 0.0).requires_grad_()
    places = [(b, t) for b in range(B) for t in range(T) if real[b, t]]
    total = torch.zeros((), dtype=torch.float64)
    for layer in range(L):
        counts, probability = np.zeros(E), torch.zeros(E, dtype=torch.float64)
        for b, t in places:
            one = leaf[layer, b, t]
            best = sorted(range(E), key=lambda e, one=one: -one[e].item())[:active]
            counts[best] += 1
            exps = (one - one.detach().max()).exp()
            probability = probability + exps / exps.sum() / len(places)
        share = torch.tensor(counts / (active * len(places)))
        total = total + E * (share * probability).sum() / L
    total.backward()
    return total.item(), leaf.grad


def _wrong_balances(scores, active, real) -> list[tuple[float, str]]:
    """Known wrong answers, each with what to say of it."""
    scores = scores.detach().double()
    E, clean = scores.shape[-1], scores.nan_to_num()
    all_real = torch.ones_like(real)

    def per_layer(combine: Callable, real: Tensor = real) -> float:
        return float(np.mean([combine(layer[real]).item() for layer in clean]))

    def parts(tokens: Tensor) -> tuple[Tensor, Tensor]:
        chosen = tokens.topk(active, -1).indices
        counts = chosen.flatten().bincount(minlength=E).double()
        return counts / len(tokens), tokens.softmax(-1).mean(0)

    def balanced(tokens: Tensor) -> Tensor:
        share, probability = parts(tokens)
        return E * (share / active * probability).sum()

    def unshared(tokens: Tensor) -> Tensor:
        share, probability = parts(tokens)
        return E * (share * probability).sum()

    right = per_layer(balanced)
    pot = balanced(clean[:, real].flatten(0, 1)).item()
    return [
        (float(E), "still the published bug: it is always E"),
        (1.0, "it is always 1: are the probabilities those of the chosen alone?"),
        (per_layer(balanced, all_real), "padding is counted, in both factors"),
        (pot, "all layers are in one pot: one's favorite can hide another's"),
        (right * len(scores), "wanted the mean over layers, not their sum"),
        (right / E, "E times the sum, not the sum alone"),
        (right / E**2, "E times the *sum* over experts, not the mean"),
        (
            per_layer(unshared),
            "a share is of all choices: divide by tokens times active",
        ),
    ]
