"""The questions of chapter 32: what is asked, and how an answer is judged."""

import re

import pytest

from benchmarks import questions as asked


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("The capital of France is Paris.", "right"),
        ("paris", "right"),
        ("The capital of France is Lyon.", "invented"),
        ("Lyon", "none"),  # begins a sentence: is it a name?
        ("I do not know the capital of France.", "none"),
        ("I'm sorry, the capital of France is Lyon, I think.", "none"),
        ("France is a country in the west of Europe.", "none"),
        ("The capital of France is a large city.", "none"),
    ],
)
def test_an_answer_about_a_capital_is_judged_by_what_it_gives(said, wanted):
    assert asked.judged(said, asked.capitals()[0]) == wanted


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("The capital is Nova Haven.", "invented"),
        ("I don't know.", "none"),
        ("There is no such country.", "none"),
    ],
)
def test_a_name_for_what_does_not_exist_is_invented(said, wanted):
    assert asked.judged(said, asked.made_up()[0]) == wanted


def test_a_number_that_is_in_the_question_is_no_answer():
    question = asked.sums()[0]
    a, b = re.findall(r"\d+", question.text)
    assert asked.judged(f"To add {a} and {b}, begin", question) == "none"
    assert asked.judged(f"It is {int(a) + int(b)}.", question) == "right"
    assert asked.judged(f"It is {int(a) + int(b) + 1000}.", question) == "invented"


def test_accents_and_signs_do_not_count():
    assert asked.plain("  Bogotá, D.C.! ") == "bogota d c"


def test_no_question_is_asked_twice_and_none_has_two_answers():
    every = asked.capitals() + asked.sums() + asked.made_up()
    assert len({q.text for q in asked.capitals() + asked.made_up()}) == 70
    assert len(every) == 90
    assert all(bool(q.answer) == (q.kind != "made up") for q in every)
