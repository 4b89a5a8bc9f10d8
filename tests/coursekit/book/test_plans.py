"""The plans name real chapters once, and their tables can be shown."""

import re

import pytest

from coursekit import paths
from coursekit.book.plans import PLANS, assignment_rows, chapters_by_number, plan
from coursekit.chapters.labels import chapter_number

#: What a chapter says that it needs, up to the first remark; where it says "from", it
#: means a part of a page, and the guide says which.
NEEDS = re.compile(r"^\*You need\* (.*?)(?:[.;]|,? and from )", re.M)
LINKED = re.compile(r"\]\(([\w-]+)\)")


def needed():
    """The chapters that each chapter needs, by number."""
    texts = {p.stem: p.read_text("utf-8") for p in paths.pages()}
    texts = {
        n: t for name, t in texts.items() if (n := chapter_number(name)) is not None
    }
    place = {re.search(r"^\((ch-.*?)\)=", t, re.M)[1]: n for n, t in texts.items()}
    return {
        number: {place[label] for label in LINKED.findall(NEEDS.search(text)[1])}
        for number, text in texts.items()
    }


@pytest.mark.parametrize("weeks", PLANS)
def test_a_plan_has_what_its_chapters_need_and_has_it_before(weeks):
    order = [number for week in PLANS[weeks] for number in week]
    needs = needed()
    assert needs[2] == {1} and len(needs) > 15
    for place, number in enumerate(order):
        assert needs.get(number, set()) <= set(order[:place]), number


@pytest.mark.parametrize("weeks", PLANS)
def test_a_plan_has_its_weeks_and_no_chapter_twice_and_keeps_the_order(weeks):
    numbers = [number for week in PLANS[weeks] for number in week]
    assert len(PLANS[weeks]) == weeks
    assert numbers == sorted(set(numbers))
    assert set(numbers) <= set(range(33))
    assert [row[0] for row in plan(weeks)] == list(range(1, weeks + 1))


def test_the_longest_plan_has_every_chapter():
    assert {n for week in PLANS[14] for n in week} == set(range(33))


def test_points_of_the_longest_plan_are_those_of_all_assignments():
    assert sum(row[2] for row in plan(14)) == sum(row[3] for row in assignment_rows())


def test_a_chapter_that_is_not_written_is_one_to_come():
    words = "; ".join(row[1] for row in plan(14)).split("; ")
    written = chapters_by_number()
    for number in range(33):
        assert (f"{number} (to come)" in words) == (number not in written)


def test_a_length_without_a_plan_is_refused():
    with pytest.raises(ValueError, match="must be one of"):
        plan(5)
