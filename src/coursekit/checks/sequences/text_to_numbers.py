"""Checks of chapter 6: tokens joined by their ids."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from coursekit.checks.asking import ask
from coursekit.checks.values import described

LETTERS = list("abcdefgh xyé中ß😀")


def check_encode_joined(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(text, tokens)` must join by the smallest id of the joined token."""
    for _ in range(12):
        letters = rng.permutation(LETTERS)[: rng.integers(2, 5)].tolist()
        tokens = _tokens(rng, letters, int(rng.integers(4, 30)))
        _check_joined(answer, _text(rng, tokens, int(rng.integers(8, 20))), tokens)
    a, b, c, d = rng.permutation(LETTERS)[:4].tolist()
    runs = rng.permutation([a, a * 2, a * 3, a * 4, b]).tolist()
    _check_joined(answer, a * int(rng.integers(5, 12)), runs)
    again = [b, a, d, c, a + b + c + d, a + b, a + b + c]
    _check_joined(answer, a + b + c + d, again)
    two_ways = [a, b, c, b + c, a + b, a + b + c]
    _check_joined(answer, (a + b + c) * 2 + a + b, two_ways)
    one_by_one = [a + b + a, b, a, a + b]
    _check_joined(answer, (a + b) * int(rng.integers(2, 6)), one_by_one)
    doubled = [a * 2**n for n in rng.permutation(6)]
    _check_joined(answer, a * int(rng.integers(60, 80)), doubled)
    blank = rng.permutation([" ", "z", " z", "z ", "  ", "z z"]).tolist()
    _check_joined(answer, f"  {_text(rng, [' ', 'z'], 20)} ", blank)
    letters = [a, b, c]
    many = _tokens(rng, letters, int(rng.integers(250, 400)))
    _check_joined(answer, _text(rng, many, 15), many)
    tokens = _tokens(rng, letters, 20)
    for text in ("", a, a + b, _text(rng, letters, int(rng.integers(200, 400)))):
        _check_joined(answer, text, tokens)
    _check_joined(answer, _text(rng, letters, 9), rng.permutation(letters).tolist())
    text = _text(rng, letters, 30)
    _check_joined(answer, text, tokens)
    _check_joined(answer, text, tokens[::-1])
    _check_joined(answer, text[::-1], tokens[::-1])


def _tokens(rng: np.random.Generator, letters: list[str], count: int) -> list[str]:
    """The letters, and joins of two tokens, in any order."""
    tokens = list(letters)
    while len(tokens) < len(letters) + count:
        # early ones, which are short, more often
        places = rng.integers(rng.integers(len(tokens), size=2) + 1)
        left, right = (tokens[i] for i in places)
        joined = left + right
        if len(joined) > 9 or joined in tokens:
            joined = _text(rng, letters, int(rng.integers(2, 10)))
        if joined not in tokens:
            tokens.append(joined)
    return rng.permutation(np.array(tokens, dtype=object)).tolist()


def _text(rng: np.random.Generator, letters: list[str], length: int) -> str:
    return "".join(letters[i] for i in rng.integers(len(letters), size=length))


def _check_joined(answer: Callable, text: str, tokens: list[str]) -> None:
    hint = f"text is {text[:20]!r}, tokens begin {tokens[:6]}"
    got = ids_of(ask(answer, text, list(tokens), hint=hint).value)
    right = _joined(text, tokens)
    if got == right:
        return
    name_mistake(got, _wrong_joins(text, tokens))
    raise AssertionError(
        f"for {text[:40]!r} and tokens {tokens[:12]} the ids are {got[:20]}, "
        f"wanted {right[:20]}"
    )


def name_mistake(got: list, mistakes: Iterator[tuple]) -> None:
    """Say which mistake gives what came, where one alone does."""
    said = {words for wrong, words in mistakes if wrong == got}
    if len(said) == 1:
        raise AssertionError(said.pop())


def ids_of(got: object) -> list[int]:
    """What an answer returned, as a list of ids."""
    found = got.tolist() if hasattr(got, "tolist") else got
    good = isinstance(found, list | tuple) and all(
        isinstance(i, int | np.integer) and not isinstance(i, bool) for i in found
    )
    assert good, f"wanted a list of ids, whole numbers; got {described(got)}"
    return [int(i) for i in found]


def _joined(
    text: str, tokens: list[str], choose: Callable = min, right: bool = False
) -> list[int]:
    """Ids by the rule; with `choose` and `right`, by a near one."""
    parts = list(text)
    while True:
        found = []
        for at in range(len(parts) - 1):
            both = parts[at] + parts[at + 1]
            if both in tokens:
                found.append((tokens.index(both), -at if right else at))
        if not found:
            return [tokens.index(part) for part in parts]
        best = choose(i for i, _ in found)
        at = abs(min(place for i, place in found if i == best))
        parts[at : at + 2] = [parts[at] + parts[at + 1]]


def _wrong_joins(text: str, tokens: list[str]) -> Iterator[tuple]:
    """Known wrong ids, each with what to say of them."""
    yield (
        _joined(text, tokens, max),
        "you take the largest id: the smallest is first",
    )
    yield _joined(text, tokens, right=True), "of equals, take the leftmost pair"
    yield (
        _from_the_left(text, tokens),
        "you join whatever pair is known, from left to right: the smallest id first",
    )
    yield _longest(text, tokens), "the longest token is not the rule: join pairs, by id"
    yield (
        _once(text, tokens),
        "you go through the tokens once: after a join, a smaller id may fit again",
    )
    yield (
        _at_once(text, tokens),
        "you join all equal pairs at once: join one, then look again",
    )
    yield [tokens.index(c) for c in text], "nothing was joined"
    yield _joined(text, tokens)[::-1], "the ids are in reverse"


def _from_the_left(text: str, tokens: list[str]) -> list[int]:
    parts, changed = list(text), True
    while changed:
        changed, out, i = False, [], 0
        while i < len(parts):
            both = "".join(parts[i : i + 2])
            pair = i + 1 < len(parts) and both in tokens
            out.append(both if pair else parts[i])
            changed, i = changed or pair, i + 1 + pair
        parts = out
    return [tokens.index(part) for part in parts]


def _longest(text: str, tokens: list[str]) -> list[int]:
    ids, at = [], 0
    while at < len(text):
        token = max((t for t in tokens if text.startswith(t, at)), key=len)
        ids.append(tokens.index(token))
        at += len(token)
    return ids


def _once(text: str, tokens: list[str]) -> list[int]:
    parts = list(text)
    for token in tokens:
        parts = _everywhere(parts, token)
    return [tokens.index(part) for part in parts]


def _at_once(text: str, tokens: list[str]) -> list[int]:
    parts = list(text)
    while True:
        pairs = {one + other for one, other in pairwise(parts)}
        if not (known := pairs.intersection(tokens)):
            return [tokens.index(part) for part in parts]
        parts = _everywhere(parts, min(known, key=tokens.index))


def _everywhere(parts: list[str], token: str) -> list[str]:
    """Every pair of neighbors that spells a token, joined from the left."""
    out, i = [], 0
    while i < len(parts):
        pair = i + 1 < len(parts) and parts[i] + parts[i + 1] == token
        out.append(token if pair else parts[i])
        i += 1 + pair
    return out
