"""Checks of chapter 19: utilization, micro-batches that fit, and their weights."""

from collections.abc import Callable

import numpy as np


def check_utilization(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(N, L, d, T, rate, peak, cards)` must be the MFU, from 0 to 1."""
    L, cards = rng.permutation(np.arange(3, 9))[:2].tolist()
    N, d, T, rate, peak = 7_000_001, 320, 1100, 2.1e5, 3.1e13
    hint = "it takes seven numbers and gives one"
    got = call(answer, N, L, d, T, rate, peak, cards, hint=hint)
    assert isinstance(got, (int, float, np.number)), (
        f"wanted a number, got {type(got).__name__}"
    )
    right = (6 * N + 12 * L * d * T) * rate / (peak * cards)
    for wrong, words in _wrong_utilizations(N, L, d, T, rate, peak, cards):
        assert not np.isclose(got, wrong, rtol=1e-6), words
    assert np.isclose(got, right, rtol=1e-9), f"got {got:.4g}, wanted {right:.4g}"


def _wrong_utilizations(N, L, d, T, rate, peak, cards):
    """Known wrong answers, each with what to say of it."""
    speed = rate / (peak * cards)
    right = (6 * N + 12 * L * d * T) * speed
    return [
        (6 * N * speed, "attention's own products are missing: 12 L d T"),
        (right * cards, "the rate is of all cards: divide by the peak of all"),
        (right * cards**2, "more cards have a higher peak: divide, not multiply"),
        (right / 3, "that is the forward pass; the backward pass costs twice that"),
        ((2 * N + 12 * L * d * T) * speed, "2N is the forward pass; wanted 6N"),
        ((6 * N + 12 * d * T) * speed, "every layer has attention: times L"),
        (
            (6 * N + 12 * L * d * T**2) * speed,
            "one token meets T keys, not T squared",
        ),
        (100 * right, "wanted a number from 0 to 1, not percent"),
        (1 / right, "turned over: what is done, divided by what could be"),
    ]


def check_plan(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(memory, n_parameter, per_sequence, sequences, cards)` is the plan."""
    del rng  # cases are chosen so that each mistake shows
    _check_plain(answer)
    _expect(
        answer,
        (16 * 1000 + 6 * 100, 1000, 100, 36, 3),
        (6, 2),
        "this micro-batch fills the memory exactly, and that fits",
    )
    _expect(
        answer,
        (16 * 1000 + 90 * 100, 1000, 100, 36, 3),
        (12, 1),
        "there is room for more than a card's share of an update: do not exceed it",
    )
    for case, words in [
        ((16 * 1000 + 99, 1000, 100, 36, 3), "no sequence fits: raise ValueError"),
        ((15 * 1000, 1000, 100, 36, 3), "not even the weights fit: raise ValueError"),
        (
            (16 * 1000 + 600, 1000, 100, 37, 3),
            "37 sequences cannot be shared by 3 cards: raise ValueError",
        ),
    ]:
        _expect_error(answer, case, words)


def _check_plain(answer: Callable) -> None:
    """Room for 7 sequences, a share of 24: the largest divisor is 6."""
    case = (16 * 1000 + 7 * 100 + 50, 1000, 100, 72, 3)
    got = _ask(answer, case)
    for wrong, words in [
        ((7, 4), "4 micro-batches of 7 are more than a card's share: divide exactly"),
        ((7, 3), "3 micro-batches of 7 are less than a card's share: divide exactly"),
        ((24, 1), "that needs more memory than there is: 16 bytes a parameter"),
        ((6, 12), "each card takes its share only: 12 steps are all cards' together"),
        ((1, 24), "that fits, but a larger one does too"),
        ((4, 6), "the other way round: wanted (micro, steps)"),
    ]:
        assert got != wrong, words
    assert got == (6, 4), f"got {got} for a share of 24 and room for 7, wanted (6, 4)"


def _ask(answer: Callable, case: tuple) -> tuple[int, int]:
    hint = "these sizes have a plan: micro-batches from the largest that fits down"
    got = call(answer, *case, hint=hint)
    assert isinstance(got, tuple | list) and len(got) == 2, (
        f"wanted two numbers (micro, steps), got {got!r}"
    )
    return tuple(got)


def _expect(answer: Callable, case: tuple, wanted: tuple, words: str) -> None:
    got = _ask(answer, case)
    assert got == wanted, f"{words}; got {got}, wanted {wanted}"


def _expect_error(answer: Callable, case: tuple, words: str) -> None:
    try:
        got = answer(*case)
    except ValueError:
        return
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {error}\n{words}") from None
    raise AssertionError(f"{words}; got {got!r}")


def check_loss_weights(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(tokens)` must make accumulated, averaged means the mean of all tokens."""
    R, K = rng.permutation(np.arange(2, 6))[:2].tolist()
    tokens = rng.permutation(np.arange(5, 5 + R * K)).reshape(R, K) ** 2
    got = call(answer, tokens.copy(), hint="tokens is an integer array (R, K)")
    got = np.asarray(got, dtype=float)
    assert got.shape == (R, K), (
        f"wanted (R, K) = {(R, K)}, got {got.shape}: a factor for each mean loss"
    )
    for wrong, words in _wrong_weights(tokens):
        assert not np.allclose(got, wrong), words
    right = R * tokens / tokens.sum()
    assert np.allclose(got, right, rtol=1e-9), (
        "wrong values: which weight has one token of (r, k) in the end?"
    )


def _wrong_weights(tokens):
    """Known wrong answers, each with what to say of it."""
    R, K = tokens.shape
    total, each = tokens.sum(), tokens.sum(1, keepdims=True)
    return [
        (np.ones((R, K)) / K, "the mean of means: short micro-batches count too much"),
        (np.ones((R, K)), "the gradients of K means are summed, not averaged"),
        (tokens / total, "DDP averages over R processes: that divides once too often"),
        (tokens / each, "right within a process; but processes differ in tokens too"),
        (K * tokens / total, "K micro-batches are summed, R processes are averaged"),
        (
            R * K * tokens / total,
            "too large by K: micro-batches are summed, not averaged",
        ),
        (R / K / tokens * tokens.mean(), "more tokens must weigh more, not less"),
    ]
