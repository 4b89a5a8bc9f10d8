"""Read what an answer returned, and compare it: one sentence for each way to be wrong.

`array`, `tensor`, `number`, `integer`, `boolean` and `parts` take whatever type carries
the value and refuse the rest with what came and what was wanted. `expect` compares by
value; it names a mistake only where that mistake gives the very values that came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

KINDS = {"f": "numbers", "i": "integers", "b": "booleans"}
#: How far a value may be off, as a share of the largest wanted one, by what carries it.
TOLERANCES = {2: 5e-2, 4: 2e-5, 8: 1e-9}


def described(got: object) -> str:
    """What came, in few words: its type, its shape, what is in it."""
    shape, dtype = getattr(got, "shape", None), getattr(got, "dtype", None)
    if shape is not None and dtype is not None:
        name = "an array" if isinstance(got, np.ndarray) else "a tensor"
        if isinstance(got, np.generic):
            return f"the number {got!r}"
        return f"{name} of shape {tuple(shape)}, {str(dtype).removeprefix('torch.')}"
    if got is None:
        return "None: is a return missing?"
    if isinstance(got, str | bool | int | float):
        return f"{got!r}"[:80]
    if isinstance(got, list | tuple):
        return f"a {type(got).__name__} of {len(got)}"
    return getattr(got, "kind", None) or f"a {type(got).__name__}"


Why = str | Sequence[str]


def array(got: Any, shape: tuple, name: str, kind: str = "f", why: Why = "") -> Any:
    """`got` as a NumPy array, whatever carries it: array, tensor, nested list.

    `kind` is "f" for numbers, "i" for integers, "b" for booleans. Raises
    `AssertionError` for another shape or kind, with `why` after it: a text for every
    wrong shape, or one for each axis, said where that axis alone is too long or short.
    """
    found = _as_array(got)
    wanted = f"wanted {name}, {KINDS[kind]} of shape {tuple(shape)}"
    assert found is not None, f"{wanted}; got {described(got)}"
    assert found.shape == tuple(shape), _joined(
        f"{wanted}; got {found.shape}", _why(found.shape, tuple(shape), why)
    )
    good = {"f": "fiu", "i": "iu", "b": "b"}[kind]
    assert found.dtype.kind in good, f"{wanted}; got {found.dtype}"
    return found


def _why(found: tuple, shape: tuple, why: Why) -> str:
    """What is to be said of this wrong shape: "" where the number of axes is wrong."""
    if isinstance(why, str):
        return why
    if len(found) != len(shape):
        return ""
    axes = zip(found, shape, why, strict=True)
    return "; ".join(words for one, size, words in axes if one != size)


def _joined(text: str, why: str) -> str:
    return f"{text}: {why}" if why else text


def _as_array(got: Any) -> np.ndarray | None:
    if hasattr(got, "detach"):
        got = got.detach()
        return (got.float() if got.dtype.itemsize == 2 and got.is_floating_point()
                else got).numpy()  # fmt: skip
    if isinstance(got, list | tuple):
        parts = [_as_array(part) for part in got]
        if any(part is None or part.shape != parts[0].shape for part in parts):
            return None
        return np.array(parts)
    if isinstance(got, bool | int | float | np.ndarray | np.generic):
        return np.asarray(got)
    return None


def tensor(got: Any, shape: tuple, name: str, kind: str = "f", why: Why = "") -> Any:
    """`got`, which must be a torch tensor, as a NumPy array of that shape and kind."""
    assert hasattr(got, "detach"), f"wanted {name}, a tensor; got {described(got)}"
    return array(got, shape, name, kind, why)


def number(got: Any, name: str) -> float:
    """`got` as a Python number: Python's, NumPy's or torch's, of shape ()."""
    found = None if isinstance(got, list | tuple) else _as_array(got)
    good = found is not None and found.shape == () and found.dtype.kind in "fiu"
    assert good, f"wanted {name}, one number; got {described(got)}"
    return found.item()


def integer(got: Any, name: str) -> int:
    """`got` as a whole number, however carried; 3.0 is one, 3.5 is not."""
    found = number(got, name)
    whole = float(found).is_integer()
    assert whole, f"wanted {name}, a whole number; got {found!r}"
    return int(found)


def boolean(got: Any, name: str = "True or False") -> bool:
    """`got` as True or False, of Python, NumPy or torch."""
    found = None if isinstance(got, list | tuple) else _as_array(got)
    good = found is not None and found.size == 1 and found.dtype.kind == "b"
    assert good, f"wanted {name}; got {described(got)}"
    return bool(found.item())


def parts(got: Any, names: Sequence[str]) -> list:
    """The parts of a tuple or list that must have as many as there are `names`."""
    wanted = f"wanted {len(names)} things, {', '.join(names)}"
    good = isinstance(got, list | tuple) and len(got) == len(names)
    assert good, f"{wanted}; got {described(got)}"
    return list(got)


Mistakes = Iterable[tuple[Any, str]]


def telling(mistakes: Mistakes) -> list[tuple[Any, str]]:
    """The mistakes whose values no other one gives: where two agree, neither is sure.

    Those with the same words may agree.
    """
    known = [(np.asarray(_as_array(values)), words) for values, words in mistakes]
    return [
        (values, words)
        for values, words in known
        if not any(
            words != others and values.shape == other.shape
            and _equal(values, other, 1e-4, nan=True)
            for other, others in known
        )
    ]  # fmt: skip


def expect(
    got: Any,
    wanted: Any,
    name: str = "the result",
    mistakes: Mistakes | Callable[[], Mistakes] = (),
    tolerance: float | None = None,
    alone: bool = False,
) -> None:
    """Raise `AssertionError` unless `got` has the values of `wanted`.

    Both are arrays, tensors or numbers of one shape (see `array`). `tolerance` is a
    share of the largest wanted magnitude, by default that of the type that carries
    `got`: 2e-5 for float32, 1e-9 for float64. NaN is wanted nowhere.

    `mistakes` are pairs (values that a known mistake gives, what to say of it): the
    first whose values are those of `got` is named; with `alone`, only where no other
    mistake gives them too. Else the message has the place of the largest difference.
    """
    got, wanted = np.asarray(_as_array(got)), np.asarray(_as_array(wanted))
    share = TOLERANCES[_width(got)] if tolerance is None else tolerance
    if _equal(got, wanted, share):
        return
    said = {}
    for values, words in mistakes() if callable(mistakes) else mistakes:
        values = np.asarray(_as_array(values))
        if values.shape == got.shape and _equal(got, values, share, nan=True):
            said[words] = True
    if said and not (alone and len(said) > 1):
        raise AssertionError(next(iter(said)))
    raise AssertionError(difference(got, wanted, name))


def _width(got: np.ndarray) -> int:
    """Bytes of the type that carries floating-point values; 8 for any other."""
    return got.dtype.itemsize if got.dtype.kind == "f" else 8


def _equal(got: Any, wanted: Any, share: float, nan: bool = False) -> bool:
    if got.dtype.kind in "biu" and wanted.dtype.kind in "biu":
        return bool((got == wanted).all())
    finite = wanted[np.isfinite(wanted)]
    room = share * max(np.abs(finite).max(initial=0.0), np.finfo(float).tiny)
    return np.allclose(got, wanted, rtol=0, atol=room, equal_nan=nan)


def difference(got: np.ndarray, wanted: np.ndarray, name: str) -> str:
    """Where two arrays of one shape differ most, with digits enough to see it."""
    with np.errstate(all="ignore"):
        gap = np.array(np.abs(got.astype(float) - wanted.astype(float)))
    gap[np.isnan(gap)] = np.inf
    gap[got == wanted] = 0.0
    place = np.unravel_index(int(gap.argmax()), gap.shape) if gap.shape else ()
    where = f" at {tuple(int(n) for n in place)}" if place else ""
    one, other = _shown(got[place], wanted[place])
    return f"{name}{where} is {one}, wanted {other}"


def _shown(one: Any, other: Any) -> tuple[str, str]:
    """Two values, with the fewest digits (4 or more) that tell them apart."""
    if np.asarray(one).dtype.kind != "f" and np.asarray(other).dtype.kind != "f":
        return str(one), str(other)
    for digits in range(4, 18):
        texts = f"{float(one):.{digits}g}", f"{float(other):.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts


def sizes(rng: np.random.Generator, count: int, low: int = 2, high: int = 9) -> list:
    """`count` sizes from `low` to `high` - 1, all different."""
    return rng.permutation(np.arange(low, high))[:count].tolist()


def one_changed(rng: np.random.Generator, given: Sequence, other: Sequence) -> list:
    """Arguments to ask with: `given`, and `given` with one of them from `other`.

    Each argument is changed once, right before or right after `given` itself, so that
    an answer which remembers an earlier call by the rest gives that call's result.
    """
    asked = []
    for place in rng.permutation(len(given)).tolist():
        changed = [*given[:place], other[place], *given[place + 1 :]]
        asked += [given, changed] if rng.random() < 0.5 else [changed, given]
    return asked
