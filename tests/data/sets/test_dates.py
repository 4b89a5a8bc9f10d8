"""Dates: one right answer each, order that differs, clean splits."""

import datetime

import pytest

from n2t.data.sets import dates
from n2t.data.sets.splits import leaks

DAY = datetime.date(2026, 3, 5)


@pytest.mark.parametrize(
    ("language", "style", "text"),
    [
        ("iso", "long", "2026-03-05"),
        ("en", "numeric", "3/5/2026"),
        ("en_GB", "long", "5 March 2026"),
        ("fr", "long", "5 mars 2026"),
        ("de", "full", "Donnerstag, 5. März 2026"),
        ("zh", "full", "2026年3月5日星期四"),
        ("hu", "full", "2026. március 5., csütörtök"),
    ],
)
def test_dates_are_written_as_the_country_writes_them(language, style, text):
    assert dates.date_writer(language, style)(DAY) == text


@pytest.mark.parametrize("language", dates.DATE_LANGUAGES)
@pytest.mark.parametrize("style", dates.DATE_STYLES)
def test_every_style_writes_different_days_differently(language, style):
    write = dates.date_writer(language, style)
    days = [DAY + datetime.timedelta(days=i) for i in range(0, 40_000, 97)]
    texts = {write(day) for day in days}
    assert len(texts) == len(days)
    assert all(text == " ".join(text.split()) for text in texts)


@pytest.mark.parametrize(("source", "target"), [("en", "iso"), ("fr", "zh")])
def test_no_date_crosses_a_split(source, target):
    parts = dates.date_pairs(source, target, size=900, held_out=50)
    assert [len(part) for part in parts] == [900, 50, 50]
    assert leaks(parts) == set()


def test_every_source_names_the_date_of_its_target():
    parts = dates.date_pairs("en", styles=("full",), size=200, held_out=0)
    for text, iso in parts.train:
        day = datetime.date.fromisoformat(iso)
        assert text == f"{day:%A}, {day:%B} {day.day}, {day.year}"


def test_every_style_asked_for_occurs():
    texts = [a for a, _ in dates.date_pairs(size=200, held_out=0).train]
    assert any("/" in text for text in texts)
    assert any("day, " in text for text in texts)


def test_equal_seeds_repeat_the_pairs_and_others_do_not():
    first, again, other = (
        dates.date_pairs(size=20, held_out=5, seed=seed) for seed in (3, 3, 4)
    )
    assert first == again
    assert first != other


def test_a_weekday_is_never_asked_of_a_source_without_one():
    with pytest.raises(ValueError, match="weekday"):
        dates.date_pairs("en", "fr", target_style="full", size=5, held_out=0)
    parts = dates.date_pairs(
        "en", "fr", styles=("full",), target_style="full", size=5, held_out=0
    )
    assert len(parts.train) == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"source": "xx"}, r"language \('xx'\)"),
        ({"styles": ("tiny",)}, r"style \('tiny'\)"),
        ({"styles": "full"}, "sequence of style names"),
        ({"size": 400, "years": (2020, 2021)}, "366"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        dates.date_pairs(**{"size": 5, "held_out": 1, **arguments})
