"""Checks of chapter 6: joined tokens, and characters that a chunk or a limit cuts."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from coursekit.checks.asking import ask, avoids
from coursekit.checks.values import described

LETTERS = list("abcdefgh xyé中ß😀")
#: Characters of one to four bytes; among them signs that a careless answer removes.
SIGNS = list("ab z\n\x00é̈ß中国€�\ufeff😀👩\u200d")


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
    got = _ids(ask(answer, text, list(tokens), hint=hint).value)
    right = _joined(text, tokens)
    if got == right:
        return
    _name(got, _wrong_joins(text, tokens))
    raise AssertionError(
        f"for {text[:40]!r} and tokens {tokens[:12]} the ids are {got[:20]}, "
        f"wanted {right[:20]}"
    )


def _name(got: list, mistakes: Iterator[tuple]) -> None:
    """Say which mistake gives what came, where one alone does."""
    said = {words for wrong, words in mistakes if wrong == got}
    if len(said) == 1:
        raise AssertionError(said.pop())


def _ids(got: object) -> list[int]:
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


def check_show(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(chunks)` must give what each chunk of bytes lets a reader see."""
    for _ in range(6):
        data = _signs(rng, int(rng.integers(5, 30)))
        _check_show(answer, _cut(rng, data, int(rng.integers(2, 12))))
    for sign in rng.permutation(["é", "中", "�", "😀"]).tolist():
        whole = list((f"a{sign}" + "b" * int(rng.integers(3))).encode())
        _check_show(answer, [[byte] for byte in whole])
        _check_show(answer, [part for byte in whole for part in ([byte], [])])
        for missing in range(1, len(sign.encode())):
            cut = [*whole, *sign.encode()[:-missing]]
            _check_show(answer, _cut(rng, cut, 3))
            _check_show(answer, [cut, []])
    data = _signs(rng, 400)
    for chunks in ([], [[]], [[], []], [data], [[byte] for byte in data]):
        _check_show(answer, chunks)
    for text in ("naïve", "�中�", "e\u0301\r\n", "\ufeffa\x00", "\U0010ffff"):
        _check_show(answer, [list(text.encode()), list(b" b"), [0xE4]])


def _signs(rng: np.random.Generator, count: int) -> list[int]:
    """UTF-8 bytes of random characters, half of the time without the last one's end."""
    text = "".join(SIGNS[i] for i in rng.integers(len(SIGNS), size=count))
    last = rng.choice(["é", "中", "😀"])
    kept = int(rng.integers(len(last.encode())))
    return [*text.encode(), *last.encode()[:kept]]


def _cut(rng: np.random.Generator, data: list[int], count: int) -> list[list[int]]:
    """Bytes in chunks, some of them empty."""
    at = np.sort(rng.integers(len(data) + 1, size=count)).tolist()
    edges = zip([0, *at], [*at, len(data)], strict=True)
    return [data[start:stop] for start, stop in edges]


def _check_show(answer: Callable, chunks: list[list[int]]) -> None:
    hint = f"chunks are lists of byte values, such as {str(chunks)[:60]}"
    watched = ("codecs.", "_codecs.")
    record = ask(answer, [list(c) for c in chunks], hint=hint, watch=watched)
    avoids(record, watched, "write this one yourself")
    got = record.value
    good = isinstance(got, list | tuple) and all(isinstance(s, str) for s in got)
    assert good, f"wanted a list of strings; got {described(got)}"
    right, got = _shown(chunks), list(got)
    if got == right:
        return
    _name(got, _wrong_shows(chunks, right))
    assert len(got) == len(right), (
        f"wanted one string for each chunk, {len(right)}; got {len(got)}"
    )
    at = next(n for n, (one, other) in enumerate(zip(got, right)) if one != other)  # noqa: B905
    raise AssertionError(
        f"chunk {at} of {str(chunks)[:120]} shows {got[at]!r}, wanted {right[at]!r}"
    )


def _shown(chunks: list[list[int]]) -> list[str]:
    """The difference between what all bytes so far say, chunk by chunk."""
    shown, before, data = [], "", b""
    for chunk in chunks:
        data += bytes(chunk)
        text = _complete(data)
        shown.append(text[len(before) :])
        before = text
    return shown


def _complete(data: bytes) -> str:
    """The characters of which no byte is missing."""
    return data.decode("utf-8", "ignore")


def _wrong_shows(chunks: list[list[int]], right: list[str]) -> Iterator[tuple]:
    """Known wrong strings, each with what to say of them."""
    alone = "each chunk is decoded by itself: bytes of half a character must wait"
    for errors in ("replace", "ignore"):
        yield [bytes(c).decode("utf-8", errors) for c in chunks], alone
    joined = b"".join(map(bytes, chunks))
    end = joined.decode("utf-8", "replace")
    for text in (end, "".join(right)):
        if chunks:
            late = "all is shown at the end: show each character as soon as it is there"
            yield [""] * (len(chunks) - 1) + [text], late
    for sign, name in (("�", "�"), ("\ufeff", "U+FEFF"), ("\x00", "U+0000")):
        lost = f"{name} is a character like any other: it is lost"
        yield [s.replace(sign, "") for s in right], lost
    if chunks:
        yield (
            [*right[:-1], right[-1] + "�"],
            "what is never completed is never shown: no � for it",
        )
    yield (
        _forgetful(chunks),
        "an empty chunk changes nothing: what waits, waits on",
    )
    grown = ["".join(right[: n + 1]) for n in range(len(right))]
    yield grown, "a chunk shows what was shown before, again"


def _forgetful(chunks: list[list[int]]) -> list[str]:
    """What is shown where bytes that wait are lost at an empty chunk."""
    shown, waiting = [], b""
    for chunk in chunks:
        waiting += bytes(chunk)
        text = _complete(waiting)
        shown.append(text)
        waiting = waiting[len(text.encode()) :] if chunk else b""
    return shown


def check_fit(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(ids, token_bytes, limit)` must end between two characters."""
    for _ in range(6):
        text = "".join(SIGNS[i] for i in rng.integers(len(SIGNS), size=12))
        ids, table = _token_table(rng, list(text.encode()), int(rng.integers(1, 25)))
        for limit in {
            0,
            1,
            len(ids),
            len(ids) + 3,
            *rng.integers(len(ids) + 1, size=4),
        }:
            _check_fit(answer, ids, table, int(limit))
    for sign in ("é", "中", "�", "😀", "e\u0301", "👩\u200d👧"):
        ids, table = _token_table(rng, list(f"a{sign}{sign}b".encode()), 0)
        for limit in range(len(ids) + 1):
            _check_fit(answer, ids, table, limit)
    ids, table = _token_table(rng, list(("中é" * 200 + "�").encode()), 300)
    for limit in rng.integers(100, 290, size=3).tolist():
        _check_fit(answer, ids, table, limit)
    _check_fit(answer, [], {7: [65]}, 2)


def _token_table(
    rng: np.random.Generator, data: list[int], cuts: int
) -> tuple[list[int], dict[int, list[int]]]:
    """Ids of random pieces of bytes (single bytes for 0 cuts), and their table."""
    pieces = [part for part in _cut(rng, data, cuts) if part] if cuts else []
    pieces = pieces or [[byte] for byte in data]
    known = {tuple(piece) for piece in pieces}
    places = rng.choice(50_000, size=len(known) + 5, replace=False).tolist()
    number = dict(zip(sorted(known), places, strict=False))
    table = {i: list(piece) for piece, i in number.items()}
    table |= {i: [0xE4] for i in places[len(known) :]}
    return [number[tuple(piece)] for piece in pieces], table


def _check_fit(
    answer: Callable, ids: list[int], table: dict[int, list[int]], limit: int
) -> None:
    hint = f"ids is a list of {len(ids)}, limit is {limit}"
    given = {i: list(part) for i, part in table.items()}
    got = _ids(ask(answer, list(ids), given, limit, hint=hint).value)
    right = _fitting(ids, table, limit)
    if got == right:
        return
    full = ids[:limit]
    one_less = full[:-1] if _open(full, table) else full
    marked = full
    while "�" in _text_of(marked, table, "replace"):
        marked = marked[:-1]
    _name(
        got,
        iter(
            [
                (full, "the last character is broken: go back to where one ends"),
                (one_less, "one id less is not always enough: go on shortening"),
                (right[:-1], "one id more fits: the *longest* beginning is wanted"),
                (marked, "a � that somebody wrote is a character like any other"),
                (ids, "more ids than the limit allows"),
            ]
        ),
    )
    said = _text_of(ids, table, "replace")[:30]
    raise AssertionError(
        f"for {said!r} in {len(ids)} tokens and a limit of {limit}, {len(got)} ids "
        f"came back, wanted {len(right)}: {right[-3:]} are the last"
    )


def _text_of(ids: list[int], table: dict[int, list[int]], errors: str) -> str:
    return b"".join(bytes(table[i]) for i in ids).decode("utf-8", errors)


def _open(ids: list[int], table: dict[int, list[int]]) -> bool:
    """Whether the last character of some ids lacks bytes."""
    data = b"".join(bytes(table[i]) for i in ids)
    return len(_complete(data).encode()) < len(data)


def _fitting(ids: list[int], table: dict[int, list[int]], limit: int) -> list[int]:
    found = ids[:limit]
    while _open(found, table):
        found = found[:-1]
    return found
