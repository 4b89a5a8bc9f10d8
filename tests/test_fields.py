"""A value is checked by the annotation of its field, and the error names it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import pytest

from n2t import _fields
from n2t._fields import Count, OneOf, PassedTo, Positive, Rate, Share, Size

Word = Annotated[str, OneOf(("cosine", "linear"))]


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (bool, [True, False], [0, 1, "true", None]),
        (int, [0, -3, 10**30], [True, 1.0, "1", None, math.nan]),
        (float, [0, 1, -2.5], [True, "1", None, [1.0]]),
        (str, ["", "x"], [1, None, True, ["x"]]),
        (Size | None, [1, None], [1.0, "none", False]),
        (Count | Rate, [0, 7, 0.5], ["0.5", True, None]),
        (tuple[float, float], [(1, 2.0), [0.5, 1]], [[0.9], (1, 2, 3), 1.0, "ab"]),
        (Sequence[str], [[], ["a", "b"], ("a",)], ["ab", [1], None, {"a": 1}]),
    ],
)
def test_a_value_of_another_type_is_named_with_what_was_wanted(kind, right, wrong):
    for value in right:
        _fields.check_value("x", value, kind)
    for value in wrong:
        with pytest.raises(TypeError) as caught:
            _fields.check_value("x", value, kind)
        wanted = f"x ({value!r}) must be {_fields.wording(kind)}"
        assert str(caught.value) == wanted


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (Size, 0, "x (0) must be at least 1"),
        (Size, 2**63, "must be at most 9223372036854775807"),
        (Count, -1, "x (-1) must be at least 0"),
        (Positive, 0.0, "x (0.0) must be above 0"),
        (Rate, 1.0, "x (1.0) must be below 1"),
        (Share, 1.5, "x (1.5) must be at most 1"),
        (float, math.nan, "x (nan) must be a finite number"),
        (Positive | None, math.inf, "x (inf) must be a finite number"),
        (float, 10**400, "must be a finite number"),
        (Count | Rate, 1.5, "x (1.5) must be below 1"),
        (tuple[Rate, Rate], [0.5, 2], "x[1] (2) must be below 1"),
        (Word, "cosin", "('cosin') must be one of cosine, linear; did you mean 'cosi"),
        (Word, "fifth", "x ('fifth') must be one of cosine, linear"),
    ],
)
def test_a_value_out_of_its_range_is_named_with_the_end_it_is_beyond(
    kind, value, words
):
    with pytest.raises(ValueError) as caught:
        _fields.check_value("x", value, kind)
    assert words in str(caught.value)


@pytest.mark.parametrize("kind", [bool, bool | None])
def test_a_boolean_is_read_in_each_of_its_spellings_and_in_no_other(kind):
    for words, meant in (("true yes on 1", True), ("false no off 0", False)):
        for word in words.split():
            for text in (word, word.upper(), word.title()):
                assert _fields.spelled(text, kind) is meant
    assert _fields.spelled(1, kind) is True and _fields.spelled(0, kind) is False
    for other in ("maybe", "", 2, 0.0, "tru"):
        assert _fields.spelled(other, kind) == other
    assert (_fields.spelled("None", kind) is None) == (kind is not bool)


def test_a_number_and_a_text_are_not_read_as_booleans():
    assert _fields.spelled(1, int) == 1 and _fields.spelled(1, float) is not True
    assert _fields.spelled("no", str) == "no" and _fields.spelled("none", str) == "none"
    assert _fields.spelled("none", int | None) is None


def test_arguments_passed_on_are_those_of_the_function_that_takes_them():
    def inner(a: Size, b: Share = 0.5, c: bool = False):
        pass

    def outer(z: str, **options: Annotated[Any, PassedTo(inner, ("a",))]):
        pass

    found = _fields.fields_of(outer)
    assert set(found) == {"z", "b", "c"}
    assert found["z"].needed and not found["b"].needed
    assert found["b"].kind == Share


def test_every_field_of_an_object_is_checked():
    @dataclass
    class Both:
        size: Size = 1
        share: Share = 0.0

    _fields.check_fields(Both())
    for wrong in (Both(size=0), Both(share=2)):
        with pytest.raises(ValueError, match="must be at"):
            _fields.check_fields(wrong)
