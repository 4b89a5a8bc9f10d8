"""What an answer returned is read kindly and compared strictly, with honest hints."""

import math

import numpy as np
import pytest
import torch

from coursekit.checks import values
from coursekit.checks.values import array, boolean, expect, integer, number, parts


@pytest.mark.parametrize(
    "got",
    [
        [[1, 2], [3, 4]],
        ((1.0, 2.0), (3.0, 4.0)),
        np.array([[1, 2], [3, 4]], np.int32),
        torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True),
        torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.bfloat16),
        [torch.tensor([1, 2]), np.array([3, 4])],
    ],
    ids=["lists", "tuples", "int32", "a tensor", "bfloat16", "a mixture"],
)
def test_an_array_may_come_in_any_carrier(got):
    expect(array(got, (2, 2), "it"), np.array([[1, 2], [3, 4]]))


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "got None: is a return missing?"),
        ([[1], [2, 3]], "got a list of 2"),
        ("text", "got 'text'"),
        (np.ones(3), r"of shape \(2, 2\); got \(3,\): why"),
        (np.ones((2, 2)) > 0, "got bool"),
        (object(), "got a object"),
    ],
    ids=["nothing", "ragged", "text", "shape", "kind", "an object"],
)
def test_what_is_no_such_array_is_said_in_one_sentence(got, words):
    with pytest.raises(AssertionError, match=rf"^wanted it, numbers.*{words}"):
        array(got, (2, 2), "it", why="why")


def test_numbers_and_truths_of_all_libraries_are_taken_and_others_refused():
    for one in (3, 3.0, np.float32(3), np.array(3), torch.tensor(3)):
        assert number(one, "n") == 3 and integer(one, "n") == 3
    for yes in (True, np.True_, np.array(True), torch.tensor([True])):
        assert boolean(yes)
    for read, bad in (
        (number, [3]),
        (number, "3"),
        (number, np.ones(1)),
        (number, True),
        (integer, 3.5),
        (boolean, 1),
        (boolean, None),
    ):
        with pytest.raises(AssertionError, match="^wanted n"):
            read(bad, "n")


def test_parts_are_a_tuple_or_a_list_of_that_many():
    assert parts([1, 2], ("a", "b")) == [1, 2]
    with pytest.raises(AssertionError, match=r"2 things, a, b; got a tuple of 3"):
        parts((1, 2, 3), ("a", "b"))


@pytest.mark.parametrize(
    ("got", "passes"),
    [
        (np.float32(3.428412), True),
        (np.float64(3.4284123), False),
        (np.float64(3.428412345 * (1 + 1e-12)), True),
        (math.nan, False),
        (math.inf, False),
    ],
)
def test_the_tolerance_is_that_of_the_type_that_carries_the_value(got, passes):
    if passes:
        expect(got, 3.428412345)
    else:
        with pytest.raises(AssertionError, match=r"wanted 3\.428"):
            expect(got, 3.428412345)


def test_a_small_value_beside_large_ones_is_compared_with_the_largest():
    wanted = np.array([1e6, 1e-3])
    expect(wanted + np.array([0, 1e-5]), wanted)
    with pytest.raises(AssertionError, match=r"at \(1,\)"):
        expect(wanted + np.array([0, 1.0]), wanted)


def test_enough_digits_are_shown_to_tell_two_values_apart():
    with pytest.raises(AssertionError, match=r"is 3\.428400001, wanted 3\.4284$"):
        expect(3.428400001, 3.4284, tolerance=1e-12)


def test_a_mistake_is_named_only_where_it_gives_the_very_values():
    right = np.array([1.0, 2.0])
    mistakes = [(2 * right, "twice"), (-right, "the sign")]
    with pytest.raises(AssertionError, match="^the sign$"):
        expect(-right, right, "it", mistakes)
    with pytest.raises(AssertionError, match=r"^it at \(1,\) is 3, wanted 2$"):
        expect(np.array([1.0, 3.0]), right, "it", mistakes)
    expect(right, right, "it", [(right, "never said of a right answer")])


def test_not_a_number_is_named_by_a_mistake_that_gives_it_and_else_shown():
    right, lost = np.array([1.0, 2.0]), np.array([1.0, np.nan])
    with pytest.raises(AssertionError, match="^0 by 0$"):
        expect(lost, right, "it", lambda: [(lost, "0 by 0")])
    with pytest.raises(AssertionError, match=r"at \(1,\) is nan, wanted 2"):
        expect(lost, right, "it")


def test_integers_and_truths_are_compared_exactly():
    with pytest.raises(AssertionError, match=r"at \(0,\) is True, wanted False"):
        expect(np.array([True]), np.array([False]))
    with pytest.raises(AssertionError, match="is 10000000001, wanted 10000000000"):
        expect(10**10 + 1, 10**10)


def test_sizes_all_differ():
    rng = np.random.default_rng(0)
    assert all(len(set(values.sizes(rng, 4, 2, 7))) == 4 for _ in range(50))


def test_mistakes_that_give_the_same_values_are_not_told_apart():
    known = [
        (1.0, "one"),
        (2.0, "two"),
        (1.0, "another"),
        (3.0, "three"),
        (3.0, "three"),
    ]
    assert [words for _, words in values.telling(known)] == ["two", "three", "three"]


def test_a_wrong_shape_names_the_axis_that_is_wrong():
    why = "B rows", "T columns"
    for shape, words in (((3, 4), "B rows"), ((2, 5), "T columns"), ((4,), None)):
        with pytest.raises(AssertionError) as raised:
            array(np.zeros(shape), (2, 4), "x", why=why)
        said = [text for text in why if text in str(raised.value)]
        assert said == [words] * (words is not None)


def test_alone_names_no_mistake_where_two_give_what_came():
    mistakes = [(2.0, "a sum"), (2.0, "twice too much"), (3.0, "one more")]
    with pytest.raises(AssertionError, match="is 2, wanted 1"):
        expect(2.0, 1.0, mistakes=mistakes, alone=True)
    with pytest.raises(AssertionError, match="one more"):
        expect(3.0, 1.0, mistakes=mistakes, alone=True)


def test_one_changed_asks_with_each_argument_changed_beside_the_given_ones():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        asked = values.one_changed(rng, ["a", "b", "c"], ["x", "y", "z"])
        pairs = [sorted(asked[n : n + 2]) for n in (0, 2, 4)]
        others = [["a", "b", "z"], ["a", "y", "c"], ["x", "b", "c"]]
        assert sorted(pairs) == sorted(sorted([["a", "b", "c"], o]) for o in others)
