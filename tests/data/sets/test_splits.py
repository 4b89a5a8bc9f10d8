"""Splits: nothing crosses, nothing is lost, everything repeats under a seed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from n2t._extras import optional
from n2t.data.sets import splits

PAIRS = st.lists(st.tuples(st.text("aB. ", max_size=3), st.text("xY! ", max_size=3)))


@settings(max_examples=60, deadline=None)
@given(PAIRS, st.integers(0, 5))
def test_split_keeps_every_example_once_and_leaks_nothing(pairs, seed):
    try:
        parts = splits.split(pairs, validation=0.2, test=0.3, seed=seed)
    except ValueError as error:
        assert "cannot be filled" in str(error)
        return
    assert sorted(sum(map(list, parts), [])) == sorted(pairs)
    assert len(parts.validation) == round(0.2 * len(pairs))
    assert len(parts.test) == round(0.3 * len(pairs))
    assert splits.leaks(parts) == set()


def test_examples_linked_through_a_third_stay_together():
    chain = [("a", "1"), ("A!", "2"), ("b", "2."), ("c", "3"), ("d", "4")]
    for seed in range(20):
        parts = splits.split(chain, validation=1, test=1, seed=seed)
        assert set(parts.train) == set(chain[:3])


def test_other_seeds_split_otherwise_and_equal_seeds_alike():
    pairs = [(f"a{i}", f"b{i}") for i in range(50)]
    first, again, other = (
        splits.split(pairs, validation=5, test=5, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_folding_hides_case_punctuation_spacing_and_width_but_not_words():
    assert splits.fold("Save  the “File”…") == splits.fold("save the file")
    assert splits.fold("ＡＢＣ，确定。") == splits.fold("abc 确定")
    assert splits.fold("straße") == splits.fold("STRASSE")
    assert splits.fold("1.5") != splits.fold("15")
    assert splits.fold("+") != splits.fold("-")


def test_training_loses_what_the_held_out_sets_contain_and_they_lose_nothing():
    train = [("A man.", "Ein Mann."), ("a dog", "ein Hund"), ("Hut", "HUND!")]
    held_out = [("a man", "der Mann")]
    kept = splits.without_leaks(train, held_out, [("x", "Ein Hund")])
    assert kept == [("Hut", "HUND!")]


def test_leaks_are_found_in_every_pair_of_sets():
    a, b, c = [("a", "1")], [("b", "2")], [("c", "3")]
    assert splits.leaks(splits.Splits(a, b, c)) == set()
    for parts in ((a, a, c), (a, b, a), (b, a, a)):
        assert splits.leaks(splits.Splits(*parts)) == {(0, "a"), (1, "1")}


def test_distinct_keeps_the_first_of_pairs_that_fold_alike():
    pairs = [("A.", "b"), ("a", "B"), ("a", "c")]
    assert splits.distinct(pairs) == [("A.", "b"), ("a", "c")]


@pytest.mark.parametrize("size", [-1, 3, 1.0, 1.5])
def test_impossible_sizes_are_refused_by_name(size):
    with pytest.raises(ValueError, match="validation"):
        splits.split([("a", "b")] * 2, validation=size, test=0)


def test_groups_too_big_for_the_held_out_sets_are_an_error_not_a_leak():
    with pytest.raises(ValueError, match="test .* cannot be filled"):
        splits.split([("a", "b")] * 4, validation=0, test=2)


def test_a_missing_package_is_named_with_the_extra_that_brings_it():
    with pytest.raises(ImportError, match=r'Nothing-Here.*pip install "n2t\[data\]"'):
        optional("nothing_here.inside", package="Nothing-Here")


def test_a_package_broken_inside_is_not_reported_as_missing(tmp_path, monkeypatch):
    (tmp_path / "n2t_broken_package.py").write_text("import n2t_surely_not_there")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="n2t_surely_not_there"):
        optional("n2t_broken_package")
