"""Data cards: one for every set, complete, cited, with facts that are measured."""

import re
from pathlib import Path

import numpy as np
import pytest

from n2t.data import cards
from n2t.data.cards.__main__ import REGISTERED, measured, versions_read
from n2t.data.sets.splits import Splits
from n2t.data.sources.registry import REGISTRY
from n2t.ledger import result

ROOT = Path(__file__).parents[2]
EVERY = [*cards.DEFAULT_CARDS, *cards.FULL_SIZE_CARDS]


@pytest.mark.parametrize("name", EVERY)
def test_a_card_says_what_how_under_which_license_split_how_and_beware(name):
    words = cards.card(name)
    for part in ("What", "Load it", "License", "Splits", "Beware"):
        assert f"**{part}.** " in words
    assert 80 < len(words.split()) < 350


@pytest.mark.parametrize("name", EVERY)
def test_what_a_card_cites_is_in_the_bibliography(name):
    known = re.findall(r"^@\w+\{([^,]+),", (ROOT / "references.bib").read_text(), re.M)
    for key in re.findall(r"\{cite\}`([^`]+)`", cards.card(name)):
        assert key in known


@pytest.mark.parametrize("name", EVERY)
def test_the_loader_that_a_card_names_exists(name):
    named = re.findall(r"`n2t\.data\.([\w.]+)\.(\w+)\(", cards.card(name))
    assert named
    for module, function in named:
        loaded = __import__(f"n2t.data.{module}", fromlist=[function])
        assert callable(getattr(loaded, function))


def test_every_card_is_on_the_page_and_every_set_of_the_registry_has_one():
    page = (ROOT / "chapters/appendices/data_cards.md").read_text()
    shown = re.findall(r"/cards/(\w+)\.md", page)
    assert shown == EVERY
    assert re.findall(r'cards\.facts\("(\w+)"\)', page) == EVERY
    names = {REGISTERED.get(name, name) for name in cards.FULL_SIZE_CARDS}
    assert names == set(REGISTRY)


@pytest.mark.parametrize("name", cards.RECORDED)
def test_recorded_facts_are_there_and_not_stale(name):
    table = cards.facts(name)
    assert set(table.rows) == set(cards.RECORDED[name])
    assert all(row["train"] > row["test"] > 0 for row in table.rows.values())
    assert f"python -m n2t.data.cards {name}" in repr(table)
    assert f"python -m n2t.data.cards {name}</caption>" in table._repr_html_()


@pytest.mark.parametrize("name", cards.SLOW)
def test_what_is_recorded_of_a_default_set_is_what_is_measured(name):
    recorded = result(f"data/{name}")
    if recorded["versions"] != versions_read():
        pytest.skip(f"recorded with other versions: {recorded['versions']}")
    assert measured(name) == {
        fact: recorded.metric(fact) for fact in recorded["metrics"]
    }


def test_the_recorded_overlap_of_sst_and_vader_is_the_reason_for_the_warning():
    record = result("data/vader")
    assert record.metric("tweets, products, news: sst_test_in_movies_%") > 70


@pytest.mark.parametrize(
    ("train", "wanted"),
    [
        (["a b", "c"], {"words": 1.5, "characters": 2.0}),
        ([("a b", 1), ("c", 0)], {"words_1": 1.5, "characters_1": 2.0}),
        (
            [("a b", ("c",)), ("d", ("e f", "g"))],
            {"words_1": 1.5, "characters_1": 2.0, "words_2": 1.5, "characters_2": 2.0},
        ),
        ([(np.zeros(3), "A"), (np.zeros(5), "B")], {"samples": 4.0}),
        ((np.zeros((2, 4, 5)), np.zeros(2)), {"pixels": 20.0}),
    ],
)
def test_measured_facts_are_means_over_the_training_set(train, wanted):
    measured = cards.measure(Splits(train, train, train))
    sizes = {"train": 2.0, "validation": 2.0, "test": 2.0}
    assert measured == sizes | wanted


def test_facts_of_a_default_set_are_measured_now_and_show_as_a_table():
    table = cards.facts("dates")
    assert table.rows["en → iso"]["train"] == 10_000
    html = table._repr_html_()
    assert '<th scope="row">words, side 1</th>' in html
    assert "<td>10,000</td>" in html
    assert "en → iso: train 10,000" in repr(table)


def test_an_unknown_card_is_named():
    with pytest.raises(ValueError, match=r"name \('imagenet'\)"):
        cards.card("imagenet")
    with pytest.raises(ValueError, match=r"name \('imagenet'\)"):
        cards.facts("imagenet")
