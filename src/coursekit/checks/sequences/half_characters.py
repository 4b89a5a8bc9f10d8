"""Checks of chapter 6: characters that a chunk or a limit cuts."""

from collections.abc import Callable, Iterator

import numpy as np

from coursekit.checks.asking import ask, avoids
from coursekit.checks.sequences.text_to_numbers import ids_of, name_mistake
from coursekit.checks.values import described

#: Characters of one to four bytes; among them signs that a careless answer removes.
SIGNS = list("ab z\n\x00é̈ß中国€�\ufeff😀👩\u200d")


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
    name_mistake(got, _wrong_shows(chunks, right))
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
    got = ids_of(ask(answer, list(ids), given, limit, hint=hint).value)
    right = _fitting(ids, table, limit)
    if got == right:
        return
    full = ids[:limit]
    one_less = full[:-1] if _open(full, table) else full
    marked = full
    while "�" in _text_of(marked, table, "replace"):
        marked = marked[:-1]
    name_mistake(
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
