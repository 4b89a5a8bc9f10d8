"""Checks of chapter 19: utilization, micro-batches that fit, and their weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from coursekit.checks.asking import ask, refused
from coursekit.checks.values import array, expect, integer, number, parts, sizes

BYTES = 16  # of a parameter: weight, gradient, Adam's two averages


def check_utilization(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(N, L, D, T, frozen, rate, peak, cards)` must be the MFU, from 0 to 1."""
    for cards in (int(rng.integers(2, 5)), 1, int(rng.integers(5, 2000))):
        _check_utilization(answer, _run(rng, cards))
    for run in (_run(rng, 1, L=1), _run(rng, 2, share=rng.uniform(0.2, 0.9))):
        _check_utilization(answer, run)
    for part in (0.0, 1.0, 0.5, rng.uniform(0.5, 1)):
        _check_utilization(answer, _run(rng, int(rng.integers(2, 99)), part=part))
    for run in (*_sizes(rng), *_one_by_one(rng, _run(rng, int(rng.integers(9, 99))))):
        _check_utilization(answer, run)
    whole = [round(value) for value in _run(rng, int(rng.integers(2, 99)))]
    _check_utilization(answer, whole)
    _check_utilization(answer, [np.float64(value) for value in whole])
    _check_utilization(answer, [np.int64(value) for value in whole])


def _run(
    rng: np.random.Generator,
    cards: int,
    L: int = 0,
    share: float = 0.0,
    part: float | None = None,
) -> list:
    """A run with an MFU from 0.1 to 0.7.

    T is `share` of D, by default 0.5 to 5; `part` of the weights is frozen, by
    default 0.1 to 0.25.
    """
    L, D = L or int(rng.integers(5, 60)), 8 * int(rng.integers(9, 99))
    N = int(L * D**2 * rng.uniform(6, 14))
    T = int(D * (share or rng.uniform(0.5, 5)))
    part = rng.uniform(0.1, 0.25) if part is None else part
    frozen = min(N - 1, int(part * N))
    peak = float(rng.uniform(1, 10)) * 10.0 ** int(rng.integers(12, 15))
    per_token = 6 * N - 2 * frozen + 12 * L * D * T
    rate = float(rng.uniform(0.1, 0.7)) * peak * cards / per_token
    return [N, L, D, T, frozen, rate, peak, cards]


def _sizes(rng: np.random.Generator) -> Iterator[list]:
    """The smallest models on slow machines, and the largest; from 1 down to 1e-7."""
    for L, D, T, power, low in (
        (1, 2, 3, 3, -7),
        (2, 4, 9, 4, -4),
        (3, 8, 16, 6, -2),
        (150, 16384, 10**6, 17, -4),
    ):
        D, T = (n + int(rng.integers(n)) for n in (D, T))
        N, peak = int(L * D**2 * rng.uniform(6, 14)), rng.uniform(1, 10) * 10.0**power
        frozen = int(rng.integers(N))
        per_token = 6 * N - 2 * frozen + 12 * L * D * T
        rate = float(10 ** rng.uniform(low, low + 1.9)) * peak / per_token
        yield [N, L, D, T, frozen, rate, float(peak), 1]


def _one_by_one(rng: np.random.Generator, run: list) -> Iterator[list]:
    """`run`, then one argument after another is made less; then two of one sum."""
    run[5] /= 5  # a lower peak and fewer cards must leave it below 1
    yield run
    for place in rng.permutation(len(run)).tolist():
        less = run[place] * rng.uniform(0.5, 0.75)
        run = [*run[:place], type(run[place])(less), *run[place + 1 :]]
        yield run
    yield [run[0], run[1] + 1, run[2] - 1, *run[3:]]
    yield [*run[:2], run[2] + 3, run[3] - 3, *run[4:]]
    yield [run[0] + 64, *run[1:4], run[4] - 64, *run[5:]]


def _check_utilization(answer: Callable, run: list) -> None:
    got = ask(answer, *run, hint="it takes eight numbers and gives one").value
    number(got, "the utilization")
    N, L, D, T, frozen, rate, peak, cards = (float(value) for value in run)
    trained = N - frozen
    right = sum([6 * trained, 4 * frozen, 12 * L * D * T]) / peak * rate / cards
    expect(got, right, "the utilization", _wrong_utilizations(*run))


def _wrong_utilizations(
    N, L, D, T, frozen, rate, peak, cards
) -> list[tuple[float, str]]:
    """Known wrong answers, each with what to say of it."""
    N, L, D, T, frozen, cards = map(float, (N, L, D, T, frozen, cards))
    speed = rate / (peak * cards)
    weights, attention = 6 * N - 2 * frozen, 12 * L * D * T
    right = (weights + attention) * speed
    trained = N - frozen
    return [
        ((6 * N + attention) * speed, "a frozen weight has no gradient: 4, not 6"),
        (
            (6 * trained + attention) * speed,
            "frozen weights are multiplied too, forward and for the gradient below",
        ),
        (
            (6 * trained + 2 * frozen + attention) * speed,
            "the gradient passes through a frozen weight: 2 more",
        ),
        (weights * speed, "attention's own products are missing: 12 L D T"),
        (right * cards, "the rate is of all cards: divide by the peak of all"),
        (right * cards**2, "more cards have a higher peak: divide, not multiply"),
        (
            (2 * N + attention / 3) * speed,
            "that is the forward pass; the backward pass costs twice that",
        ),
        ((2 * N + attention) * speed, "2N is the forward pass"),
        ((weights + attention / 3) * speed, "4LDT is the forward pass; wanted 12LDT"),
        ((weights + attention / 2) * speed, "6LDT counts half of T; by custom all"),
        ((weights + 12 * D * T) * speed, "every layer has attention: times L"),
        ((weights * L + attention) * speed, "N has the weights of all layers"),
        ((weights + attention * T) * speed, "one token meets T keys, not T squared"),
        (
            (weights + attention * trained / N) * speed,
            "attention's own products have no weights: they cost what they cost",
        ),
        (right * T, "the rate counts tokens, not sequences of T"),
        (100 * right, "wanted a number from 0 to 1, not percent"),
        (1 / right, "turned over: what is done, divided by what could be"),
        (0.0, "0 is no utilization: is it rounded down?"),
    ]


def check_plan(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(memory, n_parameter, per_sequence, sequences, cards)` is the plan."""
    for case in _plans(rng):
        _check_plan(answer, case)
    for case, words in _hopeless(rng):
        refused(answer, *case, words=f"{words}: raise ValueError")
    for case in _neighbors(rng):
        if _best(*case) is not None:
            _check_plan(answer, case)
            continue
        words = f"after other sizes: there is no plan for {case}: raise ValueError"
        refused(answer, *case, words=words)


def _case(rng: np.random.Generator, room: float, share: int, cards: int) -> tuple:
    """Sizes with memory for `room` sequences, and `share` of them for each card."""
    n_parameter = int(10 ** rng.uniform(3, 10))
    per_sequence = int(10 ** rng.uniform(2, 7))
    memory = BYTES * n_parameter + int(room * per_sequence)
    return memory, n_parameter, per_sequence, share * cards, cards


def _plans(rng: np.random.Generator) -> Iterator[tuple]:
    """Cases that have a plan; the first show the usual mistakes."""
    cards, factor, other = sizes(rng, 3)
    share = 12 * int(rng.integers(2, 9))
    yield _case(rng, share / 2 - 0.5, share, cards)  # the next divisor is below
    yield _case(rng, 7.5, 36 * factor if factor != 7 else 36, cards)  # 7 is no divisor
    yield _case(rng, factor, factor * other, cards)  # fits exactly
    yield _case(rng, 1, factor * other, cards)  # one, exactly
    yield _case(rng, share + rng.uniform(0, 2), share, cards)  # the whole share
    yield _case(rng, 5 * share, share, cards)
    prime = int(rng.choice([11, 13, 17, 19, 23]))
    yield _case(rng, prime - 0.5, prime, cards)
    yield _case(rng, prime / 2, 2 * prime, 1)  # one card
    yield _case(rng, rng.uniform(1, 9), 1, cards)  # one sequence a card
    yield _case(rng, rng.uniform(1, 9), 1, 1)
    many = int(rng.integers(1030, 1200))
    yield _case(rng, many * rng.uniform(1, 2), many, cards)  # more than a thousand
    yield _case(rng, 2.5, 2 * many, 1)  # more than a thousand steps
    drawn = rng.uniform(1, 30), int(rng.integers(1, 400)), int(rng.integers(1, 9))
    yield tuple(map(np.int64, _case(rng, *drawn)))


def _neighbors(rng: np.random.Generator) -> Iterator[tuple]:
    """A case that fits exactly, before each of others that differ in little."""
    cards, factor, other = sizes(rng, 3, low=3)
    n_parameter, per_sequence = (int(rng.integers(10**8, 10**9)) for _ in range(2))
    memory, sequences = BYTES * n_parameter + factor * per_sequence, factor * other
    sequences *= cards
    first = memory, n_parameter, per_sequence, sequences, cards
    more = per_sequence * factor * (other - 1)
    others = [
        (memory - 1, *first[1:]),
        (memory + more, *first[1:]),
        (memory, n_parameter + 1, *first[2:]),
        (memory + 1, n_parameter + 1, *first[2:]),
        (memory, n_parameter, per_sequence + 1, *first[3:]),
        (*first[:3], sequences * 2, cards),
        (*first[:3], sequences + 1, cards),
        (*first[:4], cards * other),
    ]
    for place in rng.permutation(len(others)):
        yield first
        yield others[place]


def _hopeless(rng: np.random.Generator) -> Iterator[tuple[tuple, str]]:
    cards, other = sizes(rng, 2)
    memory, n_parameter, per_sequence, sequences, _ = _case(rng, 1, other, cards)
    rest = n_parameter, per_sequence, sequences, cards
    yield (memory - 1, *rest), "no sequence fits"
    yield (BYTES * n_parameter, *rest), "nothing is left for sequences"
    weights = int(rng.integers(4, BYTES)) * n_parameter
    yield (weights, *rest), "not even the weights fit with what AdamW keeps"
    memory, *rest, sequences, cards = _case(rng, 40, 12, cards)
    for odd in (sequences + int(rng.integers(1, cards)), int(rng.integers(1, cards))):
        words = f"{odd} sequences cannot be shared evenly by {cards} cards"
        yield (memory, *rest, odd, cards), words


def _check_plan(answer: Callable, case: tuple) -> None:
    hint = "these sizes have a plan"
    got = parts(ask(answer, *case, hint=hint).value, ("micro", "steps"))
    micro, steps = integer(got[0], "micro"), integer(got[1], "steps")
    wanted = _best(*map(int, case))
    if (micro, steps) != wanted:
        raise AssertionError(
            f"{_why_not(micro, steps, wanted, *map(int, case))}; got {(micro, steps)}, "
            f"wanted {wanted}"
        )


def _best(
    memory, n_parameter, per_sequence, sequences, cards
) -> tuple[int, int] | None:
    """The plan, by trying every micro-batch; None if there is none."""
    share, rest = divmod(sequences, cards)
    fits = [
        micro
        for micro in range(1, share + 1)
        if rest == 0
        and micro * (share // micro) == share
        and BYTES * n_parameter + micro * per_sequence <= memory
    ]
    return (fits[-1], share // fits[-1]) if fits else None


def _why_not(
    micro, steps, wanted, memory, n_parameter, per_sequence, sequences, cards
) -> str:
    """What is wrong with a plan, as anyone can see from its two numbers."""
    needs = BYTES * n_parameter + micro * per_sequence
    maybe = " (or is it the other way round?)" if (steps, micro) == wanted else ""
    if micro < 1 or steps < 1:
        return "a plan has one sequence and one step at least"
    if cards > 1 and micro * steps == sequences:
        return "each card takes its share only: these are all cards' together"
    if micro * steps * cards != sequences:
        than = "more" if micro * steps * cards > sequences else "less"
        return (
            f"{steps} micro-batches of {micro} are {than} than a card's share, "
            f"{sequences // cards}: divide exactly"
        )
    if needs > memory:
        return (
            f"{micro} at once need {needs:,} bytes of {memory:,}: 16 bytes a "
            f"parameter{maybe}"
        )
    if BYTES * n_parameter + wanted[0] * per_sequence == memory:
        return f"a larger micro-batch fills the memory exactly, and that fits{maybe}"
    return f"that fits, but a larger one does too{maybe}"


def check_loss_weights(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(tokens)` must make accumulated, averaged means the mean of all tokens."""
    R, K = sizes(rng, 2)
    large = int(rng.integers(10, 40))
    for shape in ((R, K), (K, R), (1, K), (R, 1), (1, 1), (R, R), (large, 2)):
        for high in (4, 5000, 10**9):
            _check_weights(answer, rng.integers(1, high, shape))
    for tokens in _like(rng, rng.integers(1, 5000, (R, K))):
        _check_weights(answer, tokens)
    _check_weights(answer, np.full((R, K), int(rng.integers(1, 99))))


def _like(rng: np.random.Generator, tokens: np.ndarray) -> Iterator[np.ndarray]:
    """`tokens`, then others that have much in common with it: sums, values, bytes."""
    yield tokens
    yield rng.permuted(tokens, axis=1)
    yield rng.permuted(tokens, axis=0)
    yield tokens
    yield tokens.reshape(tokens.shape[::-1])
    for more in (1, 256, 65536):
        other = tokens.copy()
        other[-1, rng.integers(tokens.shape[1])] += more
        yield other
        other = tokens + more * rng.integers(0, 2, tokens.shape)
        yield other


def _check_weights(answer: Callable, tokens: np.ndarray) -> None:
    R, K = tokens.shape
    got = ask(answer, tokens, hint="tokens is a NumPy array (R, K)").value
    why = f"(R, K) = {(R, K)}, a factor for each mean loss"
    got = array(got, (R, K), "the weights", why=why)
    assert got.dtype != np.float16, "the weights are float16: too few digits"
    counts = [[float(n) for n in row] for row in tokens]
    total = sum(n for row in counts for n in row)
    # one token of (r, k) gets w / (n R) in the end, and should get 1 / total
    right = np.array([[n * R / total for n in row] for row in counts])
    expect(got, right, "the weight", lambda: _wrong_weights(tokens))


def _wrong_weights(tokens: np.ndarray) -> list[tuple[np.ndarray, str]]:
    """Known wrong answers, each with what to say of it."""
    R, K = tokens.shape
    total, each = tokens.sum(), tokens.sum(1, keepdims=True)
    right = R * tokens / total
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
        (1 / tokens, "turned over: more tokens must weigh more, not less"),
        (1 / right, "turned over: more tokens must weigh more, not less"),
        (R * tokens // total, "divided as whole numbers: the weights are fractions"),
        (
            R * tokens / tokens.sum(0),
            "these sums are of one k each; wanted the sum over all micro-batches",
        ),
    ]
