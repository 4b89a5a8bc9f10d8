"""Checks of chapter 22: ROUGE-L, a wanted word's probability, a lead of some words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask, run_or_say
from coursekit.checks.values import (
    described,
    expect,
    number,
    parts,
    sizes,
    tensor,
)
from coursekit.kernel.bounded import bounded
from coursekit.kernel.calls import weights_like

LONG, MIDDLE = 150, 60  # tokens: recursion without a memory would not end
MOST_STEPS = 100 * MIDDLE**2  # a table takes a tenth of them
NAMES = ("precision", "recall", "F1")


def check_rouge_l(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(summary, reference)` must give precision, recall and F1 of ROUGE-L."""
    shared = list("abcd")
    rng.shuffle(shared)
    a, b, c, d = shared
    cases = [
        ([c, a, b, b, a, a, b], [a, b, a, b, d, c]),  # each mistake: another number
        ([d, a, b, c], [a, b, c, d, d]),  # the first match is not the best
        ([a, b, d, c], [a, c, b, d, c, b]),
        ([a, b, a, c, a], [b, a, a]),  # repeated
        ([b, c], [b, a, a, a, c]),  # not side by side
        ([a], [a]),
        ([a, b], [c, d, c]),  # nothing
        ([], [a, b]),
        ([a, b], []),
        ([], []),
        ([1, "1", 2.0], ["1", 1.0, 2, "2"]),  # 1 == 1.0, and 1 != "1"
        ([[2], [0, 1], [2.0]], [[0], [2.0], [0, 1.0]]),
        ([a.upper(), b], [a, b]),  # "A" is not "a"
        ([None, 0, ""], ["", None, 0]),  # nothing stands for nothing
    ]
    for _ in range(6):
        m, n = rng.permutation(np.arange(3, 14))[:2].tolist()
        words = [str(i) for i in rng.integers(0, 4, m + n)]
        cases.append((words[:m], words[m:]))
    ids = rng.integers(0, 30, 2 * LONG + 7).tolist()
    cases.append(([[i % 3] for i in ids[:4]], [[i % 3] for i in ids[9:15]]))
    for summary, reference in cases:
        _check_rouge_l(answer, summary, reference)
    two = ids[:MIDDLE], ids[-MIDDLE:]
    hint = f"for two lists of {MIDDLE} tokens; if it was too slow, fill a table"
    run_or_say(bounded, answer, *two, most=MOST_STEPS, hint=hint)
    _check_rouge_l(answer, ids[:LONG], ids[LONG:])


def _check_rouge_l(answer: Callable, summary: list, reference: list) -> None:
    what = f"for {_short(summary)} and {_short(reference)}"
    got = ask(answer, summary, reference, hint=what).value
    values = [
        number(value, f"{what}: {name}")
        for value, name in zip(parts(got, NAMES), NAMES, strict=True)
    ]
    shared = _shared(summary, reference)
    expect(
        np.array(values),
        np.array(_scores(shared, summary, reference)),
        f"{what}, (precision, recall, F1)",
        lambda: _wrong_scores(summary, reference, shared),
        alone=True,
    )


def _short(tokens: Sequence) -> str:
    """A list as it is written, or how long it is."""
    return repr(tokens) if len(tokens) < 9 else f"{len(tokens)} tokens"


def _shared(a: Sequence, b: Sequence, border: int = 1) -> int:
    """Length of the longest common subsequence; without a border, that mistake's."""
    table = np.zeros((len(a) + border, len(b) + border), dtype=int)
    for i, one in enumerate(a, border):
        for j, other in enumerate(b, border):
            longer = max(table[i - 1, j], table[i, j - 1])
            table[i, j] = table[i - 1, j - 1] + 1 if one == other else longer
    return int(table[-1, -1])


def _scores(shared: int, summary: Sequence, reference: Sequence) -> list[float]:
    if not shared:
        return [0.0, 0.0, 0.0]
    precision, recall = shared / len(summary), shared / len(reference)
    return [precision, recall, 2 * precision * recall / (precision + recall)]


def _run(a: Sequence, b: Sequence) -> int:
    """Length of the longest common piece without gaps."""
    pieces = [a[i:j] for i in range(len(a)) for j in range(i + 1, len(a) + 1)]
    found = [p for p in pieces if any(p == b[j : j + len(p)] for j in range(len(b)))]
    return max(map(len, found), default=0)


def _bag(a: Sequence, b: Sequence) -> int:
    """How many tokens are shared in any order."""
    left, shared = list(b), 0
    for token in a:
        if token in left:
            left.remove(token)
            shared += 1
    return shared


def _hasty(a: Sequence, b: Sequence) -> int:
    """How many tokens are found by always taking the next place that fits."""
    place, shared = 0, 0
    for token in a:
        if token in b[place:]:
            place = b.index(token, place) + 1
            shared += 1
    return shared


def _wrong_scores(a: Sequence, b: Sequence, shared: int) -> list:
    """What comes of known mistakes."""
    if len(a) > 20 or not shared:
        return []
    p, r, f = _scores(shared, a, b)
    unordered = "that counts shared tokens in any order: here the order matters"
    kinds = sum(token in b for n, token in enumerate(a) if token not in a[:n])
    printed = _shared([*map(str, a)], [*map(str, b)])
    lengths = [
        (printed, "compare tokens by ==, not how they are printed: 1 is 1.0, not '1'"),
        (_run(a, b), "that is the longest common piece: a subsequence may have gaps"),
        (_bag(a, b), unordered),
        (kinds, unordered),
        (_hasty(a, b), "taking the first place that fits can miss a longer one"),
        (_shared(a, b, 0), "the table's first row and column stand for no token: 0"),
    ]
    return [
        *((np.array(_scores(length, a, b)), words) for length, words in lengths),
        (np.array([r, p, f]), "precision is over the summary, recall the reference"),
        (np.array([p, r, (p + r) / 2]), "F1 is the harmonic mean: 2 P R / (P + R)"),
        (np.array([100 * p, 100 * r, 100 * f]), "scores go from 0 to 1"),
    ]


def check_wanted(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(written, weights, p_gen, source, target)`: each wanted word's p."""
    B, Tt, Ts, V = sizes(rng, 4, 3, 9)
    _check_wanted(answer, rng, (B, Tt, Ts, V), mistakes=True)
    for shape in ((1, Tt, Ts, V), (B, 1, Ts, V), (B, Tt, 1, V), (B, Tt, Ts, 1)):
        _check_wanted(answer, rng, shape)
    _check_wanted(answer, rng, (B, Ts, Ts, V))
    _check_wanted(answer, rng, (B, Tt, Ts, V), dtype=torch.float32)
    _check_wanted(answer, rng, (B, Tt, 60, 2), mistakes=True)  # repeated, often


def _check_wanted(answer, rng, shape, dtype=torch.float64, mistakes=False) -> None:
    B, Tt, Ts, V = shape
    given = _drawn(rng, B, Tt, Ts, V, dtype)
    written, weights, p_gen, source, target = given
    what = (
        f"for written {tuple(written.shape)}, weights {tuple(weights.shape)}, V = {V}"
    )
    got = ask(answer, *given, hint=what).value
    tensor(got, (B, Tt), f"{what}: a probability a place")
    assert got.dtype == dtype, f"{what}: wanted {dtype}, got {got.dtype}"
    known = _wrong_wanted(*given) if mistakes else ()
    expect(got, _wanted(*given).double(), f"{what}, the probabilities", known)
    if mistakes:
        _check_slopes(answer, given, what)


def _check_slopes(answer: Callable, given: tuple, what: str) -> None:
    """The gradients' sizes: a variant may ask for 1 - p_gen, and turn a sign round."""
    leaves = [one.clone().requires_grad_() for one in given[:3]]
    p = _wanted(*leaves, *given[3:])
    right = torch.autograd.grad((p * weights_like(p.detach())).sum(), leaves)
    hint = f"{what} that ask for gradients: by torch's operations, without NumPy"
    found = ask(answer, *given, hint=hint, gradients=(0, 1, 2)).gradients
    for place, name in enumerate(("written", "weights", "p_gen")):
        got, wanted = found[place], right[place].abs()
        assert got is not None, (
            f"{what}: no gradient reaches {name}: no .detach(), no .item(), no NumPy"
        )
        expect(got.abs(), wanted, f"{what}, the size of the gradient of {name}")


def _drawn(rng, B: int, Tt: int, Ts: int, V: int, dtype) -> tuple:
    """Inputs in which words repeat, are new, are in both, and are in neither."""
    written = torch.tensor(rng.dirichlet(np.ones(V), (B, Tt)), dtype=dtype)
    weights = torch.tensor(rng.dirichlet(np.ones(Ts), (B, Tt)), dtype=dtype)
    p_gen = torch.tensor(rng.uniform(0.1, 0.9, (B, Tt, 1)), dtype=dtype)
    source = torch.tensor(rng.integers(0, V + 2, (B, Ts)))
    source[:, -1] = source[:, 0]  # one word twice, in every row
    target = torch.tensor(rng.integers(0, V + 3, (B, Tt)))  # V + 2 is in no source
    target[:, 0] = source[:, 0]
    if Tt > 2:
        target[0, 1], target[0, 2] = V + 2, V
        source[0, Ts // 2] = V
    return written, weights, p_gen, source, target


def _wanted(written, weights, p_gen, source, target, copies=None) -> Tensor:
    """The probability that the mixture gives to each wanted word."""
    V = written.shape[-1]
    same = (source[:, None] == target[..., None]).to(weights.dtype)  # (B, Tt, Ts)
    copied = (weights * same).sum(-1) if copies is None else copies(weights * same)
    known = target < V
    inside = target.where(known, 0)[..., None]
    wrote = written.gather(-1, inside)[..., 0] * known
    return p_gen[..., 0] * wrote + (1 - p_gen[..., 0]) * copied


def _last(values: Tensor) -> Tensor:
    """Of each row the last number that is not 0."""
    places = torch.arange(1, values.shape[-1] + 1) * (values > 0)
    return values.gather(-1, places.argmax(-1, keepdim=True))[..., 0]


def _first(values: Tensor) -> Tensor:
    """Of each row the first number that is not 0."""
    return _last(values.flip(-1))


def _wrong_wanted(written, weights, p_gen, source, target) -> list[tuple[Tensor, str]]:
    """What comes of mistakes that keep the shape."""
    given = (written, weights, p_gen, source, target)
    V = written.shape[-1]
    lost = "a word that stands in the source several times gets all its weights"
    clamped = written.gather(-1, target.clamp_max(V - 1)[..., None])[..., 0]
    plus = p_gen[..., 0] * clamped * (target >= V)
    only = _wanted(written, weights, torch.ones_like(p_gen), source, target)
    copied = _wanted(written, weights, torch.zeros_like(p_gen), source, target)
    return [
        (_wanted(*given, copies=_last), lost),
        (_wanted(*given, copies=_first), lost),
        (_wanted(*given, copies=lambda x: x.amax(-1)), lost),
        (
            _wanted(written, weights, 1 - p_gen, source, target),
            "p_gen is the share of writing, 1 - p_gen that of copying",
        ),
        (_wanted(*given) + plus, "the vocabulary has no word for ids from V on"),
        (p_gen[..., 0] * only, "what the source has can be copied as well"),
        (only + copied, "the two ways share the probability: p_gen and 1 - p_gen"),
        (
            torch.where(target < V, p_gen[..., 0] * only, (1 - p_gen[..., 0]) * copied),
            "a word of the vocabulary can be copied too, if the source has it",
        ),
    ]


def check_lead(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(sentences, limit)` must be whole sentences while they fit."""
    n, m, k = sizes(rng, 3, 3, 8)
    words = [str(i) for i in rng.permutation(200)]

    def cut(*lengths: int) -> list[list[str]]:
        """Sentences of these lengths, all words different."""
        ends = np.cumsum([0, *lengths]).tolist()
        return [words[a:b] for a, b in zip(ends, ends[1:], strict=False)]

    total = n + m + k
    cases = [
        (cut(n, m, k), n + m),  # exactly two
        (cut(n, m, k), n + m - 1),  # the second is one word too long
        (cut(n, m, k), n + m + 1),
        (cut(n, m, k), total),
        (cut(n, m, k), total + 9),
        (cut(n, 40, 1), n + 5),  # a later short one is not taken
        (cut(n, m), n - 1),  # the first is cut
        (cut(n, m), n),
        (cut(n, m), 1),
        (cut(n, m), 0),
        ([], m),
        (cut(n, 0, m), n + m),  # an empty sentence
        (cut(0, n, m), n),
        (cut(0, n), n - 1),
        (cut(0, n), 0),
    ]
    same = cut(n, m)[0]
    cases += [
        ([["a", "b", "a"], ["c"]], 3),  # a word again
        ([same, list(same), words[-m:]], 2 * n),  # a sentence again
        ([same, list(same)], 2 * n - 1),
    ]
    for sentences, limit in [*cases, *(_few_words(rng) for _ in range(30))]:
        _check_lead(answer, sentences, limit)


def _few_words(rng: np.random.Generator) -> tuple[list[list[str]], int]:
    """Short sentences of three words, so that words and whole sentences come again."""
    lengths = rng.integers(0, 4, rng.integers(1, 6)).tolist()
    sentences = [rng.choice(list("abc"), length).tolist() for length in lengths]
    return sentences, int(rng.integers(0, sum(lengths) + 3))


def _check_lead(answer: Callable, sentences: list, limit: int) -> None:
    what = f"for sentences of {[len(s) for s in sentences]} words and limit {limit}"
    got = ask(answer, sentences, limit, hint=what).value
    good = isinstance(got, list) and all(isinstance(word, str) for word in got)
    assert good, f"{what}: wanted one list of words; got {described(got)}"
    right = _lead(sentences, limit)
    if got == right:
        return
    for wrong, words in _wrong_leads(sentences, limit):
        assert got != wrong, f"{what}: {words}"
    count = f"wanted {len(right)} words, got {len(got)}"
    same = "the words are not those of the first sentences, in their order"
    raise AssertionError(f"{what}: {count if len(got) != len(right) else same}")


def _lead(sentences: list, limit: int) -> list[str]:
    found: list[str] = []
    for sentence in sentences:
        if len(found) + len(sentence) > limit:
            return found or sentence[:limit]
        found += sentence
    return found


def _wrong_leads(sentences: list, limit: int) -> list[tuple[list[str], str]]:
    """What comes of known mistakes."""
    every = [word for sentence in sentences for word in sentence]
    skipping: list[str] = []
    for sentence in sentences:
        if len(skipping) + len(sentence) <= limit:
            skipping = skipping + sentence
    right = _lead(sentences, limit)
    ends = [*accumulate(map(len, sentences), initial=0)]
    whole = every[: max(end for end in ends if end <= limit)]
    below = every[: max((end for end in ends if end < limit), default=0)]
    passing = every[: next((end for end in ends if end >= limit), None)]
    other = [s for place, s in enumerate(sentences) if s not in sentences[:place]]
    return [
        (_lead(other, limit), "a sentence that comes again is kept, and counts"),
        (list(dict.fromkeys(right)), "a word that comes again is kept, and counts"),
        (whole, "if no word was taken yet, what does not fit is cut to the limit"),
        (every[:limit], "only the first sentence may be cut: later ones come whole"),
        (passing, "the sentence that passes the limit is left out"),
        (skipping, "stop at the first sentence that does not fit"),
        (below, "as many words as the limit are allowed"),
    ]
