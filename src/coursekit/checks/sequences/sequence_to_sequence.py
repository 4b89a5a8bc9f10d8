"""Checks of chapter 9: shifted targets, and states put back in order."""

from collections.abc import Callable, Iterator

import numpy as np
import torch

from coursekit.checks.asking import ask, avoids
from coursekit.checks.values import expect, parts, sizes, tensor
from coursekit.kernel.calls import weights_like
from n2t.data.text import BOS, EOS, PAD

SIDES = ("given", "wanted")


def check_teacher_batch(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(rows)` must give decoder inputs and wanted outputs, (B, T) each."""
    low, middle, high = np.sort(rng.permutation(np.arange(1, 10))[:3]).tolist()
    several = rng.permutation([low, middle, high + 3, high, 0][: rng.integers(3, 6)])
    equal = [middle + 1] * int(rng.integers(2, 5))
    for lengths in (several, equal, [high], [low, low + 1], [1], [0], [0, 0]):
        rows = [rng.integers(4, 60_000, size=n).tolist() for n in lengths]
        for row in rows[: int(rng.integers(3))]:
            row[:2] = rng.integers(4, 9, size=len(row[:2])).tolist()
        _check_batch(answer, rows)


def _check_batch(answer: Callable, rows: list[list[int]]) -> None:
    hint = "rows have several lengths: pad them to the longest"
    record = ask(answer, rows, hint=hint, watch=("n2t.",))
    avoids(record, ("n2t.",), "write this one yourself")
    got = parts(record.value, SIDES)
    T = max(map(len, rows)) + 1
    why = "the longest row and one special token, no more"
    both = [
        tensor(part, (len(rows), T), name, kind="i", why=why)
        for part, name in zip(got, SIDES, strict=True)
    ]
    right = _filled([[BOS, *r] for r in rows], T), _filled([[*r, EOS] for r in rows], T)
    name = "in (given, wanted), the id"
    expect(np.stack(both), np.stack(right), name, lambda: _wrong_batches(rows, *right))


def _filled(rows: list[list[int]], T: int, left: bool = False) -> np.ndarray:
    """Rows cut or padded to (B, T), padding behind or (`left`) in front."""
    out = np.full((len(rows), T), PAD)
    for b, row in enumerate(rows):
        row = row[:T]
        out[b, T - len(row) if left else 0 : T if left else len(row)] = row
    return out


def _wrong_batches(
    rows: list[list[int]], given: np.ndarray, wanted: np.ndarray
) -> Iterator[tuple]:
    """Known wrong pairs of tensors, each with what to say of it."""
    T, bare = given.shape[1], _filled(rows, given.shape[1])
    whole = [[BOS, *row, EOS] for row in rows]
    fronts = [_filled([r[:-1] for r in whole], T, left=True)]
    fronts += [_filled([r[1:] for r in whole], T, left=True)]
    late = wanted.copy()
    late[late == EOS], late[:, -1] = PAD, EOS
    real = np.arange(T) <= np.array([[len(row)] for row in rows])
    copied = "both are equal: the decoder would only have to copy"
    for one, other, words in (
        (wanted, given, "the two are exchanged: the decoder is *given* BOS first"),
        (given, given, copied),
        (wanted, wanted, copied),
        (bare, bare, copied),
        (bare, wanted, "the input does not begin with BOS"),
        (given, bare, "the output does not end with EOS"),
        (_filled(whole, T), wanted, "EOS is among the inputs: it is only an answer"),
        (given, _filled(whole, T), "BOS is among the outputs: nobody writes it"),
        (given, late, "EOS follows the row itself, and the padding comes after it"),
        (*fronts, "padded in front: padding comes behind the row"),
        (given, np.where(real, wanted, -100), "padded with -100: wanted PAD"),
        (given, np.where(real, wanted, EOS), "padded with EOS: wanted PAD"),
    ):
        yield np.stack([one, other]), words


def check_restore(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(h, c, order)` must undo the sorting of both states, (L, B, H) each."""
    for _ in range(2):
        L, H = sizes(rng, 2, high=8)
        B = int(rng.choice([n for n in range(4, 10) if n not in (L, H)]))
        for dtype in (torch.float64, torch.float32):
            _check_restore(answer, rng, (L, B, H), _no_involution(rng, B), dtype)
    two, three, four = sizes(rng, 3, high=6)
    for shape in ((1, four + 4, three), (two, four + 4, 1), (1, 5, 1), (two, 1, three)):
        _check_restore(answer, rng, shape, rng.permutation(shape[1]))
    B = two + three
    for order in (np.arange(B), np.arange(B)[::-1], np.roll(np.arange(B), 1), [1, 0]):
        _check_restore(answer, rng, (four, len(order), 3), np.array(order))


def _no_involution(rng: np.random.Generator, B: int) -> np.ndarray:
    """A permutation that does not undo itself."""
    order = rng.permutation(B)
    while (order[order] == np.arange(B)).all():
        order = rng.permutation(B)
    return order


def _check_restore(
    answer: Callable,
    rng: np.random.Generator,
    shape: tuple,
    order: np.ndarray,
    dtype: torch.dtype = torch.float64,
) -> None:
    states = torch.tensor(rng.normal(size=(2, *shape)), dtype=dtype)
    h, c = states[:, :, order.copy()]  # sorted
    hint = "h and c are (L, B, H): the sentences are axis 1"
    given = h, c, torch.tensor(order.copy())
    record = ask(answer, *given, hint=hint, gradients=(0, 1))
    got = [
        tensor(part, shape, name, why="the sentences are axis 1")
        for name, part in zip("hc", parts(record.value, ("h", "c")), strict=True)
    ]
    name, wrong = "in (h, c), the value", lambda: _wrong_states(h, c, order)
    both = np.stack([part.astype(float) for part in got])
    expect(both, states.numpy().astype(float), name, wrong, tolerance=0)
    for name, part, slope in zip("hc", record.value, record.gradients, strict=True):
        assert slope is not None, f"no gradient reaches {name}: index, do not detach"
        wanted = weights_like(part)[:, order.copy()]
        expect(slope, wanted, f"the gradient with respect to {name}", tolerance=1e-6)


def _wrong_states(h: torch.Tensor, c: torch.Tensor, order: np.ndarray):
    """Known wrong pairs of states, each with what to say of it."""
    order, back = torch.tensor(order.copy()), torch.tensor(np.argsort(order))
    again = "sorted a second time, not undone: which permutation leads back?"
    lost = "both results are made of h: look at every letter of the second one"
    for one, other, words in (
        (h, c, "nothing was put back: rows are still in sorted order"),
        (c[:, back], h[:, back], "h and c have changed places"),
        (h[:, order], h[:, order], f"{lost}; and they are {again}"),
        (h[:, back], h[:, back], lost),
        (c[:, back], c[:, back], "both results are made of c"),
        (h[:, order], c[:, order], again),
        (h[:, back], c[:, order], f"c is {again}"),
        (h[:, order], c[:, back], f"h is {again}"),
        (h[:, back], c, "c is still in sorted order"),
        (h.flip(1), c.flip(1), "turned round; `order` is no reversal"),
    ):
        yield torch.stack([one, other]).double(), words
