"""Checks of chapter 16: count any Transformer, and tell where a block normalizes."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from coursekit.checks.asking import ask, avoids
from coursekit.checks.values import described, integer, sizes

KINDS = ("post", "pre", "inside", "none")
NARROWEST, WIDEST, LARGEST = 8, 128, 10**6  #: what a block takes: D, numbers in x
FARTHEST = 1e6  #: no number in x is larger
FEED = f"a block takes float64 (B, T, D), D from {NARROWEST} to {WIDEST}"
FEW = 7  #: blocks of each kind, at least: who guesses between two gains nothing
BLOCKS = 32
SIZES = {"small": (0.15, 0.25), "one": (0.98, 1.02), "large": (1.5, 3.0)}
READY = "a formula is wanted, not a model"


def check_count(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(V, D, H, d_k, d_v, F, L)` must be what the library's model trains."""
    _check_count(answer, _telling_sizes(rng), named=True)
    V, D, H, d_k, d_v, F = sizes(rng, 6, 2, 60)
    width, heads, L = 64 * int(rng.integers(100, 200)), 64, int(rng.integers(80, 120))
    for given in (
        (V, D, H, d_k, d_v, F, 1),
        (V, D, 1, d_k, d_v, F, 5),
        (V, D * H, H, D, D, F, 3),  # heads of the paper's width
        (50_000 + V, width, heads, width // heads, width // heads, 4 * width, L),
        (1,) * 7,
    ):
        _check_count(answer, given)
    for given in (*_one_by_one(rng), _beyond(rng, 2**53, 2**62), _beyond(rng, 2**65)):
        _check_count(answer, given)


def _one_by_one(rng: np.random.Generator) -> list[tuple]:
    """Sizes of which each differs from those before it in one place alone."""
    given = rng.permutation(np.arange(5, 40))[:7].tolist()
    found = [tuple(given)]
    for place in rng.permutation(7).tolist():
        given[place] += int(rng.integers(40, 80))
        found.append(tuple(given))
    return found


def _beyond(rng: np.random.Generator, low: int, high: float = math.inf) -> tuple:
    """Sizes whose count lies between these two and is no number of float64's."""
    while True:
        width = int((low / 1000) ** 0.5) * int(rng.integers(1, 4))
        V, D, F = (int(n) for n in rng.integers(width // 2, width, 3))
        H, d_k, d_v, L = (int(n) for n in rng.integers(2, 60, 4))
        given = (V, D, H, d_k, d_v, F, L)
        wanted = count(*given)
        if low < wanted < high and float(wanted) != wanted:
            return given


def _check_count(answer: Callable, given: tuple, named: bool = False) -> None:
    """One call; known mistakes are `named` where no two of them give one number."""
    sizes_ = f"for V, D, H, d_k, d_v, F, L = {', '.join(map(str, given))}"
    hint = f"{sizes_}; seven whole numbers come in, by place"
    record = ask(answer, *given, hint=hint, watch=("n2t.", "torch.nn."))
    avoids(record, ("n2t.", "torch.nn."), READY)
    got, wanted = record.value, count(*given)
    if type(got) is not int:  # which may be larger than any of NumPy's
        got = integer(got, "the number of parameters")
    if got != wanted:
        known = dict(_wrong_counts(*given)) if named else {}
        raise AssertionError(
            known.get(got, f"{sizes_}: the number is {got}, wanted {wanted}")
        )


def _telling_sizes(rng: np.random.Generator) -> tuple:
    """Seven sizes, all different, at which each known mistake gives its own number."""
    while True:
        H, L = sizes(rng, 2, 2, 7)
        V, D, d_k, d_v, F = sizes(rng, 5, 8, 200)
        given = (V, D, H, d_k, d_v, F, L)
        numbers = [n for n, _ in _wrong_counts(*given)] + [count(*given)]
        if D % H and len(set(numbers)) == len(numbers):
            return given


def count(
    V: int,
    D: int,
    H: int,
    d_k: int,
    d_v: int,
    F: int,
    L: int,
    *,
    tables: int = 1,
    attentions: int = 3,
    feeds: int = 2,
    norms: int = 5,
    bias: int = 1,
    norm_bias: int = 1,
) -> int:
    """The numbers in every matrix, bias and norm; each keyword is a way to miscount."""
    maps = attentions * [(D, H * d_k), (D, H * d_k), (D, H * d_v), (H * d_v, D)]
    maps += feeds * [(D, F), (F, D)]
    layer = sum((ins + bias) * outs for ins, outs in maps)
    layer += norms * (1 + norm_bias) * D
    return tables * V * D + L * layer


def _wrong_counts(V, D, H, d_k, d_v, F, L) -> list:
    """Known wrong numbers, each with what to say of it."""
    given = (V, D, H, d_k, d_v, F, L)
    right = count(*given)
    return [
        (count(*given, tables=3), "three tables are counted: one serves three times"),
        (count(*given, tables=2), "two tables are counted: one serves three times"),
        (right + V, "the map to the logits has no bias"),
        (count(V, D, 1, D, D, F, L), "heads need not be of width D / H"),
        (count(V, D, 1, d_k, d_v, F, L), "every head has its own maps: where is H?"),
        (count(V, D, H, d_v, d_k, F, L), "queries and keys have d_k, values d_v"),
        (
            count(*given, attentions=2),
            "the decoder has two attentions in each layer",
        ),
        (count(*given, feeds=1), "both stacks have feed-forward networks"),
        (
            count(*given, norms=4),
            "2 · D too few in each layer: the decoder has three norms, the encoder "
            "two, and both feed-forward networks end with biases",
        ),
        (count(*given, norms=0), "where are the norms?"),
        (count(*given, norm_bias=0), "a norm has a gain and a bias"),
        (count(*given, bias=0), "where are the biases?"),
        (right + 4 * D, "the last norm on each stack belongs to pre-norm"),
        (count(V, D, H, d_k, d_v, F, 1), "only one layer of each stack is counted"),
        (count(V, D, H, d_k, d_v, F, 2 * L), "twice the layers: L are in each stack"),
    ]


def make_block(
    kind: str, rng: np.random.Generator, size: str = "any"
) -> Callable[[Tensor], Tensor]:
    """A block with a sublayer of its own, normalized in one of four ways.

    It takes tokens of any width; the weights for each are drawn when it first comes.
    What f gives is small, large, or of "one": for normal tokens its mean square is 1.
    """
    seed, shape = int(rng.integers(2**31)), str(rng.choice(["linear", "relu", "gelu"]))
    size = str(rng.choice(list(SIZES))) if size == "any" else size
    scale, made = float(rng.uniform(*SIZES[size])), {}

    def block(x: Tensor) -> Tensor:
        D = _width(x)
        if D not in made:
            drawn = np.random.default_rng([seed, D])
            f = _sublayer(shape, 1.0 if size == "one" else scale, D, drawn)
            made[D] = _of_one(f, scale, D, drawn) if size == "one" else f
        f, x = made[D], x.detach()
        if kind == "post":
            return norm(x + f(x))
        if kind == "pre":
            return x + f(norm(x))
        return x + (norm(f(x)) if kind == "inside" else f(x))

    return block


def _of_one(f: Callable, scale: float, D: int, rng: np.random.Generator) -> Callable:
    """`f` times a number, so that its size is `scale` where tokens are normal."""
    x = norm(torch.from_numpy(rng.normal(size=(1, 200, D))))
    factor = scale / float(f(x).square().mean().sqrt())
    return lambda x: factor * f(x)


def _width(x: Tensor) -> int:
    """The width of what a block takes; ValueError for anything else."""
    good = isinstance(x, Tensor) and x.dim() == 3 and x.dtype == torch.float64
    if not good or not NARROWEST <= x.shape[-1] <= WIDEST:
        raise ValueError(f"a block takes float64 (B, T, D), got {described(x)}")
    if not 0 < x.numel() <= LARGEST:
        raise ValueError(
            f"a block takes at most {LARGEST:,} numbers, got {x.numel():,}"
        )
    if not x.abs().max() <= FARTHEST:
        raise ValueError(f"a block takes nothing beyond {FARTHEST:,.0f}, and no NaN")
    return x.shape[-1]


def norm(x: Tensor) -> Tensor:
    """LayerNorm with nothing added to the variance; equal features become zeros."""
    centered = x - x.mean(-1, keepdim=True)
    deviation = centered.square().mean(-1, keepdim=True).sqrt()
    equal = deviation <= 1e-13 * x.abs().amax(-1, keepdim=True)
    return torch.where(equal, 0.0, centered / deviation)


def _sublayer(shape: str, size: float, D: int, rng: np.random.Generator) -> Callable:
    """f, each token by itself; its outputs have a mean above 0 for every token.

    So what it adds is never normal by chance, nor is its mean ever near 0.
    """
    hidden = D if shape == "linear" else 2 * D
    first = _drawn(rng, D, hidden, 1 / math.sqrt(D))
    second = _drawn(rng, hidden, D, math.sqrt(2 / hidden))
    second -= second.mean(1, keepdim=True)
    inner, outer = _drawn(rng, 1, hidden, 0.3).abs(), _drawn(rng, 1, D, 0.4)
    outer += 0.4 - outer.mean()
    if shape == "linear":
        return lambda x: size * (x @ second + outer)
    act = torch.relu if shape == "relu" else nn.functional.gelu
    second += 0.5 / hidden  # what is hidden is positive, or nearly
    return lambda x: size * (act(x @ first + inner) @ second + outer)


def _drawn(rng: np.random.Generator, rows: int, columns: int, scale: float) -> Tensor:
    return torch.from_numpy(scale * rng.normal(size=(rows, columns)))


def check_which_norm(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(block)` must name the kind of every block."""
    kinds = [*KINDS * FEW, *rng.choice(KINDS, BLOCKS - FEW * len(KINDS)).tolist()]
    given = {kind: 0 for kind in KINDS}
    for kind in rng.permutation(kinds).tolist():
        size = list(SIZES)[given[kind] % len(SIZES)]
        given[kind] += 1
        got = ask(answer, make_block(kind, rng, size), hint=FEED).value
        words = f"wanted one of {', '.join(KINDS)}; got {described(got)}"
        assert isinstance(got, str) and got in KINDS, words
        assert got == kind, f"{kind!r} was called {got!r}: {_confused(kind, got)}"


def _confused(kind: str, got: str) -> str:
    """What to look at when `kind` was called `got`."""
    hints = {
        ("pre", "post"): "the output of pre-norm is not normal: look at its size",
        ("inside", "post"): "only what is added is normal, not the output",
        ("post", "inside"): "test for a normal output before you subtract x",
        ("inside", "pre"): "what is added has mean 0 and variance 1, by D, not D - 1",
        ("pre", "inside"): "what is added has no mean of 0 and no variance of 1",
        ("none", "pre"): "a plain sum adds something else when x doubles",
        ("pre", "none"): "what pre-norm adds does not change when x doubles",
        ("inside", "none"): "what is added has mean 0 and variance 1, by D, not D - 1",
        (
            "post",
            "none",
        ): "the output itself has mean 0 and variance 1, by D, not D - 1",
        ("post", "pre"): "the output itself has mean 0 and variance 1, by D, not D - 1",
        ("none", "post"): "the output of a plain sum is not normal: look at its size",
        ("none", "inside"): "what is added has no mean of 0 and no variance of 1",
    }
    return hints[kind, got]
