"""Numbers in words, in seven languages: endless translation with exact answers.

Six languages come from ``num2words``; Chinese has its own converter here, with its
inverse. A pair is two spellings of one number, so a translation is right or wrong
and exact match measures it. A number belongs to one split only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import numpy as np

from n2t._extras import optional
from n2t._fields import Count, OneOf, Seed, Size
from n2t.data.sets.splits import Splits

NUMBER_LANGUAGES = ("de", "en", "es", "fr", "it", "pt", "zh")
Written = Annotated[str, OneOf((*NUMBER_LANGUAGES, "digits"))]
CHINESE_LIMIT = 10**16
WORDS_LIMIT = 10**6

_DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_MYRIADS = ("", "万", "亿", "万亿")

# num2words keeps the long form of "one" before "thousand", where the language
# shortens it: einhunderteintausend, veintiún mil, treinta y un mil.
_MENDS = {
    "de": (("einstausend", "eintausend"),),
    "es": (("veintiuno mil", "veintiún mil"), ("uno mil", "un mil")),
}


def number_pairs(
    language: Written = "fr",
    *,
    source: Written = "en",
    size: Count = 10_000,
    held_out: Count = 500,
    limit: Size = 1_000_000,
    even_lengths: bool = False,
    seed: Seed = 0,
) -> Splits[tuple[str, str]]:
    """Pairs of one number's spelling in ``source`` and in ``language``.

    Args:
        language: of the second side: a code of ``NUMBER_LANGUAGES``, or ``"digits"``.
        source: of the first side, likewise.
        size: how many training pairs.
        held_out: how many validation pairs, and as many test pairs.
        limit: numbers are drawn from 0 to ``limit - 1``, without repetition; at most
            a million, beyond which our mends do not reach (``"zh"`` and ``"digits"`` go
            further).
        even_lengths: draw every digit count as often as the others, as far as there
            are such numbers; otherwise nine in ten numbers have the most digits.
        seed: equal seeds give equal pairs in equal order.

    Raises:
        ValueError: an unknown language, or more pairs wanted than there are numbers.
        ImportError: ``num2words`` is not installed.
    """
    total = size + 2 * held_out
    if not 0 < total <= limit:
        raise ValueError(
            f"size ({size}) + 2 x held_out ({held_out}) must be from 1 to limit "
            f"({limit}): every number is used once"
        )
    if limit > WORDS_LIMIT and not {source, language} <= {"zh", "digits"}:
        raise ValueError(
            f"limit ({limit}) must be at most {WORDS_LIMIT} for {source} and {language}"
        )
    first, second = speller(source), speller(language)
    draw = _draw_evenly if even_lengths else _draw
    numbers = draw(np.random.default_rng(seed), total, limit)
    pairs = [(first(n), second(n)) for n in numbers]
    return Splits(
        pairs[2 * held_out :], pairs[:held_out], pairs[held_out : 2 * held_out]
    )


def speller(language: str) -> Callable[[int], str]:
    """The function that writes a whole number from 0 in ``language``.

    >>> speller("digits")(121)
    '121'
    """
    if language == "digits":
        return str
    if language == "zh":
        return to_chinese
    if language not in NUMBER_LANGUAGES:
        known = ", ".join((*NUMBER_LANGUAGES, "digits"))
        raise ValueError(f"language ({language!r}) must be one of {known}")
    num2words = optional("num2words").num2words
    mends = _MENDS.get(language, ())

    def spell(number: int) -> str:
        words = num2words(int(number), lang=language)
        for wrong, right in mends:
            words = words.replace(wrong, right)
        return words

    return spell


def to_chinese(number: int) -> str:
    """A whole number from 0 to 10**16 - 1 in Chinese numerals.

    Digits are read in groups of four. A gap before a later digit is read as one 零,
    zeros that end a group are silent, and a leading 一十 is read 十.

    >>> to_chinese(130_013)
    '十三万零一十三'
    """
    number = int(number)
    if not 0 <= number < CHINESE_LIMIT:
        raise ValueError(f"number ({number}) must be from 0 to {CHINESE_LIMIT - 1}")
    if number == 0:
        return _DIGITS[0]
    high, low = divmod(number, 10**8)
    text = _eight_digits(high) + "亿" if high else ""
    if low:
        gap = bool(high) and (low < 10**7)
        text += (_DIGITS[0] if gap else "") + _eight_digits(low)
    return text.removeprefix("一") if text.startswith("一十") else text


def from_chinese(text: str) -> int:
    """The number that ``text`` writes: the inverse of :func:`to_chinese`.

    两 is read as 二 and 〇 as 零. Text that :func:`to_chinese` would not write is
    refused, so that a wrong translation never passes for a right one.

    Raises:
        ValueError: ``text`` is not a numeral, or not in its standard form.
    """
    plain = text.replace("两", "二").replace("〇", "零")
    value = _read(plain, (10**8, "亿"), (10**4, "万"))
    if value is None or value >= CHINESE_LIMIT or to_chinese(value) != plain:
        raise ValueError(f"text ({text!r}) is not a Chinese numeral in standard form")
    return value


def _eight_digits(number: int) -> str:
    high, low = divmod(number, 10**4)
    text = _four_digits(high) + "万" if high else ""
    if low:
        gap = bool(high) and low < 1000
        text += (_DIGITS[0] if gap else "") + _four_digits(low)
    return text


def _four_digits(number: int) -> str:
    """1 to 9999, inner gaps as 零; a gap at either end is the caller's business."""
    text, gap = "", False
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit:
            text += (_DIGITS[0] if gap else "") + _DIGITS[digit] + _UNITS[power]
        gap = bool(text) and not digit
    return text


def _read(text: str, *units: tuple[int, str]) -> int | None:
    """Value of ``text``, divided at the largest unit first; None if unreadable."""
    if not units:
        return _read_group(text)
    (scale, character), *smaller = units
    head, found, tail = text.rpartition(character)
    if not found:
        return _read(tail, *smaller)
    high = _read(head, *smaller)
    low = _read(tail, *smaller) if tail else 0
    return None if high is None or low is None else high * scale + low


def _read_group(text: str) -> int | None:
    """Value of a group below 10,000: digits, each with its unit, zeros skipped."""
    total, digit = 0, None
    for character in text.lstrip("零") or "零":
        if character in _DIGITS:
            digit = _DIGITS.index(character)
        elif character in _UNITS[1:]:
            total += (1 if digit is None else digit) * 10 ** _UNITS.index(character)
            digit = None
        else:
            return None
    return total + (digit or 0)


def _draw(rng: np.random.Generator, size: int, limit: int) -> list[int]:
    return rng.choice(limit, size=size, replace=False).tolist()


def _draw_evenly(rng: np.random.Generator, size: int, limit: int) -> list[int]:
    """``size`` distinct numbers, the digit counts as even as their supply allows."""
    edges = [0] + [10**k for k in range(1, len(str(limit - 1)))] + [limit]
    bins = sorted(zip(edges, edges[1:], strict=False), key=lambda bin: bin[1] - bin[0])
    drawn: list[int] = []
    for i, (low, high) in enumerate(bins):  # smallest first: the others make it up
        share = -(-(size - len(drawn)) // (len(bins) - i))
        count = min(share, high - low)
        drawn += (low + rng.choice(high - low, size=count, replace=False)).tolist()
    return rng.permutation(drawn).tolist()
