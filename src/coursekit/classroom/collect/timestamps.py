"""Times with their zone: read as people and platforms write them, kept with offset.

A time without a zone is UTC, as nbgrader has it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

#: Hours from UTC of what clocks print in summer (and in the west): no zone's names.
ABBREVIATIONS = {
    **{"WEST": 1, "CEST": 2, "EEST": 3},
    **{"EDT": -4, "CDT": -5, "MDT": -6, "PDT": -7, "PST": -8},
}
ZONED = re.compile(r"^(?P<time>\d.*?\d)\s*\[?(?P<zone>[A-Za-z][\w/+-]*)\]?$")
SPACED = re.compile(r"\s+([+-]\d\d:?\d\d)$")
WANTED = "2030-03-01T23:59+01:00 or 2030-03-01T23:59 Europe/Berlin"


def zone(name: str) -> tzinfo:
    """The zone of a name such as Europe/Berlin, UTC or CEST; `ValueError` if none."""
    if name.upper() in ("UTC", "Z", "GMT"):
        return UTC
    if name.upper() in ABBREVIATIONS:
        return timezone(timedelta(hours=ABBREVIATIONS[name.upper()]))
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ValueError(
            f"{name!r} is no zone that is known, wanted one such as Europe/Berlin"
        ) from None


def understood(text: str) -> datetime:
    """A written time, with its zone: ISO 8601, an offset, a zone's name behind it.

    Raises `ValueError` that says what came and what was wanted.
    """
    words = SPACED.sub(r"\1", text.strip("\ufeff \t\r\n"))
    named = ZONED.match(words)
    try:
        if named and named["zone"] != "Z":
            place = zone(named["zone"])
            return datetime.fromisoformat(named["time"]).replace(tzinfo=place)
        when = datetime.fromisoformat(words)
    except ValueError as error:
        raise ValueError(f"{error}; wanted a time such as {WANTED}") from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def due(text: str) -> datetime:
    """As `understood`; a date alone means the end of that day."""
    when = understood(text)
    if re.match(r"^\s*\d{4}-\d\d-\d\d(?!\d|T|\s*\d)", text):
        return datetime.combine(when.date(), time.max, when.tzinfo)
    return when


def written(when: datetime) -> str:
    """A time with its offset, in two words, which nbgrader reads too.

    (It takes the third of three words for a zone, and +0100 for a hundred seconds.)
    """
    return when.isoformat(" ", "seconds")
