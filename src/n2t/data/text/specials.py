"""Special tokens: their names, their ids, and when a text may hold them.

What users write never becomes special of itself. As in the library ``tiktoken``, a
name in a text stands for its special token only where the caller allows it.
"""

from collections.abc import Iterable, Mapping
from itertools import islice

from n2t._special_ids import BOS, EOS, PAD, UNK

SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")
STANDARD = dict(zip(SPECIALS, (PAD, BOS, EOS, UNK), strict=True))


def check_special_ids(special_ids: Mapping[str, int] | None) -> dict[str, int]:
    """Name → id, the standard ones for None.

    Raises:
        TypeError: no mapping of strings to whole numbers.
        ValueError: an empty name, or a negative id.
    """
    if special_ids is None:
        return dict(STANDARD)
    if not isinstance(special_ids, Mapping):
        raise TypeError(f"special_ids must map names to ids, got {special_ids!r}")
    for name, i in special_ids.items():
        if not isinstance(name, str) or type(i) is not int:
            raise TypeError(f"special_ids: {name!r} ({i!r}) must be a name and an int")
        if not name or i < 0:
            raise ValueError(
                f"special_ids: {name!r} ({i}) must be a name, and 0 or more"
            )
        name.encode()  # a lone surrogate could not be saved
    return dict(special_ids)


def other_ids(special_ids: Mapping[str, int], count: int) -> list[int]:
    """The first ``count`` ids that special tokens leave, in order.

    Raises:
        ValueError: a special id so large that ids before it would stand for nothing.
    """
    taken = set(special_ids.values())
    size = count + len(taken)
    for name, i in special_ids.items():
        if i >= size:
            raise ValueError(
                f"special_ids: {name!r} ({i}) must be below {size}, the number of all "
                "tokens: each id stands for one"
            )
    return list(islice((i for i in range(size) if i not in taken), count))


def in_order(special_ids: Mapping[str, int], others: Iterable[str]) -> tuple[str, ...]:
    """What each id stands for: special tokens by name (the first), others in order."""
    names = {i: name for name, i in reversed(special_ids.items())}
    rest = iter(others)
    tokens = []
    while True:
        name = names.get(len(tokens)) or next(rest, None)
        if name is None:
            return tuple(tokens)
        tokens.append(name)


def check_allowed(
    names: Iterable[str], special_ids: Mapping[str, int]
) -> frozenset[str]:
    """The names that a text may hold as special tokens; ``"all"`` is all there are.

    Raises:
        TypeError: one string, where a set of names is wanted.
        ValueError: a name that is no special token's.
    """
    if names == "all":
        return frozenset(special_ids)
    if isinstance(names, str):
        raise TypeError(f"allowed_special must be 'all' or names: write [{names!r}]")
    names = frozenset(names)
    if unknown := names - special_ids.keys():
        known = ", ".join(special_ids)
        raise ValueError(f"allowed_special ({sorted(unknown)}) must be some of {known}")
    return names
