"""Times as people and platforms write them, with the zone that they meant."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from nbgrader.utils import parse_utc

from coursekit.classroom.collect.timestamps import due, understood, written, zone

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01 12:00:00 UTC",
        "2026-03-01T12:00",
        "2026-03-01T12:00Z",
        "2026-03-01T12:00:00.000Z",
        "2026-03-01 12:00:00.000000 UTC",
        "2026-03-01T13:00+01:00",
        "2026-03-01 13:00:00 +0100",
        "2026-03-01 13:00:00 +01:00",
        "2026-03-01T13:00 Europe/Berlin",
        "2026-03-01T13:00[Europe/Berlin]",
        "2026-03-01 13:00:00 CET",
        "2026-03-01 04:00:00 PST",
        "\ufeff 2026-03-01 07:00:00 America/New_York\n",
    ],
)
def test_a_time_is_understood_with_its_zone(text):
    assert understood(text) == NOON


def test_summer_is_an_hour_earlier():
    assert understood("2026-07-01T12:00 Europe/Berlin").utcoffset() == timedelta(
        hours=2
    )
    assert understood("2026-07-01 12:00:00 CEST").utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("soon", "Invalid isoformat string: 'soon'"),
        ("2026-03-01T12:00 Middle/Earth", "'Middle/Earth' is no zone that is known"),
        ("2026-03-01T12:00 ../etc", "wanted a time such as"),
        ("", "wanted a time such as"),
    ],
)
def test_what_is_no_time_says_what_came_and_what_was_wanted(text, said):
    with pytest.raises(ValueError, match=said):
        understood(text)
    with pytest.raises(ValueError, match="wanted one such as Europe/Berlin"):
        zone("Europe")


@pytest.mark.parametrize("text", ["2026-03-01", "2026-03-01 Europe/Berlin"])
def test_a_date_alone_is_due_at_the_end_of_the_day(text):
    assert due(text).hour == 23 and due(text).date() == NOON.date()
    assert due("2026-03-01T12:00Z") == due("2026-03-01 12:00") == NOON


def test_what_is_written_keeps_its_offset_and_nbgrader_reads_it():
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert written(there) == "2026-03-01 17:30:00+05:30"
    assert understood(written(there)).utcoffset() == there.utcoffset()
    assert parse_utc(written(there)) == NOON.replace(tzinfo=None)
