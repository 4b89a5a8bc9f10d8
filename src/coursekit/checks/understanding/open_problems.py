"""Checks of chapter 32: attention's share, fair ties, runs of words seen before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coursekit.checks.asking import ask
from coursekit.checks.values import array, expect, number, one_changed, sizes

WORDS = ("the", "a", "cat", "dog", "sat", "ran", "on", "mat", "it", "was")
#: How far a result may be off, as a share: float32 may be used on the way.
NEAR = 5e-6
#: Words that are not the same, though many programs clean them into one.
UNEQUAL = (
    ("cat", "cat."), ("cat", "cat!"), ("cat", "(cat)"), ("its", "it's"),
    ("cat", "cats"), ("cafe", "café"), ("café", "cafe\u0301"), ("cat", "cat7"),
    ("cat7", "cat8"), ("cat", " cat"), ("cat", "cat\n"), ("ran", "run"),
)  # fmt: skip
SEPARATORS = (" ", "\n", "\t", ",", "|", "_", "\x00")


def check_attention_share(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(T, D, F, H, G, d, W)`: scores and mixes, as a share of all products."""
    given = _layer(rng)
    T, W = given[0], given[-1]
    for one in (given, _layer(rng), _layer(rng)):
        _check_share(answer, one)
    for edge in (1, 2, T - 1, T, T + 1, 10 * T):
        _check_share(answer, (*given[:-1], edge))
    for length in (1, 2, W, W + 1):
        _check_share(answer, (length, *given[1:]))
    T, D, F, H, _, d, W = given
    _check_share(answer, (T, D, F, H, H, d, W))
    _check_share(answer, (T, D, F, H, 1, d, T))
    _check_share(answer, (T, D, F, 1, 1, 1, W))
    _check_share(answer, (131_072, 4096, 14_336, 32, 8, 128, 131_072))
    for one in one_changed(rng, given, _layer(rng)):
        _check_share(answer, one)


def _layer(rng: np.random.Generator) -> tuple:
    """Sizes that are all different; H is a multiple of G, and H · d is not D."""
    G = int(rng.integers(2, 5))
    H = G * int(rng.integers(2, 4))
    d, D, F, W, T = np.cumsum(rng.integers(13, 40, size=5)).tolist()
    D += int(H * d == D)
    return T, D, F + 100, H, G, d, W


def _check_share(answer: Callable, given: tuple) -> None:
    names = ("T", "D", "F", "H", "G", "d", "W")
    pairs = zip(names, given, strict=True)
    hint = "for " + ", ".join(f"{name} = {value}" for name, value in pairs)
    got = number(ask(answer, *given, hint=hint).value, f"the share {hint}")
    wanted = _share(*given)
    known = lambda: _wrong_shares(*given)  # noqa: E731
    expect(got, wanted, f"the share {hint}", known, NEAR, alone=True)


def _pairs(T: int, W: int) -> int:
    """Of each token: itself and what comes before, W tokens in all at most."""
    short = min(T, W)
    return short * (short + 1) // 2 + (T - short) * short


def _share(T, D, F, H, G, d, W, **change) -> float:
    """The definition, with known ways to miss it."""
    pairs = change.get("pairs", _pairs(T, W))
    products = change.get("products", 2) * H * d * pairs
    projections = change.get("projections", 2 * D * H * d + 2 * D * G * d)
    linear = T * (projections + change.get("matrices", 3) * D * F)
    return products / (products + linear)


def _wrong_shares(T, D, F, H, G, d, W) -> list:
    """What comes of known mistakes, and what to say of each."""
    given, right = (T, D, F, H, G, d, W), _share(T, D, F, H, G, d, W)
    after = _pairs(T, W + 1)
    return [
        (_share(*given, pairs=T * T), "every pair is counted, the future's too"),
        (_share(*given, pairs=T * (T + 1) // 2), "the window is not used"),
        (_share(*given, pairs=T * min(T, W)), "the first tokens see fewer than W"),
        (_share(*given, pairs=after), "W tokens with the token itself, not W before"),
        (_share(*given, pairs=_pairs(T, W) - T), "a token sees itself, too"),
        (_share(*given, products=1), "two products: for the scores and for the mix"),
        (_share(*given, matrices=2), "with a gate, three matrices of D times F"),
        (_share(*given, projections=4 * D * D), "the projections are D times H · d"),
        (_share(*given, projections=4 * D * H * d), "keys and values have G heads"),
        (
            _share(*given, projections=D * H * d + 2 * D * G * d),
            "a projection brings the mix back to D, too",
        ),
        (right / (1 - right), "a share of the whole, not a ratio to the rest"),
        (100 * right, "a share from 0 to 1, not percent"),
        (1 - right, "the share of attention's products, not of the rest"),
    ]


def check_fair_accuracy(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(distances, train, test, k)`: ties for the most votes are shared."""
    for k in (3, 2, 4, 5, 3):
        _check_fair(answer, _neighbors(rng, int(rng.integers(6, 12))), k)
    given = _neighbors(rng, 9)
    for k in (1, 2, 8, 9):
        _check_fair(answer, given, k, f"with k = {k} of 9")
    for one in (given, _neighbors(rng, 7)):
        one[0][:] = rng.integers(3, size=one[0].shape)
        _check_fair(answer, one, 3, "where distances are equal")
    same = _neighbors(rng, 8)
    same[0][:] = float(rng.normal())
    _check_fair(answer, same, 2, "where all distances are equal")
    many = _neighbors(rng, 24)
    many[0][:] = rng.integers(2, size=many[0].shape)
    _check_fair(answer, many, 4, "where many distances are equal")
    for k in (1, 3):
        _check_fair(answer, _almost_equal(rng, k), k, "where distances hardly differ")
    own = _neighbors(rng, 8)
    own[1][:] = rng.permutation(8) * 5 - 11
    own[2][:] = own[1][rng.integers(8, size=len(own[2]))]
    _check_fair(answer, own, 4, "where each training label occurs once")
    other = _neighbors(rng, 8)
    other[2][:] = 1000
    _check_fair(answer, other, 3, "where no test label was trained on")
    single = _neighbors(rng, 1)
    _check_fair(answer, single, 1, "with one training example")
    alone = [part[:1] if i != 1 else part for i, part in enumerate(_neighbors(rng, 7))]
    _check_fair(answer, alone, 2, "with one test example")
    first, second = ([*_neighbors(rng, 8, 6), 2], [*_neighbors(rng, 8, 6), 3])
    for *one, k in one_changed(rng, first, second):
        _check_fair(answer, one, k)


def _neighbors(rng: np.random.Generator, n_train: int, n_test: int = 0) -> list:
    """Distances (n_test, n_train), labels of both; labels may be negative."""
    n_test = n_test or int(rng.integers(12, 20))
    labels = rng.permutation(np.arange(-4, 9))[:3]
    distances = rng.normal(size=(n_test, n_train)) ** 2
    return [distances, rng.choice(labels, n_train), rng.choice(labels, n_test)]


def _almost_equal(rng: np.random.Generator, k: int) -> list:
    """Neighbors whose distances differ by 1e-12, where to round them is seen."""
    while True:
        given = _neighbors(rng, 9)
        order = rng.permuted(np.tile(np.arange(9.0), (len(given[0]), 1)), axis=1)
        given[0][:] = 0.5 + 1e-12 * order
        rounded = given[0].astype(np.float32), *given[1:]
        if _fair(*given, k) != _fair(*rounded, k):
            return given


def _check_fair(answer: Callable, given: list, k: int, words: str = "") -> None:
    distances, train, test = (part.copy() for part in given)
    size = f"for {len(test)} tests, {len(train)} training examples, k = {k}"
    name = f"the accuracy {f'{words}, ' if words else ''}{size}"
    got = number(ask(answer, distances, train, test, k, hint=name).value, name)
    wanted = _fair(distances, train, test, k)
    known = lambda: _wrong_fair(distances, train, test, k)  # noqa: E731
    expect(got, wanted, name, known, NEAR, alone=k > 2)  # with 2, among them is a tie


def _votes(distances, train, k: int, kind: str = "stable") -> list[dict[int, int]]:
    """The votes for each test's labels, in the order of the nearest."""
    found = []
    for row in distances:
        order = sorted(range(len(row)), key=lambda i: (row[i], i))
        if kind == "last":
            order = sorted(range(len(row)), key=lambda i: (row[i], -i))
        if kind == "far":
            order = order[::-1]
        votes: dict[int, int] = {}
        for i in order[:k]:
            votes[int(train[i])] = votes.get(int(train[i]), 0) + 1
        found.append(votes)
    return found


def _fair(distances, train, test, k: int, kind: str = "stable") -> float:
    """The definition: 1/m where m labels, the right one among them, have the most."""
    total = 0.0
    for votes, label in zip(_votes(distances, train, k, kind), test, strict=True):
        best = [one for one, count in votes.items() if count == max(votes.values())]
        total += (int(label) in best) / len(best)
    return total / len(test)


def _wrong_fair(distances, train, test, k: int) -> list:
    """What comes of known mistakes, and what to say of each."""
    votes = _votes(distances, train, k)
    tests = [int(label) for label in test]
    both = list(zip(votes, tests, strict=True))
    any_tied = [v.get(label, 0) == max(v.values()) for v, label in both]
    among = [label in v for v, label in both]
    first = [max(v, key=lambda one: v[one]) == label for v, label in both]
    least = [
        min(one for one in v if v[one] == max(v.values())) == label for v, label in both
    ]
    only = [
        v.get(label, 0) == max(v.values()) and list(v.values()).count(v[label]) == 1
        for v, label in both
    ]
    part = [v.get(label, 0) / k for v, label in both]
    return [
        (np.mean(any_tied), "a tie counts as right if any of the tied labels is right"),
        (np.mean(among), "right if the label is among the k nearest: it must win"),
        (np.mean(first), "a tie goes to the nearest label: it is shared by all tied"),
        (np.mean(least), "a tie goes to the smallest label: it is shared by all tied"),
        (np.mean(only), "a tie counts as wrong: it counts 1/m"),
        (np.mean(part), "the share of the votes is no accuracy: the most votes win"),
        (_fair(distances, train, test, k, "far"), "these are the farthest"),
        (
            _fair(distances, train, test, k, "last"),
            "of equal distances the earlier training example is nearer",
        ),
        (_fair(distances.astype(np.float32), train, test, k),
         "distances that differ by little are not equal: do not round them"),
        (len(test) * _fair(distances, train, test, k), "the mean over tests, no sum"),
    ]  # fmt: skip


def check_repeated(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(train, test, n)`: of each test text the share of words seen in runs."""
    for n in (2, 3, 4):
        _check_repeated(answer, *_texts(rng), n)
    train, test = _texts(rng)
    for n in (1, 2, 6, 50):
        _check_repeated(answer, train, test, n)
    _check_repeated(answer, train, train, 3, "where the test texts were trained on")
    _check_repeated(answer, [], test, 2, "without training texts")
    _check_repeated(answer, train, [], 2, "without test texts")
    _check_repeated(answer, [*train, []], [[], *test], 2, "with an empty text")
    halves = [["a", "b"], ["c", "d"], ["e"]]
    _check_repeated(answer, halves, [list("abcd")], 2, "across two training texts")
    _check_repeated(answer, [list("abcd")], halves, 2, "across two test texts")
    _check_repeated(answer, [["ab", "c"]], [["a", "bc"]], 2, "with other words")
    _check_repeated(answer, [["cat", "sat"]], [["at", "sat"]], 2, "with other words")
    _check_repeated(answer, [["cat", "sat"]], [["cat", "sa"]], 2, "with other words")
    _check_words(answer)
    _check_short(answer)
    overlap = [list("xabcdy")], [list("abcxbcdq")]
    _check_repeated(answer, *overlap, 3, "where runs overlap")
    long = [str(word) for word in rng.integers(5, size=60)]
    _check_repeated(answer, [long], [long[20:45], ["7", *long[:2], "8"]], 3)
    given, other = (train, test, 2), (*_texts(rng), 3)
    for one in one_changed(rng, given, other):
        _check_repeated(answer, *one)


def _check_words(answer: Callable) -> None:
    """Words that differ in one sign, and words that hold what others are joined by."""
    capital = [["The", "cat", "sat"]]
    _check_repeated(answer, capital, [["the", "cat", "sat"]], 2, "with a capital")
    for one, other in UNEQUAL:
        words = f"where {other!r} was {one!r} in training"
        _check_repeated(answer, [[one, "sat"]], [[other, "sat"]], 2, words)
    for sign in SEPARATORS:
        train, test = [[f"a{sign}b", "c"]], [["a", f"b{sign}c"], [f"a{sign}b", "c"]]
        _check_repeated(answer, train, test, 2, f"with words that hold {sign!r}")


def _check_short(answer: Callable) -> None:
    """Texts of fewer than n words, in the test and in training."""
    words = "where a text has fewer than n words"
    _check_repeated(answer, [list("abc")], [list("ab")], 3, words)
    _check_repeated(answer, [list("ab")], [list("ab")], 3, words)
    _check_repeated(answer, [list("ab")], [list("xabc")], 3, words)
    _check_repeated(answer, [["a"], list("abc")], [["a"], list("abc")], 2, words)


def _texts(rng: np.random.Generator) -> tuple[list, list]:
    """Training and test texts of few words, some with a piece in common."""
    vocabulary = rng.permutation(WORDS)[: int(rng.integers(5, 9))].tolist()
    train = [rng.choice(vocabulary, rng.integers(4, 14)).tolist() for _ in range(5)]
    test = [rng.choice(vocabulary, rng.integers(3, 16)).tolist() for _ in range(6)]
    lines = [*sizes(rng, 2, 0, 5)]
    for i in lines:
        piece = train[i][: max(3, len(train[i]) // 2)]
        test[i] = ["new", *piece, "words", *test[i]]
    return train, test


def _check_repeated(answer, train, test, n: int, words: str = "") -> None:
    size = f"for {len(train)} training texts, {len(test)} test texts, n = {n}"
    name = f"the shares {f'{words}, ' if words else ''}{size}"
    given = [list(text) for text in train], [list(text) for text in test]
    value = ask(answer, *given, n, hint=name).value
    if isinstance(value, tuple):
        value = list(value)
    got = array(value, (len(test),), name, why="a share for each test text")
    known = lambda: _wrong_repeated(train, test, n)  # noqa: E731
    near = NEAR if got.dtype.itemsize == 8 else None
    expect(got, _repeated(train, test, n), name, known, near, alone=True)


def _runs(texts, n: int) -> set[tuple]:
    """All runs of n words, each within one text."""
    return {tuple(t[i : i + n]) for t in texts for i in range(len(t) - n + 1)}


def _repeated(train, test, n: int, whole: bool = False) -> np.ndarray:
    """The definition, text by text; `whole` reads the texts as one."""
    if whole:
        train = [[word for text in train for word in text]]
    seen, found = _runs(train, n), np.zeros(len(test))
    for place, text in enumerate(test):
        covered = set()
        for i in range(len(text) - n + 1):
            if tuple(text[i : i + n]) in seen:
                covered.update(range(i, i + n))
        found[place] = len(covered) / len(text) if text else 0.0
    return found


def _wrong_repeated(train, test, n: int) -> list:
    """What comes of known mistakes, and what to say of each."""
    seen, right = _runs(train, n), _repeated(train, test, n)
    inner = ((right > 0) & (right < 1)).any()  # else the rest may come by another way
    runs = [[tuple(t[i : i + n]) for i in range(len(t) - n + 1)] for t in test]
    hits = [[run in seen for run in some] for some in runs]
    lower = [[[word.lower() for word in t] for t in side] for side in (train, test)]
    words = {word for text in train for word in text}
    bag = [np.mean([w in words for w in t]) if t else 0.0 for t in test]
    starts = [
        sum(some) / len(t) if t else 0.0 for some, t in zip(hits, test, strict=True)
    ]
    short = [_repeated(train, [text], min(n, len(text) or n))[0] for text in test]
    return [
        (short, "a text of fewer than n words has no run: its share is 0.0"),
        ([np.mean(some) if some else 0.0 for some in hits],
         "the share of runs: the share of *words* that lie in such a run is asked"),
        (starts, "only the first word of each run is counted: all n lie in it"),
        ([float(any(some)) for some in hits], "a share of each text, not yes or no"),
        (bag, "single words are compared: runs of n words in this order"),
        (_repeated(train, test, n, whole=True),
         "a run must lie in one training text, not go on into the next"),
        (_repeated(*lower, n), "words are compared as they are, capitals too"),
        (100 * right, "a share from 0 to 1, not percent"),
        (1 - right if inner else right,
         "the share that was seen, not the rest"),
    ]  # fmt: skip
