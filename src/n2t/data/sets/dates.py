"""Dates written in many ways and languages: translation that changes the order.

``babel`` writes each date as people of a country do, from Unicode's CLDR. Day,
month and year change places between languages, so a model has to learn where to
look: the alignment is not diagonal. Each pair has one right answer.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np

from n2t._extras import optional
from n2t._fields import Count, OneOf, Range, Seed
from n2t.data.sets.splits import Splits

DATE_LANGUAGES = {
    "de": "de_DE",
    "en": "en_US",
    "en_GB": "en_GB",
    "es": "es_ES",
    "fr": "fr_FR",
    "hu": "hu_HU",
    "it": "it_IT",
    "ja": "ja_JP",
    "nl": "nl_NL",
    "pt": "pt_PT",
    "zh": "zh_CN",
}
DATE_STYLES = ("numeric", "medium", "long", "full")
Language = Annotated[str, OneOf((*DATE_LANGUAGES, "iso"))]
Style = Annotated[str, OneOf(DATE_STYLES)]
Year = Annotated[int, Range(1, 9999)]  # what Python's dates reach


def date_pairs(
    source: Language = "en",
    target: Language = "iso",
    *,
    styles: Sequence[Style] = DATE_STYLES,
    target_style: Style = "long",
    size: Count = 10_000,
    held_out: Count = 500,
    years: tuple[Year, Year] = (1900, 2100),
    seed: Seed = 0,
) -> Splits[tuple[str, str]]:
    """Pairs of one date as ``source`` and as ``target`` write it.

    Args:
        source: the first side: a key of ``DATE_LANGUAGES``, or ``"iso"``.
        target: the second side, likewise.
        styles: how the source is written, one drawn at random for each date (see
            :func:`date_writer`).
        target_style: how the target is written; ``full`` only if every source is,
            because the weekday would have to be computed.
        size: how many training pairs.
        held_out: how many validation pairs, and as many test pairs.
        years: first year, and the year after the last. A date is used once.
        seed: equal seeds give equal pairs in equal order.

    Raises:
        ValueError: an unknown language or style, or more pairs than days.
        ImportError: ``babel`` is not installed.
    """
    styles = _check_styles(styles, target_style, target)
    rng = np.random.default_rng(seed)
    dates = _dates(rng, size, held_out, years)
    drawn = rng.integers(len(styles), size=len(dates)).tolist()
    writers = [date_writer(source, style) for style in styles]
    write_target = date_writer(target, target_style)
    pairs = [
        (writers[which](date), write_target(date))
        for which, date in zip(drawn, dates, strict=True)
    ]
    return Splits(
        pairs[2 * held_out :], pairs[:held_out], pairs[held_out : 2 * held_out]
    )


def _dates(
    rng: np.random.Generator, size: int, held_out: int, years: tuple[int, int]
) -> list[datetime.date]:
    """As many different days as the three sets need together, in random order."""
    first = datetime.date(years[0], 1, 1)
    days = (datetime.date(years[1], 1, 1) - first).days
    total = size + 2 * held_out
    if not 0 < total <= days:
        raise ValueError(
            f"size ({size}) + 2 x held_out ({held_out}) must be from 1 to {days}, "
            f"the days in years {years}: every date is used once"
        )
    drawn = rng.choice(days, size=total, replace=False).tolist()
    return [first + datetime.timedelta(days=day) for day in drawn]


def date_writer(language: str, style: str = "long") -> Callable[[datetime.date], str]:
    """The function that writes a date in ``language`` and ``style``.

    Styles: ``numeric`` (3/5/2026), ``medium`` (Mar 5, 2026), ``long`` (March 5, 2026)
    and ``full`` (Thursday, March 5, 2026); all have a four-digit year.

    >>> date_writer("iso")(datetime.date(2026, 3, 5))
    '2026-03-05'
    """
    if language == "iso":
        return datetime.date.isoformat
    if language not in DATE_LANGUAGES:
        known = ", ".join((*DATE_LANGUAGES, "iso"))
        raise ValueError(f"language ({language!r}) must be one of {known}")
    if style not in DATE_STYLES:
        raise ValueError(f"style ({style!r}) must be one of {', '.join(DATE_STYLES)}")
    babel = optional("babel.dates", package="babel")
    locale = optional("babel").Locale.parse(DATE_LANGUAGES[language])

    def write(date: datetime.date) -> str:
        if style == "numeric":
            text = babel.format_skeleton("yMd", date, locale=locale)
        else:
            text = babel.format_date(date, style, locale=locale)
        return " ".join(text.split())  # CLDR puts no-break spaces in some languages

    return write


def _check_styles(
    styles: Sequence[str], target_style: str, target: str
) -> tuple[str, ...]:
    styles = styles if isinstance(styles, str) else tuple(styles)
    if isinstance(styles, str) or not styles:
        raise ValueError(f"styles ({styles!r}) must be a sequence of style names")
    if target_style == "full" and target != "iso" and set(styles) != {"full"}:
        raise ValueError(
            f"target_style ('full') names the weekday, which styles {styles} "
            "do not all show: use styles=('full',)"
        )
    return styles
