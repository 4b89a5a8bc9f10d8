"""Checks of chapter 9: shifted targets, and states put back in order."""

from collections.abc import Callable, Iterator

import numpy as np
import torch

from coursekit.checks.asking import ask, avoids, run_or_say
from coursekit.checks.values import expect, parts, sizes, tensor
from coursekit.kernel.calls import weights_like
from coursekit.kernel.slopes import slopes_of_part
from n2t.data.text import BOS, EOS, PAD

SIDES = ("given", "wanted")
AXES = "h and c are (L, B, H): the sentences are axis 1"
LARGEST = 100_000  #: ids are below


def check_teacher_batch(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(rows)` must give decoder inputs and wanted outputs, (B, T) each."""
    low, middle, high = np.sort(rng.permutation(np.arange(1, 10))[:3]).tolist()
    several = rng.permutation([low, middle, high + 3, high, 0][: rng.integers(3, 6)])
    equal = [middle + 1] * int(rng.integers(2, 5))
    long = rng.permutation([int(rng.integers(300, 700)), 0, middle])
    many = rng.integers(0, 4, size=int(rng.integers(130, 300)))
    edges = [high], [low, low + 1], [0, low], [1], [0], [0, 0]
    for lengths in (several, equal, long, many, *edges):
        rows = [_ids(rng, int(n)).tolist() for n in lengths]
        for row in rows[: int(rng.integers(3))]:
            row[:2] = rng.integers(4, 9, size=len(row[:2])).tolist()
        _check_batch(answer, rows)
    rows = [_ids(rng, n).tolist() for n in (low, high, middle)]
    _check_batch(answer, [list(rows[0]), list(rows[0]), rows[1]])
    _check_batch(answer, rows)
    for place in rng.permutation(3):  # the same but for one id
        rows = [list(row) for row in rows]
        rows[place][rng.integers(len(rows[place]))] = int(rng.integers(10, LARGEST))
        _check_batch(answer, rows)


def _ids(rng: np.random.Generator, count: int) -> np.ndarray:
    """Ids that are not special, some of them several times in a row."""
    runs = rng.integers(1, 5, size=count) if rng.random() < 0.5 or count > 99 else 1
    return np.repeat(rng.integers(4, LARGEST, size=count), runs)[:count]


def _check_batch(answer: Callable, rows: list[list[int]]) -> None:
    record = ask(answer, rows, watch=("n2t.",))
    avoids(record, ("n2t.",), "write this one yourself")
    got = parts(record.value, SIDES)
    T = max(map(len, rows)) + 1
    both = [
        tensor(part, (len(rows), T), name, kind="i", why=_why(part, len(rows)))
        for part, name in zip(got, SIDES, strict=True)
    ]
    right = _filled([[BOS, *r] for r in rows], T), _filled([[*r, EOS] for r in rows], T)
    name = "in (given, wanted), the id"
    expect(np.stack(both), np.stack(right), name, lambda: _wrong_batches(rows, *right))


def _why(part: object, B: int) -> str:
    """What to say if the shape is wrong, by the axis that is."""
    shape = tuple(getattr(part, "shape", ()))
    if len(shape) != 2:
        return "two axes always, (B, T)"
    if shape[0] != B:
        return "one row for each answer"
    return "the longest row and one special token, no more"


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
            shape, order = (L, B, H), _no_involution(rng, B)
            _check_restore(answer, *_sorted(rng, shape, order, dtype))
    two, three, four = sizes(rng, 3, high=6)
    for shape in ((1, four + 4, three), (two, four + 4, 1), (1, 5, 1), (two, 1, three)):
        _check_restore(answer, *_sorted(rng, shape, rng.permutation(shape[1])))
    B = two + three
    for order in (np.arange(B), np.arange(B)[::-1], np.roll(np.arange(B), 1), [1, 0]):
        _check_restore(answer, *_sorted(rng, (four, len(order), 3), np.array(order)))
    B = int(rng.integers(2100, 2400))
    large = _sorted(rng, (1, B, 1), rng.permutation(B), torch.float32)
    _check_restore(answer, *large, slopes=False)
    _check_one_changed(answer, rng, (two, four + 4, three))


def _check_one_changed(
    answer: Callable, rng: np.random.Generator, shape: tuple
) -> None:
    """Each call differs from the one before it in one argument."""
    given = list(_sorted(rng, shape, _no_involution(rng, shape[1])))
    _check_restore(answer, *given, slopes=False)
    for place in rng.permutation(3):
        given[place] = _sorted(rng, shape, _no_involution(rng, shape[1]))[place]
        _check_restore(answer, *given, slopes=False)


def _sorted(
    rng: np.random.Generator,
    shape: tuple,
    order: np.ndarray,
    dtype: torch.dtype = torch.float64,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Two states of any magnitude, and the order in which they are sorted."""
    states = rng.normal(size=(2, *shape))
    if rng.random() < 0.5 or shape[1] > 99:
        states *= 10 ** rng.uniform(-25, 25, size=states.shape)
    h, c = torch.tensor(states, dtype=dtype)
    return h, c, torch.tensor(order.copy())


def _no_involution(rng: np.random.Generator, B: int) -> np.ndarray:
    """A permutation that does not undo itself."""
    order = rng.permutation(B)
    while (order[order] == np.arange(B)).all():
        order = rng.permutation(B)
    return order


def _check_restore(
    answer: Callable,
    h: torch.Tensor,
    c: torch.Tensor,
    order: torch.Tensor,
    slopes: bool = True,
) -> None:
    given, back = (h, c, order), torch.tensor(np.argsort(order.numpy()))
    places = (0, 1) if slopes else ()
    record = ask(answer, *given, hint=AXES, gradients=places)
    got = [
        tensor(part, h.shape, name, why=_which_axis(part))
        for name, part in zip("hc", parts(record.value, ("h", "c")), strict=True)
    ]
    name, wrong = "in (h, c), the value", lambda: _wrong_states(h, c, order, back)
    both = np.stack([part.astype(float) for part in got])
    right = torch.stack([h[:, back], c[:, back]]).numpy().astype(float)
    expect(both, right, name, wrong, tolerance=0)
    for name, part, slope in zip("hc", record.value, record.gradients, strict=False):
        assert slope is not None, f"no gradient reaches {name}: index, do not detach"
        wanted = weights_like(part)[:, order]
        expect(slope, wanted, f"the gradient with respect to {name}", tolerance=1e-6)
    if slopes:
        _check_apart(answer, given)


def _which_axis(part: object) -> str:
    if len(getattr(part, "shape", ())) == 3:
        return "the sentences are axis 1"
    return "three axes always, (L, B, H)"


def _check_apart(answer: Callable, given: tuple) -> None:
    """The gradient of each result must reach its own state, and no other."""
    for place, name in enumerate("hc"):
        slopes = run_or_say(
            slopes_of_part, answer, *given, place=place, inputs=(0, 1), hint=AXES
        )
        other = slopes[1 - place]
        assert other is None or not other.abs().max(), (
            f"the gradient of {name}'s result reaches {'ch'[place]}"
        )
        assert slopes[place] is not None, f"no gradient of {name}'s result reaches it"


def _wrong_states(h: torch.Tensor, c: torch.Tensor, order, back) -> Iterator[tuple]:
    """Known wrong pairs of states, each with what to say of it."""
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
