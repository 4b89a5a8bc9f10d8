"""Checks of chapter 21: which tokens count, each token once, induction by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask
from coursekit.checks.values import array, expect, number, one_changed, sizes

#: How far a mean may be off: it may be summed in float32.
ROUNDING = {torch.float64: 2e-6, torch.float32: 1e-4}


def check_text_loss(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(logits, ids, lengths, end)`: mean nats of what is predicted in texts."""
    B, T, V = sizes(rng, 3, 4, 10)
    for _ in range(3):
        _check_loss(answer, _texts(rng, B, T, V), _wrong_losses)
    small = int(rng.integers(3, 7))
    for shape in ((1, T, V), (B, 2, V), (small, small, small), (B, T, 2), (1, 2, 2)):
        _check_loss(answer, _texts(rng, *shape))
    for dtype in (torch.float32, torch.float64):
        _check_loss(answer, _texts(rng, B, T, V, dtype))
    full, alone, equal = (_texts(rng, B, T, V) for _ in range(3))
    full[2][:] = T
    alone[2][:] = 1
    alone[2][rng.integers(B)] = 2
    equal[2][:] = int(rng.integers(2, T))
    for given in (full, alone, equal):
        _end(given)
        _check_loss(answer, given)
    for garbage in ("nan", "inf", "-inf"):
        given = _texts(rng, B, T, V)
        given[2][rng.integers(B)] = T - 2
        _end(given)
        behind = _padding(given[1], given[2])
        given[0][behind] = float(garbage)
        _check_loss(answer, given, hint=f"where padding has logits of {garbage}")
    given = _texts(rng, B, T, V)
    given[2][rng.integers(B)] = T - 2
    _end(given)
    other = (given[3] + 1 + int(rng.integers(V - 1))) % V
    given[1][_padding(given[1], given[2])] = other
    _check_loss(answer, given, hint="where padding has another id than the end")
    given = _texts(rng, B, T, V)
    given[0][:] += 3000 * torch.tensor(rng.choice([-1.0, 1.0], size=(B, T, 1)))
    _check_loss(answer, given, hint="with logits in the thousands")
    for given in one_changed(rng, _texts(rng, B, T, V), _texts(rng, B, T, V)):
        given = [given[0], given[1].clone(), given[2], int(given[3])]
        _end(given)
        _check_loss(answer, given)


def _texts(rng, B: int, T: int, V: int, dtype=torch.float64) -> list:
    """Logits, ids, lengths, all kinds of them, and the id that ends a text."""
    logits = torch.tensor(rng.normal(size=(B, T, V)) * 2, dtype=dtype)
    ids, end = torch.tensor(rng.integers(V, size=(B, T))), int(rng.integers(V))
    lengths = torch.tensor(rng.integers(1, T + 1, size=B))
    lengths[rng.integers(B)] = T if rng.random() < 0.5 else max(2, T // 2)
    if lengths.max() < 2:
        lengths[0] = 2
    given = [logits, ids, lengths, end]
    _end(given)
    longest = int(lengths.argmax())
    if lengths[longest] > 3:
        ids[longest, 1] = end  # an end mark within a text
    return given


def _end(given: list) -> None:
    """Let each text end with its mark, and padding look like it."""
    _, ids, lengths, end = given
    ids[torch.arange(len(ids)), lengths - 1] = end
    ids[_padding(ids, lengths)] = end


def _padding(ids: Tensor, lengths: Tensor) -> Tensor:
    return torch.arange(ids.shape[1]) >= lengths[:, None]


def _check_loss(answer: Callable, given: list, mistakes=None, hint: str = "") -> None:
    logits, ids, lengths, end = given
    shape = tuple(logits.shape)
    name = f"the loss {hint}".strip() + f", for (B, T, V) = {shape}"
    record = ask(answer, logits, ids, lengths, end, hint=hint or f"for {shape}")
    right = _mean(_nats(logits, ids), _asked(ids, lengths))
    found = (lambda: mistakes(*given)) if mistakes else ()
    got = number(record.value, "the mean cost")
    expect(got, right, name, found, ROUNDING[logits.dtype])


def _nats(logits: Tensor, ids: Tensor) -> Tensor:
    """Nats (B, T) of each id after those before it; 0 for the first."""
    B, T = ids.shape
    nats = torch.zeros(B, T, dtype=torch.float64)
    for b in range(B):
        for t in range(1, T):
            row = logits[b, t - 1].double()
            nats[b, t] = row.logsumexp(-1) - row[ids[b, t]]
    return nats


def _asked(ids: Tensor, lengths: Tensor) -> Tensor:
    """Which tokens are predicted, (B, T)."""
    asked = ~_padding(ids, lengths)
    asked[:, 0] = False
    return asked


def _mean(nats: Tensor, where: Tensor) -> float:
    return nats[where].mean().item()


def _wrong_losses(logits, ids, lengths, end) -> Iterator[tuple]:
    """Known wrong numbers, each with what to say of it."""
    nats, asked = _nats(logits, ids), _asked(ids, lengths)
    real = ~_padding(ids, lengths)
    own = -logits.double().log_softmax(-1).gather(-1, ids[..., None])[..., 0]
    yield own[real].mean(), "targets are not shifted: logits at t guess token t + 1"
    yield own[asked].mean(), "targets are not shifted: logits at t guess token t + 1"
    yield (own * (ids != end)).mean(), "this is still the loss of the statement"
    twice = _nats(logits, torch.roll(ids, -1, 1))[:, 1:-1]
    yield twice[asked[:, 2:]].mean(), "targets are shifted twice"
    valued = asked & (ids != end)
    if valued.any():
        words = "real end marks are left out: padding is known by place, not by id"
        yield _mean(nats, valued), words
        yield nats[valued].sum() / nats[:, 1:].numel(), words
    after = asked.clone()
    after[torch.arange(len(ids)), lengths - 1] = False
    if after.any():
        yield _mean(nats, after), "the end mark of each text is left out: it counts"
    yield nats[:, 1:].mean(), "padding is in the mean: `lengths` say what is text"
    yield nats[asked].sum() / nats[:, 1:].numel(), "divided by all places, padding too"
    words = "divided by all tokens: the first of each text is not predicted"
    yield nats[asked].sum() / lengths.sum(), words
    yield nats[asked].sum(), "the sum is to be divided by the number of tokens"
    beyond = asked.clone()
    inside = lengths < ids.shape[1]
    beyond[torch.arange(len(ids))[inside], lengths[inside]] = True
    yield _mean(nats, beyond), "the first padding of each row counts as text"
    rows = [nats[b][asked[b]].mean() for b in range(len(ids)) if asked[b].any()]
    yield torch.stack(rows).mean(), "a mean of the rows' means: short rows weigh more"
    yield _mean(nats, asked) / np.log(2), "these are bits; nats are wanted"
    yield np.exp(_mean(nats, asked)), "this is the perplexity; nats are wanted"


def check_windows(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(n, length, stride)`: windows that score each token once."""
    stride, length = sorted(sizes(rng, 2, 2, 12))
    n = int(rng.integers(3 * length, 6 * length))
    for given in (
        (n, length, stride),
        (n, length, length),
        (n, length, 1),
        (n, 1, 1),
        (1, length, stride),
        (1, 1, 1),
        (length, length, stride),
        (length + 1, length, stride),
        (length - 1, length, stride),
        (length + stride, length, stride),
        (length + stride + 1, length, stride),
        (length + stride - 1, length, stride),
        (3 * length, length, length),
        (3 * length + 1, length, length),
        (3 * length - 1, length, length),
        (int(rng.integers(2000, 5000)), 256, 128),
    ):
        _check_windows(answer, *given)
    for _ in range(12):
        stride = int(rng.integers(1, 9))
        length = stride + int(rng.integers(0, 9))
        _check_windows(answer, int(rng.integers(1, 60)), length, stride)
    given, other = (n, length, stride), (n + 3, length + 2, max(1, stride - 1))
    for asked in one_changed(rng, given, other):
        _check_windows(answer, *asked)


def _check_windows(answer: Callable, n: int, length: int, stride: int) -> None:
    hint = f"for n = {n}, length = {length}, stride = {stride}"
    got = ask(answer, n, length, stride, hint=hint).value
    assert isinstance(got, list | tuple), f"{hint}: wanted a list of triples"
    found = array(list(map(list, got)) if got else [], *_shape(got), kind="i")
    wanted = _windows(n, length, stride)
    rows = found.tolist()
    if rows == wanted:
        return
    raise AssertionError(f"{hint}: {_wrong_windows(rows, wanted, n, length, stride)}")


def _shape(got) -> tuple:
    """What a list of triples has to be."""
    return (len(got), 3), "triples (start, end, first)"


def _windows(n: int, length: int, stride: int) -> list[list[int]]:
    """The definition, token by token."""
    first_reader = {}
    starts = []
    start = 0
    while True:
        starts.append(start)
        for token in range(start, min(start + length, n)):
            first_reader.setdefault(token, start)
        if start + length >= n:
            break
        start += stride
    found = []
    for start in starts:
        own = [token for token, reader in first_reader.items() if reader == start]
        found.append([start, min(start + length, n), min(own)])
    return found


def _wrong_windows(rows, wanted, n, length, stride) -> str:
    """What is wrong with these windows."""
    scored = [token for _, end, first in rows for token in range(first, min(end, n))]
    if any(end > n for _, end, _ in rows):
        return f"a window ends at {max(r[1] for r in rows)}, behind the text"
    if any(end - start > length for start, end, _ in rows):
        return "a window reads more tokens than the model's window holds"
    if len(scored) > len(set(scored)):
        twice = next(t for t in scored if scored.count(t) > 1)
        return f"token {twice} is scored more than once"
    if set(scored) != set(range(n)):
        return f"token {min(set(range(n)) - set(scored))} is never scored"
    if len(rows) > len(wanted):
        return "the list goes on after a window has reached the end of the text"
    place = next(i for i, row in enumerate(wanted) if i >= len(rows) or rows[i] != row)
    came = tuple(rows[place]) if place < len(rows) else "nothing"
    return f"window {place} is {came}, wanted {tuple(wanted[place])}"


def check_induction(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(ids, V, share)`: probabilities of what followed the same id before."""
    V = int(rng.integers(4, 9))
    for _ in range(3):
        ids = rng.integers(V, size=int(rng.integers(12, 30)))
        share = float(rng.uniform(0.3, 0.8))
        _check_induction(answer, ids, V, share, _wrong_inductions)
    for share in (0.0, 1.0, 0, 1):
        _check_induction(answer, rng.integers(V, size=20), V, share)
    share, one = float(rng.uniform(0.3, 0.8)), int(rng.integers(V))
    other = (one + 1) % V
    for edge in (
        [one],
        [one, one],
        [one, one, one, other, one],
        [one, other] * 3,
        [*range(V)],
        [*range(V), *range(V)],
        [one, other, one, (one + 2) % V, one],
    ):
        _check_induction(answer, np.array(edge), V, share)
    _check_induction(answer, rng.integers(2, size=30), 2, share)
    _check_induction(answer, np.zeros(6, dtype=int), 2, share)
    _check_induction(answer, np.full(5, V - 1), V, share)
    _check_induction(answer, rng.integers(3, size=25), 200, share)
    _check_induction(answer, rng.integers(40, size=300), 40, share)
    ids = rng.integers(V, size=24)
    changed = ids.copy()
    changed[12:] = rng.permutation(changed[12:])
    given, others = (ids, V, share), (changed, V + 1, share / 2)
    for asked in one_changed(rng, given, others):
        _check_induction(answer, *asked)


def _check_induction(answer: Callable, ids, V: int, share, mistakes=None) -> None:
    hint = f"for {len(ids)} ids, V = {V}, share = {share:.2f}"
    record = ask(answer, ids, V, share, hint=hint)
    got = array(record.value, (len(ids), V), "(T, V)", why="a row for each id")
    found = (lambda: mistakes(ids, V, share)) if mistakes else ()
    assert np.isfinite(got).all(), f"{hint}: not every entry is a number"
    expect(got, _induction(ids, V, share), f"{hint}, p", found, 1e-6)


def _induction(ids, V: int, share: float, pick: str = "last", lag: int = 1):
    """The definition, place by place, with known ways to miss it."""
    p = np.full((len(ids), V), 1 / V)
    for t in range(len(ids)):
        places = [s for s in range(t) if ids[s] == ids[t] and s + lag < len(ids)]
        if places:
            chosen = places[-1] if pick == "last" else places[0]
            p[t] = (1 - share) / V
            p[t, ids[chosen + lag]] += share
    return p


def _wrong_inductions(ids, V: int, share: float) -> Iterator[tuple]:
    """Known wrong answers, each with what to say of it."""
    right = _induction(ids, V, share)
    first = _induction(ids, V, share, "first")
    yield first, "the *latest* earlier place counts, not the first one"
    yield _induction(ids, V, share, lag=0), "this repeats the id; wanted: what followed"
    yield (
        _induction(ids, V, share, lag=2),
        "this is the second id after it, not the next",
    )
    seen = np.array([ids[t] in ids[:t] for t in range(len(ids))])
    rest = np.where(seen[:, None], right - (1 - share) / V, right)
    yield rest, "the rest, 1 - share, is given to nobody: rows sum to 1"
    even = np.where(right > (1 - share) / V, share, (1 - share) / (V - 1))
    others = np.where(seen[:, None], even, right)
    yield others, "the rest goes to all V ids, the one that followed included"
    yield np.where(seen[:, None], right, 0), "an id that is new has a row of 1/V"
    moved = np.vstack([np.full((1, V), 1 / V), right[:-1]])
    yield moved, "row t says what comes after ids[t]; yours are one row late"
    cheat = np.full((len(ids), V), 1 / V)
    for t in range(len(ids) - 1):
        if seen[t]:
            cheat[t] = (1 - share) / V
            cheat[t, ids[t + 1]] += share
    yield cheat, "this looks at what comes after ids[t]: the future is not given"
    yield _induction(ids[::-1], V, share)[::-1], "this reads the text from its end"
